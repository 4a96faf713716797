"""Cancellations taking effect: approved ones, notices whose day ended, commitments that lapse."""

from datetime import date, datetime, timedelta

import structlog
from django.db import transaction

from loans import postings
from loans.models import Cancellation, Loan
from loans.operations import books, cancellations, commitment_fees
from loans.operations.cancellations import KIND, Wanted
from loans.queries.commitments import commitment
from loans.rules.cancellations import Side
from loans.rules.institution_states import CancellationState
from loans.rules.states import LOAN_MOVES, LoanState
from together.controls.models import Person
from together.controls.operations import approvals, people
from together.controls.rules import lifecycle
from together.ledger.operations import posting
from together.ledger.rules.money import Money

DAY = timedelta(days=1)
log = structlog.get_logger(__name__)


@transaction.atomic(durable=True)
def book(*, cancellation: Cancellation, by: Person, at: datetime) -> None:
    """
    Give an approved cancellation effect today: the amount is the pool's again, its fee stops.

    :raises NotApproved: if exactly this was not approved
    :raises NotPossibleNow: if it took effect or was taken back, or the loan is not committed
    """
    people.demand(by, "loans.write")
    loan = books.locked(cancellation.loan)
    cancellation = cancellations.locked(cancellation, loan)
    cancellations.moved(cancellation, CancellationState.BOOKED)
    approvals.demand(
        kind=KIND, subject=cancellation.number, effect=cancellations.effect(cancellation)
    )
    _book(loan, cancellation, at.date(), by, at)


def take_effect(*, on: date, at: datetime) -> dict[str, str]:
    """
    Let the notices of borrowers take effect whose day ended, and what is not available any more
    lapse; each in a transaction of its own. Says of each loan that failed why.
    """
    failed: dict[str, str] = {}
    committed = Loan.objects.filter(state=LoanState.COMMITTED)
    noticed = committed.filter(
        cancellations__state=CancellationState.PROPOSED,
        cancellations__effect_digest="",
        cancellations__on__lte=on,
    )
    over = committed.filter(terms__has_key="availability")
    for act, loans in ((_end_notice, noticed), (_lapse, over)):
        for loan in loans.order_by("number"):
            try:
                act(loan, on, at)
            except Exception as error:
                log.exception("loan.not_cancelled", loan=loan.number, on=on.isoformat())
                failed[loan.number] = f"{type(error).__name__}: {error}"
    return failed


@transaction.atomic(durable=True)
def _end_notice(loan: Loan, on: date, at: datetime) -> None:
    loan = books.locked(loan)
    notices = loan.cancellations.select_for_update().filter(
        state=CancellationState.PROPOSED, effect_digest="", on__lte=on
    )
    found = notices.first()
    if found is not None and loan.state == LoanState.COMMITTED:
        found.loan = loan
        _book(loan, found, found.on, None, at)


@transaction.atomic(durable=True)
def _lapse(loan: Loan, on: date, at: datetime) -> None:
    """Cancel what was to be drawn before a day that has come; what was proposed is overtaken."""
    loan = books.locked(loan)
    kept = commitment(loan)
    if kept is None or kept.ends_on is None or loan.state != LoanState.COMMITTED:
        return
    if kept.ends_on > min(on + DAY, at.date()):
        return
    for one in loan.cancellations.select_for_update().filter(state=CancellationState.PROPOSED):
        one.loan = loan
        cancellations.give_up(one, None, at)
    reason = f"It was to be drawn before {kept.ends_on}"
    found = cancellations.new(loan, Wanted(Side.LAPSE, None, on, reason), at)
    found.save(force_insert=True)
    _book(loan, found, on, None, at)


def _book(
    loan: Loan, cancellation: Cancellation, on: date, by: Person | None, at: datetime
) -> None:
    """Give a cancellation of a locked loan effect from a day on."""
    cancellation.state = cancellations.moved(cancellation, CancellationState.BOOKED)
    if loan.state != LoanState.COMMITTED:
        raise lifecycle.NotPossibleNow(f"loan {loan.number} is {loan.state}, not committed")
    cancellation.booked_on = on
    cancellation.save(update_fields=["state", "booked_on"])
    loan.cancelled += cancellation.amount
    if not loan.commitment:
        loan.state = lifecycle.move(
            LOAN_MOVES, LoanState(loan.state), LoanState.CANCELLED, what=f"loan {loan.number}"
        )
    loan.save(update_fields=["cancelled", "state"])
    posting.post(
        postings.cancelled(
            number=cancellation.number,
            loan=loan.number,
            pool=loan.pool_id,
            money=Money(cancellation.amount, loan.pool.asset),
            on=on,
        )
    )
    commitment_fees.settle(loan, on=on, event=cancellation.number)
    cancellations.written(cancellation, "booked", by, at, on=on.isoformat(), left=loan.commitment)
