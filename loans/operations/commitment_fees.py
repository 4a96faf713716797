"""Commitment fees: in the books day by day while a loan is not drawn, then a charge of it."""

from datetime import date, datetime, timedelta

import structlog
from django.db import transaction

from loans.models import Event, Loan
from loans.operations import books
from loans.queries import books as book_queries
from loans.queries.commitments import booked_through, commitment
from loans.rules.replay.events import COMMITMENT_FEE
from loans.rules.states import LoanState
from together import Refused
from together.controls.operations.records import record

log = structlog.get_logger(__name__)
DAY = timedelta(days=1)
UNDRAWN = (LoanState.COMMITTED, LoanState.DRAWING)


class NotAvailable(Refused):
    """Raised when a loan is asked for after its availability period."""


def accrue(*, on: date, at: datetime) -> dict[str, str]:
    """
    Bring the fee of every undrawn commitment into the books, up to a business date.

    Each in a transaction of its own; run twice it does nothing. Says of each that failed why.
    """
    failed = {}
    found = Loan.objects.filter(state__in=UNDRAWN, terms__has_key="availability")
    for loan in found.order_by("number"):
        try:
            accrue_loan(loan=loan, on=on, at=at)
        except Exception as error:
            log.exception("loan.fee_not_accrued", loan=loan.number, on=on.isoformat())
            failed[loan.number] = f"{type(error).__name__}: {error}"
    return failed


@transaction.atomic(durable=True)
def accrue_loan(*, loan: Loan, on: date, at: datetime) -> int:
    """Book the days of one commitment's fee up to a date, and give what was booked."""
    loan = books.locked(loan)
    kept = commitment(loan)
    if kept is None or kept.since is None or loan.state not in UNDRAWN:
        return 0
    was = before = book_queries.booked(loan)
    day, last = booked_through(loan, on) or kept.since, min(on, kept.ends_on or on)
    while day < last:
        day += DAY
        was = books.post(
            loan,
            event=f"fee:{day.isoformat()}",
            kind="LOAN_COMMITMENT_FEE",
            on=day,
            as_of=day,
            life=None,
            was=was,
            now=kept.target(day),
        ).now
    accrued = was.charged - before.charged
    if accrued:
        said = {"to": on.isoformat(), "accrued": accrued}
        record(what="loan.fee_accrued", subject=loan.number, by=None, at=at, details=said)
    return accrued


def settle(loan: Loan, *, on: date, event: str) -> None:
    """
    Bring the fee of a commitment that is less from a day on into the books; part of others.

    What was booked of days after it, before that was known, is taken back.
    """
    loan = books.locked(loan)
    kept = commitment(loan)
    if kept is None or kept.since is None:
        return
    day = max(on, booked_through(loan, date.max) or on)
    books.post(
        loan,
        event=f"fee:{event}",
        kind="LOAN_COMMITMENT_FEE",
        on=day,
        as_of=day,
        life=None,
        now=kept.target(day),
    )


def charge(loan: Loan, *, on: date, at: datetime) -> Event | None:
    """Charge a loan that is drawn on a day with the fee of its commitment; part of others."""
    kept = commitment(loan)
    fee = kept.fee(on) if kept else 0
    if not fee:
        return None
    return books.append(
        Event(loan=loan, type=COMMITMENT_FEE, on=on, amount=fee, recorded_at=at), by=None
    )


def demand_available(loan: Loan, on: date) -> None:
    """
    Check that a loan may still be drawn on a day.

    :raises NotAvailable: if its availability period is over
    """
    kept = commitment(loan)
    if kept is not None and kept.ends_on is not None and on >= kept.ends_on:
        raise NotAvailable(
            f"loan {loan.number} was to be drawn before {kept.ends_on}: its availability period"
            " is over"
        )
