"""Breaks: lines of statements that nothing explains yet, the oldest first."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from together.ledger.rules.money import Money
from together.treasury.models import StatementLine

# Name of the age, and the days up to which it goes.
AGES: tuple[tuple[str, int | None], ...] = (
    ("up to 1 day", 1),
    ("2 to 7 days", 7),
    ("8 to 30 days", 30),
    ("31 to 90 days", 90),
    ("over 90 days", None),
)


@dataclass(frozen=True, slots=True)
class Break:
    """One line that waits for a person; ``days`` have passed since it was booked."""

    line: StatementLine
    days: int
    age: str
    money: Money


def breaks(as_of: date, pool: str = "") -> list[Break]:
    """Give what is a break now and was booked by a day, the oldest first, in one query."""
    end = datetime.combine(as_of + timedelta(days=1), time.min, tzinfo=UTC)
    found = StatementLine.objects.filter(waiting__isnull=False, booked_at__lt=end)
    if pool:
        found = found.filter(pool_id=pool)
    rows = found.select_related("account").order_by("booked_at", "pk")
    return [_break(line, as_of) for line in rows]


def _break(line: StatementLine, as_of: date) -> Break:
    days = (as_of - line.booked_at.astimezone(UTC).date()).days
    age = next(name for name, most in AGES if most is None or days <= most)
    return Break(line, days, age, Money(line.amount, line.account.asset))
