"""Books: bringing the accounts of a loan to what its replay says. Part of every operation here."""

from dataclasses import dataclass
from datetime import date

from loans import postings
from loans.models import Event, Loan
from loans.postings import Bringing
from loans.queries import books
from loans.queries.lives import target_of
from loans.rules.replay.life import Life
from loans.rules.target import Target
from together.controls.models import Person
from together.ledger.operations import posting


@dataclass(frozen=True, slots=True)
class Step:
    """What the books said before, and what they say now."""

    was: Target
    now: Target


def bring(
    loan: Loan,
    *,
    event: str,
    kind: str,
    on: date,
    as_of: date,
    life: Life | None = None,
    was: Target | None = None,
    now: Target | None = None,
    narrative: str = "",
) -> Step:
    """
    Bring the books of a loan to what its replay says as of a day; nothing else books on it.

    ``event`` names what happened within the loan: the entry's key is made of it. ``on`` is the
    day that the difference is booked for. ``life`` and ``was`` spare a second replay or reading;
    ``now`` says how far to bring them where that is a part of the way.
    """
    was = books.booked(loan) if was is None else was
    now = target_of(loan, as_of, life) if now is None else now
    step = Bringing(
        key=f"loan:{loan.number}:{event}",
        kind=kind,
        on=on,
        loan=loan.number,
        pool=loan.pool_id,
        asset=loan.pool.asset,
        narrative=narrative,
    )
    entry = postings.brought(step, was, now)
    if entry is not None:
        posting.post(entry)
    return Step(was, now)


def append(event: Event, *, by: Person | None) -> Event:
    """Write an event down as the next one of its locked loan."""
    loan = event.loan
    event.sequence = 1 + loan.events.count()
    event.recorded_by = by
    event.save(force_insert=True)
    # What was read before is stale now.
    if hasattr(loan, "_prefetched_objects_cache"):
        loan._prefetched_objects_cache.clear()
    return event


def locked(loan: Loan) -> Loan:
    """Lock a loan and read it with all that its replay needs."""
    return (
        Loan.objects.select_for_update(of=("self",))
        .select_related("pool", "institution", "disbursement")
        .prefetch_related("events")
        .get(pk=loan.pk)
    )
