"""The watch list: a loan is put on it with a reason, and taken off it with another."""

from datetime import datetime

from django.db import transaction

from loans.models import Loan, Watch
from loans.operations.allowed import demand_any
from loans.rules.states import LoanState
from together import Refused
from together.controls.models import Person
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle


class NotWatched(Refused):
    """Raised when a loan cannot be put on the watch list, or taken off; says why."""


@transaction.atomic(durable=True)
def put_on(*, loan: Loan, reason: str, by: Person, at: datetime) -> Watch:
    """
    Put a loan on the watch list: from the next assessment on it is in stage 2 at least.

    :raises NotWatched: if no reason is given, it is on the list, or nothing can be owed of it
    """
    demand_any(by, "loans.write", "loans.approve", "loans.comply")
    loan = Loan.objects.select_for_update(of=("self",)).get(pk=loan.pk)
    _demand_reason(reason)
    if loan.state not in (LoanState.COMMITTED, LoanState.DRAWING, LoanState.ACTIVE):
        raise NotWatched(f"loan {loan.number} is {loan.state}: nothing of it is at risk")
    listed = Watch.objects.filter(loan=loan, taken_off_at=None).first()
    if listed:
        raise NotWatched(f"loan {loan.number} is on the list as {listed.number}")
    watch = Watch.objects.create(
        number=next_number(Watch, "WL"), loan=loan, reason=reason, put_on_by=by, put_on_at=at
    )
    _say(watch, "watch.put_on", reason, by, at)
    return watch


@transaction.atomic(durable=True)
def take_off(*, watch: Watch, reason: str, by: Person, at: datetime) -> None:
    """
    Take a loan off the watch list; somebody else than who put it there.

    :raises NotWatched: if no reason is given, or the same person put it on
    :raises NotPossibleNow: if it was taken off already
    """
    demand_any(by, "loans.write", "loans.approve", "loans.comply")
    watch = Watch.objects.select_for_update(of=("self",)).select_related("loan").get(pk=watch.pk)
    if watch.taken_off_at is not None:
        raise lifecycle.NotPossibleNow(f"{watch.number} was taken off on {watch.taken_off_at:%F}")
    _demand_reason(reason)
    if watch.put_on_by_id == by.pk:
        raise NotWatched(f"{watch.number}: who put a loan on the list does not take it off")
    watch.taken_off_by, watch.taken_off_at, watch.taken_off_for = by, at, reason
    watch.save(update_fields=["taken_off_by", "taken_off_at", "taken_off_for"])
    _say(watch, "watch.taken_off", reason, by, at)


def _demand_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > 180:
        raise NotWatched("reason: must be given, in up to 180 letters")


def _say(watch: Watch, what: str, reason: str, by: Person, at: datetime) -> None:
    said = {"watch": watch.number, "reason": reason}
    record(what=what, subject=watch.loan.number, by=by, at=at, details=said)
