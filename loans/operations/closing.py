"""Closing a day: interest of every active loan, up to a business date."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog
from django.db import transaction

from loans import postings
from loans.models import Loan
from loans.operations import books, commitment_fees, rate_fixings
from loans.operations.rate_fixings import RateNotFixed
from loans.postings import Bringing
from loans.queries import books as book_queries
from loans.queries import projections
from loans.queries.lives import books_day, life_of
from loans.rules.states import LOAN_MOVES, LoanState
from loans.rules.target import Target
from together.controls.operations.records import record, record_all
from together.controls.rules import lifecycle
from together.ledger.operations import posting

log = structlog.get_logger(__name__)
DAY = timedelta(days=1)
# Loans that are closed in one transaction.
SHARD = 1_000
# What is read of a loan to find out whether it waits.
SEEN = ("number", "business_date")


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

    Loans with a fresh projection are closed in shards, day after day since they were last closed;
    the others, and those of a shard that fails, by their replay, each in a transaction of its own.
    Before, the rates of floating loans are set; one that waits for a fixing is not closed.
    The fees of commitments that are not drawn are booked beside.
    Run twice it does nothing, stopped it goes on where it was, and a loan that fails is named and
    stops nobody else. ``progress`` is told how many of how many are done.
    """
    closed, done, last = Closed(), 0, ""
    rate_fixings.fix_rates(on=on, at=at)
    closed.failed |= commitment_fees.accrue(on=on, at=at)
    active = Loan.objects.filter(state=LoanState.ACTIVE).order_by("number")
    total = active.filter(business_date__lt=on).count()
    # In the order of the numbers, whatever their dates: see what is said of dates in ``due``.
    while done < total and (read := list(active.filter(number__gt=last).only(*SEEN)[:SHARD])):
        last = read[-1].number
        shard = [loan for loan in read if loan.business_date and loan.business_date < on]
        _close_by_projection(shard, on, at, closed)
        left = active.filter(pk__in=[loan.pk for loan in shard], business_date__lt=on).only(*SEEN)
        closed.loans += len(shard) - len(left)
        for loan in left:
            _close_by_replay(loan, on, at, closed)
        done += len(shard)
        if progress is not None and shard:
            progress(done, max(total, done))
    return closed


def _close_by_projection(shard: Sequence[Loan], on: date, at: datetime, closed: Closed) -> None:
    """Close the days of a shard, as far as projections reach; what fails is left to the replay."""
    keys = [loan.pk for loan in shard]
    day = min((loan.business_date or on for loan in shard), default=on)
    try:
        while day < on:
            day += DAY
            closed.accrued += close_shard(loans=keys, day=day, at=at)
    except Exception:
        log.exception("shard.not_closed", first=shard[0].number, day=day.isoformat())


def _close_by_replay(loan: Loan, on: date, at: datetime, closed: Closed) -> None:
    try:
        closed.accrued += close_loan(loan=loan, on=on, at=at)
        closed.loans += 1
    except RateNotFixed as waits:
        log.warning("loan.waits_for_its_fixing", loan=loan.number, why=str(waits))
        closed.failed[loan.number] = str(waits)
    except Exception as error:
        log.exception("loan.not_closed", loan=loan.number, on=on.isoformat())
        closed.failed[loan.number] = f"{type(error).__name__}: {error}"


@transaction.atomic(durable=True)
def close_shard(*, loans: Sequence[int], day: date, at: datetime) -> int:
    """
    Close a day of those of some loans that were closed up to the day before and are projected.

    Gives the interest booked in minor units. The number of statements does not depend on the
    number of loans.
    """
    # Locked by a statement of its own, so that the next one sees what others did meanwhile. A loan
    # that somebody books on is waited for: skipped, its day would stay open until another run.
    waiting = Loan.objects.filter(
        pk__in=loans, state=LoanState.ACTIVE, business_date=day - DAY
    ).order_by("number")
    locked = list(waiting.select_for_update().values_list("pk", flat=True))
    due = projections.due(locked, day) if locked else []
    if not due:
        return 0
    steps = [
        postings.accrued(
            Bringing(
                key=f"loan:{one.number}:closed:{day.isoformat()}",
                kind="LOAN_INTEREST",
                on=day,
                loan=one.number,
                pool=one.pool,
                asset=one.asset,
            ),
            one.accrued,
        )
        for one in due
    ]
    posting.post_all([step for step in steps if step is not None])
    Loan.objects.filter(pk__in=[one.loan for one in due]).update(business_date=day)
    since = (day - DAY).isoformat()
    record_all(
        what="loan.day_closed",
        at=at,
        details={
            one.number: {"from": since, "to": day.isoformat(), "accrued": one.accrued}
            for one in due
        },
    )
    return sum(one.accrued for one in due)


@transaction.atomic(durable=True)
def close_loan(*, loan: Loan, on: date, at: datetime) -> int:
    """Close the days of one loan up to a date, and give the interest booked in minor units."""
    loan = books.locked(loan)
    since = loan.business_date
    if loan.state != LoanState.ACTIVE or since is None or since >= on:
        return 0
    life, was = life_of(loan), book_queries.booked(loan)
    rate_fixings.demand_fixed(loan, life, on=on, at=at)
    before, day = was, max(books_day(loan) or since, since)
    while day < on:
        day += DAY
        was = books.post(
            loan,
            event=f"closed:{day.isoformat()}",
            kind="LOAN_INTEREST",
            on=day,
            as_of=day,
            life=life,
            was=was,
        ).now
    books.keep_projection(loan, life, day, was)
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
