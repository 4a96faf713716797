"""Destinations: registering where money may go, confirming it under four eyes, revoking it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, IntegrityError, connection, transaction

from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.ledger.rules.money import ASSETS
from together.treasury.models import Destination
from together.treasury.queries.chains import NotServed, contracts_of
from together.treasury.rules import destinations as rules
from together.treasury.rules.destinations import Details, NotADestination, RailKind
from together.treasury.rules.states import DESTINATION_MOVES, DestinationState

KIND = "destination.confirmation"
LONGEST = {"owner_kind": 20, "owner": 80, "label": 80}


class RegisteredAlready(Refused):
    """Raised when the same destination of the same owner is registered and not revoked."""


class NotConfirmed(Refused):
    """Raised when a destination is not what was confirmed, or was confirmed by who made it."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a destination is: ``kind`` such as institution, ``subject`` such as its LEI."""

    kind: str
    subject: str


@transaction.atomic(durable=True)
def register(
    *, owner: Owner, details: Details, label: str, by: Person, at: datetime
) -> Destination:
    """
    Write down where money of an owner may go, once somebody else confirmed it.

    :raises NotADestination: with every field that is wrong
    :raises RegisteredAlready: if it is registered and not revoked
    """
    people.demand(by, "treasury.write")
    return write_down(owner=owner, details=details, label=label, by=by, at=at)


def write_down(
    *, owner: Owner, details: Details, label: str, by: Person, at: datetime
) -> Destination:
    """
    Write a destination down; part of an operation that asked whether the person may.

    Errors as in :func:`register`.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a destination is written down with what it belongs to, or not at all")
    _demand_whole(owner, label, details.asset)
    found = rules.checked(details, contracts=_contracts(details))
    digest = rules.digest_of(owner_kind=owner.kind, owner=owner.subject, details=found)
    values = asdict(found)
    destination = Destination(
        number=next_number(Destination, "DST", digits=5),
        owner_kind=owner.kind,
        owner=owner.subject,
        label=label,
        kind=values.pop("rail"),
        payee=found.payee,
        digest=digest,
        registered_by=by,
        registered_at=at,
        **values,
    )
    try:
        with transaction.atomic():
            destination.save(force_insert=True)
    except IntegrityError as error:
        raise RegisteredAlready(f"{found.payee} of {owner.subject} is registered") from error
    record(
        what="destination.registered",
        subject=destination.number,
        by=by,
        at=at,
        details={"owner": owner.subject, "payee": found.payee, "digest": digest},
    )
    return destination


@transaction.atomic(durable=True)
def propose_confirmation(
    *, destination: Destination, evidence: str, by: Person, at: datetime
) -> Approval:
    """
    Ask for a destination to be confirmed; ``evidence`` says how its owner was asked.

    :raises NotPossibleNow: if it is confirmed or revoked
    :raises NotADestination: if there is no evidence
    """
    people.demand(by, "treasury.write")
    destination = Destination.objects.select_for_update().get(pk=destination.pk)
    _moved(destination, DestinationState.CONFIRMED)
    if not evidence.strip() or len(evidence) > 400:
        raise NotADestination("evidence: say in 1 to 400 signs how it was confirmed, and by whom")
    return approvals.request(
        kind=KIND,
        subject=destination.number,
        effect=effect(destination, evidence),
        amount_cents=0,
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def confirm(*, destination: Destination, by: Person, at: datetime) -> Destination:
    """
    Let money go to a destination once its cooling-off is over.

    :raises NotConfirmed: if exactly this destination was not approved, or by who registered it
    :raises NotPossibleNow: if it is confirmed or revoked
    """
    people.demand(by, "treasury.write")
    destination = Destination.objects.select_for_update().get(pk=destination.pk)
    state = _moved(destination, DestinationState.CONFIRMED)
    approved = _approved(destination)
    destination.state, destination.evidence, destination.confirmed_at = (
        state,
        approved.effect["evidence"],
        at,
    )
    try:
        with transaction.atomic():
            destination.save(update_fields=["state", "evidence", "confirmed_at"])
    except DatabaseError as error:
        raise NotConfirmed(str(error).splitlines()[0]) from error
    destination.refresh_from_db()
    record(
        what="destination.confirmed",
        subject=destination.number,
        by=by,
        at=at,
        details={"digest": destination.digest, "evidence": destination.evidence},
    )
    return destination


@transaction.atomic(durable=True)
def revoke(*, destination: Destination, reason: str, by: Person, at: datetime) -> Destination:
    """
    Let no money go to a destination any more, at once.

    :raises NotPossibleNow: if it is revoked
    """
    people.demand(by, "treasury.halt")
    destination = Destination.objects.select_for_update().get(pk=destination.pk)
    destination.state = _moved(destination, DestinationState.REVOKED)
    destination.revoked_by, destination.revoked_at = by, at
    destination.reason = reason.strip() or "no reason given"
    destination.save(update_fields=["state", "revoked_by", "revoked_at", "reason"])
    record(
        what="destination.revoked",
        subject=destination.number,
        by=by,
        at=at,
        details={"reason": destination.reason},
    )
    return destination


def effect(destination: Destination, evidence: str) -> dict[str, Any]:
    """Give what a confirmation binds: every field, and how it was confirmed."""
    return {
        **asdict(destination.details),
        "owner_kind": destination.owner_kind,
        "owner": destination.owner,
        "payee": destination.payee,
        "digest": destination.digest,
        "evidence": evidence,
    }


def _approved(destination: Destination) -> Approval:
    """Give the request by which exactly this destination was confirmed."""
    asked = Approval.objects.filter(kind=KIND, subject=destination.number).order_by("-id")
    for one in asked:
        now = effect(destination, str(one.effect.get("evidence", "")))
        if approvals.is_approved(kind=KIND, subject=destination.number, effect=now):
            return one
    raise NotConfirmed(f"{destination.number} is not confirmed by a second person")


def _demand_whole(owner: Owner, label: str, asset: str) -> None:
    given = {"owner_kind": owner.kind, "owner": owner.subject, "label": label}
    faults = [
        f"{name}: {text!r} has to have 1 to {LONGEST[name]} signs"
        for name, text in given.items()
        if not 0 < len(text.strip()) <= LONGEST[name]
    ]
    if asset not in ASSETS:
        faults.append(f"asset: {asset!r} is not one of {', '.join(ASSETS)}")
    if faults:
        raise NotADestination("; ".join(faults))


def _contracts(details: Details) -> list[str]:
    """Give the contracts of the asset on its chain; a chain that has none is not served."""
    if details.rail != RailKind.CHAIN:
        return []
    try:
        return contracts_of(chain=details.servicer, asset=details.asset)
    except NotServed as error:
        raise NotADestination(str(error)) from error


def _moved(destination: Destination, state: DestinationState) -> DestinationState:
    return lifecycle.move(
        DESTINATION_MOVES,
        DestinationState(destination.state),
        state,
        what=f"destination {destination.number}",
    )
