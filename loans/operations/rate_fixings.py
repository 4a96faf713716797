"""Rate fixings: setting the rates of floating loans, each as soon as its fixing is known."""

from dataclasses import dataclass, field
from datetime import date, datetime

import structlog
from django.db import transaction

from loans.models import Event, Loan
from loans.operations import books
from loans.queries.differences import as_event
from loans.queries.fixings import Rates, Taken, floating_loans, waits_for
from loans.queries.lives import books_day, floating_life
from loans.rules.replay.events import FIXING, Placed
from loans.rules.replay.fixings import unset_on
from loans.rules.replay.fold import apply
from loans.rules.replay.life import Life
from loans.rules.states import LoanState
from together import Refused
from together.controls.operations.records import record

log = structlog.get_logger(__name__)


class RateNotFixed(Refused):
    """Raised when a day is to be closed whose interest is not known: a rate of it is not set."""


@dataclass(slots=True)
class Done:
    """
    What setting rates did.

    ``fixings`` counts the rates that were set, on ``loans`` loans. ``waiting`` says of each loan
    that cannot be closed for the day why, ``failed`` of each that broke.
    """

    loans: int = 0
    fixings: int = 0
    waiting: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def fix_rates(*, on: date, at: datetime) -> Done:
    """
    Set the rates of all floating loans as far as fixings up to a day are known.

    Each loan in a transaction of its own: run twice it does nothing, stopped it goes on where it
    was, and a loan that waits or fails is named and stops nobody else.
    """
    done = Done()
    for loan in floating_loans():
        try:
            fixed, why = fix_loan(loan=loan, on=on, at=at)
        except Exception as error:
            log.exception("loan.rate_not_fixed", loan=loan.number, on=on.isoformat())
            done.failed[loan.number] = f"{type(error).__name__}: {error}"
            continue
        done.loans += fixed > 0
        done.fixings += fixed
        if why:
            done.waiting[loan.number] = why
    return done


@transaction.atomic(durable=True)
def fix_loan(*, loan: Loan, on: date, at: datetime) -> tuple[int, str]:
    """
    Set the rates of one loan, and give how many, and why it waits if it does.

    A rate is set as soon as its fixing is known, however far ahead; only one that the day to be
    closed needs falls back on an earlier fixing, where the terms say so.
    """
    loan = books.locked(loan)
    found = floating_life(loan)
    if found is None or loan.state != LoanState.ACTIVE:
        return 0, ""
    life, agreed = found
    rates, first = Rates(agreed, on=on, at=at), loan.events.count() + 1
    fixed = 0
    while (day := _next(loan, life)) is not None:
        taken = rates.taken(life, day, may_fall_back=day < on)
        if taken.fixed is None:
            break
        _set(loan, life, taken, at)
        fixed += 1
    if fixed:
        as_of = books_day(loan) or on
        step = books.bring(
            loan,
            event=f"event:{first}:fixed",
            kind="LOAN_INTEREST",
            on=as_of,
            as_of=as_of,
            life=life,
            narrative=f"{fixed} rate fixings of {agreed.index}",
        )
        said = {"fixings": fixed, "index": agreed.index, "moved": step.now.earned - step.was.earned}
        record(what="loan.rates_fixed", subject=loan.number, by=None, at=at, details=said)
    return fixed, waits_for(loan, life, on=on, at=at)


def _next(loan: Loan, life: Life) -> date | None:
    """Give the next day whose rate the system may set: none of a closed day."""
    day = unset_on(life)
    is_closed = day is not None and loan.business_date is not None and day < loan.business_date
    return None if is_closed else day


def _set(loan: Loan, life: Life, taken: Taken, at: datetime) -> None:
    event = Event(loan=loan, type=FIXING, on=taken.day, further=taken.further, recorded_at=at)
    event = books.append(event, by=None)
    apply(life, Placed(event.sequence - 1, as_event(event, loan)))


def demand_fixed(loan: Loan, life: Life | None, *, on: date, at: datetime) -> None:
    """
    Check that a loan can be closed for a day.

    :raises RateNotFixed: if a rate that the day needs is not set
    """
    if why := waits_for(loan, life, on=on, at=at):
        raise RateNotFixed(why)
