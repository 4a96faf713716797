"""Delinquency: how long the oldest open instalment is past due, and in which bucket that is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from loans.rules.exact import Fraction


@dataclass(frozen=True, slots=True)
class Bucket:
    """A named range of days, both ends included; without ``to_day`` it is open."""

    name: str
    from_day: int
    to_day: int | None = None


@dataclass(frozen=True, slots=True)
class Delinquency:
    """Days past due, the bucket that holds them after grace, and since when it counts."""

    days_past_due: int
    bucket: str | None
    since: date | None


def delinquency(
    open_instalments: Iterable[tuple[date, Fraction]],
    as_of: date,
    grace_days: int = 0,
    buckets: Sequence[Bucket] = (),
) -> Delinquency:
    """
    Judge instalments (due date, outstanding) on a day.

    The oldest one due before ``as_of`` with something outstanding decides. Days past due count
    from its due date; the bucket day is that less ``grace_days``.

    Example: due 2024-01-31, as of 2024-02-04, grace 3: 4 days past due, bucket day 1, since
    2024-02-03. Source: calculation contract, section 8.

    >>> found = delinquency([(date(2024, 1, 31), Fraction(1))], date(2024, 2, 4), grace_days=3)
    >>> found.days_past_due, found.since.isoformat()
    (4, '2024-02-03')
    """
    overdue = [due for due, outstanding in open_instalments if due < as_of and outstanding > 0]
    if not overdue:
        return Delinquency(0, _bucket(buckets, -grace_days), None)
    oldest = min(overdue)
    past_due = (as_of - oldest).days
    day = past_due - grace_days
    since = oldest + timedelta(days=grace_days) if day > 0 else None
    return Delinquency(past_due, _bucket(buckets, day), since)


def _bucket(buckets: Sequence[Bucket], day: int) -> str | None:
    for bucket in buckets:
        if bucket.from_day <= day and (bucket.to_day is None or day <= bucket.to_day):
            return bucket.name
    return None
