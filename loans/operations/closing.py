"""Closing a day: interest of every active loan, up to a business date."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog
from django.db import connection, transaction

from loans import postings
from loans.models import Loan
from loans.operations import books, cancellation_bookings, commitment_fees, rate_fixings
from loans.operations.rate_fixings import RateNotFixed
from loans.queries import books as book_queries
from loans.queries import projections
from loans.queries.lives import books_day, life_of
from loans.rules.states import LOAN_MOVES, LoanState
from loans.rules.target import Target
from together.controls.operations.records import record, recording
from together.controls.rules import lifecycle
from together.ledger.operations import posting

log = structlog.get_logger(__name__)
DAY = timedelta(days=1)
# Loans that are closed in one transaction.
SHARD = 1_000
# What is read of a loan to find out whether it waits.
SEEN = ("pk", "number", "business_date")
WAITING = """
SELECT id FROM loans_loan WHERE id = ANY(%s) AND state = %s AND business_date = %s
 ORDER BY number FOR UPDATE
"""
RECORDED = recording(
    "SELECT 'loan.day_closed', number, %(at)s::timestamptz, jsonb_build_object("
    "'from', %(day)s::date - 1, 'to', %(day)s::date, 'accrued', accrued) FROM due"
)
# A day of a shard. The interest is worked out, booked, moved on to and written down where it is.
CLOSE = f"""
WITH due AS MATERIALIZED ({projections.DUE}),
earned AS MATERIALIZED (
    SELECT *, (row_number() OVER ())::int AS n FROM due WHERE accrued <> 0),
entries AS (
    SELECT n, 'loan:' || number || %(event)s AS key, 'LOAN_INTEREST'::text AS kind,
           %(day)s::date AS day, ''::text AS narrative, ''::text AS reverses FROM earned),
lines AS (
    SELECT n, code, CASE whose WHEN 'loan' THEN number ELSE pool END AS subject, asset,
           accrued * sign AS amount
      FROM earned
     CROSS JOIN unnest(%(codes)s::text[], %(subjects)s::text[], %(signs)s::bigint[])
                AS leg(code, whose, sign)),
posted AS MATERIALIZED ({posting.batch_of(entries="entries", lines="lines")}),
moved AS (
    UPDATE loans_loan l SET business_date = %(day)s FROM due WHERE l.id = due.loan),
recorded AS ({RECORDED})
SELECT count(*), coalesce(sum(accrued), 0)::bigint, (SELECT new FROM posted) FROM due
"""  # noqa: S608 - the pieces are constants


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
    the others, and those that a shard fails for, by their replay, each in its own transaction.
    Before, the rates of floating loans are set; one that waits for a fixing is not closed.
    The fees of commitments that are not drawn are booked beside, after what is cancelled by then.
    Run twice it does nothing, stopped it goes on where it was, and a loan that fails is named and
    stops nobody else. ``progress`` is told how many of how many are done.
    """
    closed, done, last = Closed(), 0, ""
    rate_fixings.fix_rates(on=on, at=at)
    closed.failed |= cancellation_bookings.take_effect(on=on, at=at)
    closed.failed |= commitment_fees.accrue(on=on, at=at)
    active = Loan.objects.filter(state=LoanState.ACTIVE).order_by("number")
    total = active.filter(business_date__lt=on).count()
    # In the order of the numbers, whatever their dates: see what is said of dates in ``DUE``.
    while done < total and (
        read := list(active.filter(number__gt=last).values_list(*SEEN)[:SHARD])
    ):
        last = read[-1][1]
        shard = {pk: since for pk, _, since in read if since and since < on}
        if not _close_by_projection(shard, on, at, closed):
            left = active.filter(pk__in=list(shard), business_date__lt=on)
            closed.loans += len(shard) - len(left)
            for loan in left:
                _close_by_replay(loan, on, at, closed)
        else:
            closed.loans += len(shard)
        done += len(shard)
        if progress is not None and shard:
            progress(done, max(total, done))
    return closed


def _close_by_projection(shard: Mapping[int, date], on: date, at: datetime, closed: Closed) -> bool:
    """
    Close the days of a shard as far as projections reach, and say whether that is all of them.

    A shard that fails is halved until the loan alone is left that it fails for.
    """
    keys = list(shard)
    day, count = min(shard.values(), default=on), len(shard)
    try:
        while day < on:
            day += DAY
            found = close_shard(loans=keys, day=day, at=at)
            closed.accrued += found.accrued
            count = found.loans
    except Exception:
        log.exception("shard.not_closed", first=keys[0], loans=len(keys), day=day.isoformat())
        if len(keys) == 1:
            return False
        half = len(keys) // 2
        halves = [
            _close_by_projection({key: shard[key] for key in part}, on, at, closed)
            for part in (keys[:half], keys[half:])
        ]
        return all(halves)
    # Of its last day: who is closed for that is closed for all before.
    return count == len(shard)


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
def close_shard(*, loans: Sequence[int], day: date, at: datetime) -> Closed:
    """
    Close a day of those of some loans that were closed up to the day before and are projected.

    Gives how many they were and the interest booked in minor units. Two statements, whatever the
    number of loans.
    """
    # Locked by a statement of its own, so that the next one sees what others did meanwhile. A loan
    # that somebody books on is waited for: skipped, its day would stay open until another run.
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [list(loans), LoanState.ACTIVE, day - DAY])
        locked = [pk for (pk,) in cursor.fetchall()]
    if not locked:
        return Closed()
    legs = postings.accrual()
    count, accrued, _ = posting.run(
        CLOSE,
        {
            "loans": locked,
            "day": day,
            "at": at,
            "event": f":closed:{day.isoformat()}",
            "codes": [leg.code for leg in legs],
            "subjects": [leg.subject for leg in legs],
            "signs": [leg.amount for leg in legs],
        },
    )
    return Closed(loans=count, accrued=accrued)


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
