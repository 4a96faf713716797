"""Closing a day: interest of every active loan, up to a business date."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog
from django.db import transaction

from loans.models import Loan
from loans.operations import books
from loans.queries import books as book_queries
from loans.queries.lives import books_day, life_of
from loans.rules.states import LOAN_MOVES, LoanState
from loans.rules.target import Target
from together.controls.operations.records import record
from together.controls.rules import lifecycle

log = structlog.get_logger(__name__)
DAY = timedelta(days=1)


@dataclass(slots=True)
class Closed:
    """
    What an end of day did.

    ``loans`` counts the loans that were brought forward, ``accrued`` is the interest booked in
    minor units, ``failed`` says of each loan that could not be closed why.
    """

    loans: int = 0
    accrued: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def close_day(
    *, on: date, at: datetime, progress: Callable[[int, int], None] | None = None
) -> Closed:
    """
    Bring every active loan's interest in the books to what it accrued up to a business date.

    Each loan is closed in a transaction of its own, day after day since it was last closed: run
    twice it does nothing, stopped it goes on where it was, and a loan that fails is named and
    stops nobody else. ``progress`` is told how many of how many are done.
    """
    closed = Closed()
    due = list(Loan.objects.filter(state=LoanState.ACTIVE, business_date__lt=on).order_by("number"))
    for done, loan in enumerate(due, start=1):
        try:
            closed.accrued += close_loan(loan=loan, on=on, at=at)
            closed.loans += 1
        except Exception as error:
            log.exception("loan.not_closed", loan=loan.number, on=on.isoformat())
            closed.failed[loan.number] = f"{type(error).__name__}: {error}"
        if progress is not None:
            progress(done, len(due))
    return closed


@transaction.atomic(durable=True)
def close_loan(*, loan: Loan, on: date, at: datetime) -> int:
    """Close the days of one loan up to a date, and give the interest booked in minor units."""
    loan = books.locked(loan)
    since = loan.business_date
    if loan.state != LoanState.ACTIVE or since is None or since >= on:
        return 0
    life, was = life_of(loan), book_queries.booked(loan)
    before, day = was, max(books_day(loan) or since, since)
    while day < on:
        day += DAY
        was = books.bring(
            loan,
            event=f"closed:{day.isoformat()}",
            kind="LOAN_INTEREST",
            on=day,
            as_of=day,
            life=life,
            was=was,
        ).now
    loan.business_date = on
    loan.save(update_fields=["business_date"])
    accrued = was.earned - before.earned
    record(
        what="loan.day_closed",
        subject=loan.number,
        by=None,
        at=at,
        details={"from": since.isoformat(), "to": on.isoformat(), "accrued": accrued},
    )
    if is_repaid(was):
        _close(loan, at)
    return accrued


def is_repaid(target: Target) -> bool:
    """Say whether nothing is owed on a drawn loan any more, be it paid or credited."""
    return not (target.principal or target.interest or target.charges)


def _close(loan: Loan, at: datetime) -> None:
    """Move a loan that is repaid to its end; what was overpaid stays in its account."""
    loan.state = lifecycle.move(
        LOAN_MOVES, LoanState(loan.state), LoanState.CLOSED, what=f"loan {loan.number}"
    )
    loan.save(update_fields=["state"])
    record(what="loan.closed", subject=loan.number, by=None, at=at)
