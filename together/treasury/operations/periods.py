"""Periods: closing the books through a day and reopening them, under four eyes."""

from datetime import date, datetime
from typing import Any

from django.db import DatabaseError, transaction

from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.approvals import NotApproved
from together.controls.operations.records import record
from together.ledger.models import Closing
from together.treasury.queries.periods import checklist, closed_through

CLOSING, REOPENING = "period.closing", "period.reopening"


class NothingToClose(Refused):
    """Raised when the books are closed through the day already, or the day is not over."""


class NothingToReopen(Refused):
    """Raised when the day asked for is not closed."""


@transaction.atomic(durable=True)
def propose_closing(*, through: date, reason: str = "", by: Person, at: datetime) -> Approval:
    """
    Ask for the books to be closed through a day; somebody else approves it.

    What the checklist finds open is part of what is approved, so nobody closes over it unseen.

    :raises NothingToClose: if they are closed through it already, or the day is not over
    """
    people.demand(by, "treasury.write")
    _demand_closable(through, at)
    failing = [f"{one.name}: {one.found}" for one in checklist(through) if not one.holds]
    effect = {**_effect(through, reason), "open_points": failing}
    return approvals.request(
        kind=CLOSING, subject=through.isoformat(), effect=effect, amount_cents=0, by=by, at=at
    )


@transaction.atomic(durable=True)
def close(*, through: date, reason: str = "", by: Person, at: datetime) -> Closing:
    """
    Close the books through a day: nothing is booked on it or before it any more.

    :raises NothingToClose: as :func:`propose_closing`
    :raises NotApproved: if exactly this closing did not pass its stages
    """
    people.demand(by, "treasury.write")
    _demand_closable(through, at)
    return _move(through, reason, by, at)


@transaction.atomic(durable=True)
def propose_reopening(*, through: date | None, reason: str, by: Person, at: datetime) -> Approval:
    """
    Ask for days to be opened again: the books stay closed through an earlier day, or through none.

    :raises NothingToReopen: if that opens nothing
    """
    people.demand(by, "treasury.write")
    _demand_reopenable(through)
    return approvals.request(
        kind=REOPENING,
        subject=_subject(through),
        effect=_effect(through, reason),
        amount_cents=0,
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def reopen(*, through: date | None, reason: str, by: Person, at: datetime) -> Closing:
    """
    Open days again, as it was approved.

    :raises NothingToReopen: as :func:`propose_reopening`
    :raises NotApproved: if exactly this reopening did not pass its stages
    """
    people.demand(by, "treasury.write")
    _demand_reopenable(through)
    return _move(through, reason, by, at)


def approved(kind: str) -> dict[str, Any] | None:
    """Give the newest closing or reopening that was approved and can still be done, or None."""
    last = Closing.objects.first()
    for request in Approval.objects.filter(kind=kind).order_by("-id"):
        asked: dict[str, Any] = request.effect
        if asked["after"] == (last.pk if last else 0) and approvals.is_approved(
            kind=kind, subject=request.subject, effect=asked
        ):
            return asked
    return None


def _move(through: date | None, reason: str, by: Person, at: datetime) -> Closing:
    closing = Closing(through=through, was=closed_through(), reason=reason, written_at=at)
    try:
        with transaction.atomic():
            closing.save(force_insert=True)
    except DatabaseError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if name == "ledger_closing_approved":
            raise NotApproved(str(error).splitlines()[0]) from error
        if name == "ledger_closing_follows":
            raise NothingToClose(str(error).splitlines()[0]) from error
        raise
    record(
        what="books.reopened" if closing.is_reopening else "books.closed",
        subject=_subject(through),
        by=by,
        at=at,
        details={"was": _subject(closing.was), "reason": reason},
    )
    return closing


def _demand_closable(through: date, at: datetime) -> None:
    closed = closed_through()
    if closed is not None and through <= closed:
        raise NothingToClose(f"through: {through} is closed already, as all days up to {closed}")
    if through >= at.date():
        raise NothingToClose(f"through: {through} is not over yet")


def _demand_reopenable(through: date | None) -> None:
    closed = closed_through()
    if closed is None:
        raise NothingToReopen("no day is closed")
    if through is not None and through >= closed:
        raise NothingToReopen(f"through: the books are closed through {closed}, not {through}")


def _effect(through: date | None, reason: str) -> dict[str, Any]:
    last, was = Closing.objects.first(), closed_through()
    return {
        "after": last.pk if last else 0,
        "through": through.isoformat() if through else None,
        "was": was.isoformat() if was else None,
        "reason": reason,
    }


def _subject(through: date | None) -> str:
    return through.isoformat() if through else "all"
