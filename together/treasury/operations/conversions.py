"""Conversions within a pool, under four eyes: two legs in one entry, at a recorded rate."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.ledger.operations import posting
from together.ledger.rules.money import Money, in_cents
from together.treasury import postings
from together.treasury.models import CashAccount, Conversion
from together.treasury.rules import conversions as rules
from together.treasury.rules.states import CONVERSION_MOVES, ConversionState

KIND = "pool.conversion"


class NotConvertible(Refused):
    """Raised when two accounts cannot convert into each other, or nothing would be bought."""


@transaction.atomic(durable=True)
def propose(
    *,
    sold_from: CashAccount,
    bought_on: CashAccount,
    sold: Money,
    rate: str,
    source: str,
    on: date,
    by: Person,
    at: datetime,
) -> Approval:
    """
    Ask for money of one account to be sold for money on another one; somebody else approves it.

    What it buys follows from the rate (:func:`rules.bought`).

    :raises NotConvertible: if the accounts are of two pools or one asset, or it would buy nothing
    :raises BadRate: if the rate is none
    """
    people.demand(by, "treasury.write")
    found = _bought(sold_from, bought_on, sold, rate)
    conversion = Conversion(
        number=next_number(Conversion, "FX", digits=5),
        pool_id=sold_from.pool_id,
        sold_from=sold_from,
        bought_on=bought_on,
        sold=sold.minor_units,
        bought=found.minor_units,
        rate=rate,
        source=source,
        on=on,
        proposed_by=by,
        proposed_at=at,
    )
    asked = effect(conversion)
    conversion.effect_digest = approvals.digest(asked)
    conversion.save(force_insert=True)
    return approvals.request(
        kind=KIND,
        subject=conversion.number,
        effect=asked,
        amount_cents=in_cents(sold.minor_units, sold.asset),
        by=by,
        at=at,
    )


def _bought(sold_from: CashAccount, bought_on: CashAccount, sold: Money, rate: str) -> Money:
    """
    Give what money of one account buys on another one.

    :raises NotConvertible: if the accounts are of two pools or one asset, or it would buy nothing
    :raises BadRate: if the rate is none
    """
    if sold_from.pool_id != bought_on.pool_id or sold_from.asset == bought_on.asset:
        raise NotConvertible(
            f"{sold_from.code} ({sold_from.asset} of {sold_from.pool_id}) and {bought_on.code}"
            f" ({bought_on.asset} of {bought_on.pool_id}) are not two assets of one pool"
        )
    if sold.asset != sold_from.asset or sold.minor_units <= 0:
        raise NotConvertible(f"sold: {sold} is no amount above zero of {sold_from.asset}")
    found = rules.bought(sold, rate, bought_on.asset)
    if not found.minor_units:
        raise NotConvertible(f"sold: {sold} buys nothing at {rate}")
    return found


@transaction.atomic(durable=True)
def book(*, conversion: Conversion, by: Person, at: datetime) -> None:
    """
    Book an approved conversion: its two legs, which are on their way until statements show them.

    :raises NotApproved: if exactly this conversion did not pass its stages
    :raises Overdrawn: if less is available in the asset sold
    :raises NotPossibleNow: if it was booked or withdrawn
    """
    people.demand(by, "treasury.write")
    conversion = _locked(conversion)
    approvals.demand(kind=KIND, subject=conversion.number, effect=effect(conversion))
    _move(conversion, ConversionState.BOOKED)
    posting.post(
        postings.converted(
            number=conversion.number,
            pool=conversion.pool_id,
            sold=(conversion.sold_from_id, Money(conversion.sold, conversion.sold_from.asset)),
            bought=(conversion.bought_on_id, Money(conversion.bought, conversion.bought_on.asset)),
            rate=conversion.rate,
            on=conversion.on,
        )
    )
    record(what="conversion.booked", subject=conversion.number, by=by, at=at)


@transaction.atomic(durable=True)
def withdraw(*, conversion: Conversion, by: Person, at: datetime) -> None:
    """
    Give up a conversion that was not booked.

    :raises NotPossibleNow: if it was
    """
    people.demand(by, "treasury.write")
    conversion = _locked(conversion)
    _move(conversion, ConversionState.WITHDRAWN)
    record(what="conversion.withdrawn", subject=conversion.number, by=by, at=at)


def effect(conversion: Conversion) -> dict[str, Any]:
    """Give what the approval of a conversion binds: accounts, amounts, rate and its source."""
    return {
        "number": conversion.number,
        "sold_from": conversion.sold_from_id,
        "sold": conversion.sold,
        "bought_on": conversion.bought_on_id,
        "bought": conversion.bought,
        "rate": conversion.rate,
        "source": conversion.source,
        "on": conversion.on.isoformat(),
    }


def _locked(conversion: Conversion) -> Conversion:
    found = Conversion.objects.select_for_update(of=("self",))
    return found.select_related("sold_from", "bought_on").get(pk=conversion.pk)


def _move(conversion: Conversion, to: ConversionState) -> None:
    conversion.state = lifecycle.move(
        CONVERSION_MOVES, conversion.state, to, what=f"conversion {conversion.number}"
    )
    conversion.save(update_fields=["state"])
