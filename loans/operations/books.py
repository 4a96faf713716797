"""Books: bringing the accounts of a loan to what its replay says. Part of every operation here."""

from dataclasses import dataclass
from datetime import date

from loans import postings
from loans.models import Event, Loan, Projection
from loans.postings import Bringing
from loans.queries import books
from loans.queries.lives import life_of, target_of
from loans.rules.projection import project
from loans.rules.replay.life import Life
from loans.rules.target import Target
from together.controls.models import Person
from together.ledger.operations import posting
from together.ledger.rules.money import ASSETS


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
    narrative: str = "",
) -> Step:
    """
    Bring the books of a loan to what its replay says as of a day, and project the days to come.

    ``event`` names what happened within the loan: the entry's key is made of it. ``on`` is the
    day that the difference is booked for. ``life`` and ``was`` spare a second replay or reading.
    """
    life = life or life_of(loan)
    step = post(
        loan,
        event=event,
        kind=kind,
        on=on,
        as_of=as_of,
        life=life,
        was=was,
        narrative=narrative,
    )
    keep_projection(loan, life, as_of, step.now)
    return step


def post(
    loan: Loan,
    *,
    event: str,
    kind: str,
    on: date,
    as_of: date,
    life: Life | None,
    was: Target | None = None,
    now: Target | None = None,
    narrative: str = "",
) -> Step:
    """
    Post what is between the books of a loan and its replay; :func:`bring` comes after it.

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


def keep_projection(loan: Loan, life: Life | None, as_of: date, now: Target) -> None:
    """
    Store the projection of a locked loan from a day on, in place of the one that it has.

    Its replay is of all recorded events, and says ``now`` on that day. A loan that cannot be
    projected has none: each of its days is closed by a replay.
    """
    found = project(life, as_of, ASSETS[loan.pool.asset]) if life else None
    if found is None or found.interest(as_of) != now.interest:
        Projection.objects.filter(loan=loan).delete()
        return
    said = {
        "events": loan.events.count(),
        "until": found.until,
        "unit": found.unit,
        "rounding": found.rounding,
        "days": [segment.since for segment in found.segments],
        "bases": [segment.base for segment in found.segments],
        "numerators": [segment.numerator for segment in found.segments],
        "slopes": [segment.slope for segment in found.segments],
        "denominators": [segment.denominator for segment in found.segments],
    }
    Projection.objects.bulk_create(
        [Projection(loan=loan, **said)],
        update_conflicts=True,
        unique_fields=["loan"],
        update_fields=list(said),
    )


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
        .prefetch_related("events", "cancellations")
        .get(pk=loan.pk)
    )
