"""Destinations: which ones money may go to, and why not to others."""

from datetime import datetime
from typing import Protocol

from together.ledger.rules.money import Money
from together.treasury.formats.pain001 import LONGEST_ID, NotForABank, whole_cents
from together.treasury.models import CashAccount, Destination
from together.treasury.rules.destinations import RailKind
from together.treasury.rules.latin import fault_of_text
from together.treasury.rules.states import DestinationState


class Asked(Protocol):
    """A payment that is asked for: its reference, payee, minor units and destination."""

    @property
    def reference(self) -> str:
        """Give what the rail will know it by."""

    @property
    def payee(self) -> str:
        """Give the text by which its payee is named."""

    @property
    def amount(self) -> int:
        """Give its amount in minor units of the account's asset."""

    @property
    def destination(self) -> Destination | None:
        """Give where it goes, if that is registered."""


def unpayable(asked: Asked, account: CashAccount, at: datetime) -> str:
    """Say why a payment cannot leave an account, or nothing."""
    fault = ""
    if asked.destination:
        fault = unusable(asked.destination, account, asked.payee, at)
    elif account.kind != RailKind.EXCHANGE:
        fault = f"{asked.payee} is no registered destination"
    if fault or account.kind != RailKind.BANK:
        return fault
    try:
        whole_cents(asked.reference, Money(asked.amount, account.asset))
    except NotForABank as error:
        return str(error)
    return fault_of_text(asked.reference, LONGEST_ID)


def usable(*, owner_kind: str, owner: str, account: CashAccount, at: datetime) -> list[Destination]:
    """Give the destinations of an owner to which money of an account may go at a moment."""
    found = Destination.objects.filter(
        owner_kind=owner_kind, owner=owner, state=DestinationState.CONFIRMED
    )
    return [one for one in found.order_by("id") if not unusable(one, account, one.payee, at)]


def unusable(destination: Destination, account: CashAccount, payee: str, at: datetime) -> str:
    """Say why money of an account may not go to a destination at a moment, or nothing."""
    name = f"destination {destination.number}"
    if destination.state != DestinationState.CONFIRMED or destination.usable_at is None:
        return f"{name} is {destination.state}"
    if at < destination.usable_at:
        return f"{name} is in its cooling-off until {destination.usable_at:%Y-%m-%d %H:%M} UTC"
    if (destination.kind, destination.asset) != (account.kind, account.asset):
        return (
            f"{name} takes {destination.asset} by {destination.kind}; account {account.code} pays"
            f" {account.asset} by {account.kind}"
        )
    if account.kind == RailKind.CHAIN and destination.servicer != account.servicer:
        return f"{name} is on chain {destination.servicer}, the account on {account.servicer}"
    if destination.payee != payee:
        return f"{name} is {destination.payee}, not {payee}"
    return ""
