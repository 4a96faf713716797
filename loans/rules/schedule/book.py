"""The book of a loan: all that its rows are computed from, as far as it has happened."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, timedelta

from loans.rules.due_dates import DueDates
from loans.rules.exact import Fraction
from loans.rules.schedule.periods import Period, part_of_year, period_at
from loans.rules.terms import MOST_INSTALMENTS, Terms

ZERO = Fraction(0)
# The one day count of schedules whose last day is counted in another way.
ENDS_OTHERWISE = "30E/360 ISDA"


@dataclass(frozen=True, slots=True)
class Extra:
    """Money taken back that became due again in the instalment ``row``, on top of it."""

    on: date
    row: int
    principal: Fraction
    interest: Fraction = ZERO


@dataclass(slots=True)
class Book:
    """
    A loan as its events have left it.

    ``drawn`` rises by date. ``levels`` are the computed payments (or splits) by first row, the
    newest last; ``closed`` holds rows settled early with their principal and interest, extras
    left out. ``movements`` are payments of principal (day, row, amount); ``brought`` is interest
    brought into a row from before it. ``settled`` is the principal paid on rows that were
    closed and are open again, ``given_up`` the principal written off by row. ``on_balance`` says
    whether interest follows what is really owed (a replay may), or the plan. ``even_total`` keeps
    the interest of the whole life beside what it was computed from.
    """

    terms: Terms
    start: date
    dates: DueDates
    count: int | None
    drawn: list[tuple[date, Fraction]] = field(default_factory=list)
    rates: list[tuple[date, Fraction]] = field(default_factory=list)
    levels: list[tuple[int, Fraction]] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    closed: dict[int, tuple[Fraction, Fraction]] = field(default_factory=dict)
    movements: list[tuple[date, int, Fraction]] = field(default_factory=list)
    interest_paid: dict[int, Fraction] = field(default_factory=dict)
    extras: list[Extra] = field(default_factory=list)
    brought: dict[int, Fraction] = field(default_factory=dict)
    settled: dict[int, Fraction] = field(default_factory=dict)
    given_up: dict[int, Fraction] = field(default_factory=dict)
    on_balance: bool = False
    even_total: tuple[object, Fraction] | None = None
    _parts_of_year: dict[int, tuple[Period, date | None, Fraction]] = field(default_factory=dict)

    def draw(self, on: date, amount: Fraction) -> None:
        """Add a drawdown after those of the same day; up to the start it counts from there."""
        if on <= self.start:
            on = min(on, self.period(0).start)
        self.drawn.insert(bisect_right([d for d, _ in self.drawn], on), (on, amount))

    def set_rate(self, on: date, rate: Fraction) -> date:
        """Let a rate apply from a day, and give the first day whose night earns it."""
        since = on - timedelta(days=1) if self.terms.accrual_day == "end" else on
        self.rates.insert(bisect_right([d for d, _ in self.rates], since), (since, rate))
        return since

    def period(self, row: int) -> Period:
        """Give the period of a row (0 is the first)."""
        while len(self.periods) <= row:
            self.periods.append(period_at(self.terms, self.dates, len(self.periods)))
        return self.periods[row]

    def rows(self) -> range:
        """Give the rows there can be; an open-ended loan ends by its balance."""
        return range(MOST_INSTALMENTS if self.count is None else self.count)

    def row_due_after(self, day: date, *, or_on: bool = False) -> int | None:
        """Give the first row that is due after a day (or on it)."""
        for row in self.rows():
            due = self.period(row).due_on
            if due > day or (or_on and due == day):
                return row
        return None

    def rate_on(self, day: date) -> Fraction:
        """Give the rate that the night from a day on earns."""
        at = bisect_right(self.rates, day, key=lambda rate: rate[0])
        return self.rates[at - 1][1] if at else self.terms.rate

    def year_part(self, row: int, start: date, end: date) -> Fraction:
        """Give the part of a year of a piece of a row's period."""
        period = self.period(row)
        if (start, end) == (period.start, period.end):
            return self.whole_part(row)
        return part_of_year(self.terms, period, self._termination(), start, end)

    def whole_part(self, row: int) -> Fraction:
        """Give the part of a year of a row's whole period."""
        period, last = self.period(row), self._termination()
        # A whole period never changes: it is only replaced, by another one.
        known = self._parts_of_year.get(row)
        if known is None or known[0] is not period or known[1] != last:
            part = part_of_year(self.terms, period, last, period.start, period.end)
            known = self._parts_of_year[row] = (period, last, part)
        return known[2]

    def _termination(self) -> date | None:
        """Give the last accrual date, where the day count asks for it."""
        if self.terms.day_count != ENDS_OTHERWISE or self.count is None:
            return None
        return self.period(self.count - 1).end

    def level(self, row: int) -> Fraction:
        """Give the computed payment or split that counts for a row."""
        for first, value in reversed(self.levels):
            if first <= row:
                return value
        return ZERO

    def drawn_by(self, day: date) -> Fraction:
        """Give what was drawn, and taken back, up to and including a day."""
        return sum((a for d, a in self.drawn if d <= day), ZERO) + sum(
            (extra.principal for extra in self.extras if extra.on <= day), ZERO
        )

    def extra_of(self, row: int) -> tuple[Fraction, Fraction]:
        """Give the principal and interest that came back into a row."""
        mine = [extra for extra in self.extras if extra.row == row]
        if not mine:
            return ZERO, ZERO
        return sum((e.principal for e in mine), ZERO), sum((e.interest for e in mine), ZERO)

    @property
    def last_open(self) -> int | None:
        """Give the last row that is not closed."""
        if self.count is None:
            return None
        return next((r for r in reversed(range(self.count)) if r not in self.closed), None)


def opened(terms: Terms, start: date) -> Book:
    """Open the book of a loan that accrues from a day."""
    return Book(terms, start, terms.dates(start), terms.count)
