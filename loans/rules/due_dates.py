"""Due dates: counting periods from an anchor, and measuring a stretch of time in periods."""

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta

from loans.rules.exact import Fraction

UNITS = ("day", "week", "month", "year")
MONTH_ENDS = ("clip", "last_day", "roll")
MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Days that one unit counts by the convention 30/360 PERIOD.
PERIOD_DAYS = {"day": 1, "week": 7, "month": 30, "year": 360}


@dataclass(frozen=True, slots=True)
class Step:
    """The distance between due dates: ``every`` units."""

    every: int = 1
    unit: str = "month"


MONTHLY = Step()


def month_length(year: int, month: int) -> int:
    """Give the number of days of a month."""
    return 29 if month == 2 and calendar.isleap(year) else MONTH_LENGTHS[month - 1]


def is_month_end(day: date) -> bool:
    """Say whether a day is the last of its month."""
    return day.day == month_length(day.year, day.month)


def stepped(anchor: date, step: Step, count: int, month_end: str = "clip") -> date:
    """
    Give the date ``count`` steps after an anchor.

    A month that is too short ends the count at its last day (``clip``) or rolls to the first of
    the next (``roll``); with ``last_day`` an anchor at the end of its month stays at the end.
    Source: calculation contract, section 4 (in ACTUS: SD is ``clip``, EOM ``last_day``). Example:
    a month after 31 January.

    >>> [str(stepped(date(2023, 1, 31), MONTHLY, 1, end)) for end in ("clip", "roll")]
    ['2023-02-28', '2023-03-01']

    :raises OverflowError: if the date is beyond the year 9999
    """
    size = step.every * count
    if step.unit in ("day", "week"):
        return anchor + timedelta(days=size * (7 if step.unit == "week" else 1))
    months = anchor.month - 1 + size * (12 if step.unit == "year" else 1)
    year, month = anchor.year + months // 12, months % 12 + 1
    if not date.min.year <= year <= date.max.year:
        raise OverflowError("the date is beyond the year 9999")
    if anchor.day <= 28 and month_end != "last_day":
        return date(year, month, anchor.day)
    last = month_length(year, month)
    if month_end == "last_day" and is_month_end(anchor):
        return date(year, month, last)
    if anchor.day <= last:
        return date(year, month, anchor.day)
    return date(year, month, last) + timedelta(days=1 if month_end == "roll" else 0)


def units_between(start: date, end: date, unit: str) -> Fraction:
    """
    Count the units from start to end: whole ones, and days over real days of the next.

    Source: calculation contract, section 4. Example: 1 January to 18 February is a month and 17
    of the 29 days of the next one.

    >>> str(units_between(date(2024, 1, 1), date(2024, 2, 18), "month"))
    '46/29'
    """
    one = Step(1, unit)
    days_per_unit = {"day": 1, "week": 7, "month": 31, "year": 366}[unit]
    whole = max((end - start).days // days_per_unit, 0)
    while stepped(start, one, whole + 1) <= end:
        whole += 1
    reached, following = stepped(start, one, whole), stepped(start, one, whole + 1)
    return whole + Fraction((end - reached).days, (following - reached).days)


@dataclass(frozen=True, slots=True)
class _Run:
    """Dates from index ``first`` on, counted from an anchor that is the date of ``first``."""

    first: int
    anchor: date


@dataclass(frozen=True, slots=True)
class DueDates:
    """
    The unadjusted dates u(0), u(1), ... of a loan.

    Either counted (``runs``: each replaces the one before it from its index on) or ``listed``.
    Dates before the index ``since`` are history: they followed another rule.
    """

    step: Step
    month_end: str
    runs: tuple[_Run, ...]
    listed: tuple[date, ...] = ()
    since: int = 0

    def at(self, index: int) -> date:
        """Give the date of an index; 0 is the start."""
        if self.listed and index > 0:
            return self.listed[index - 1]
        run = self._run(index)
        return stepped(run.anchor, self.step, index - run.first, self.month_end)

    def _run(self, index: int) -> _Run:
        newest = self.runs[-1]
        if newest.first <= index:
            return newest
        return next(run for run in reversed(self.runs) if run.first <= index)

    def is_whole_step(self, index: int, start: date, end: date) -> bool:
        """Say whether ``start`` to ``end`` is one step of the rule that ends at an index."""
        if not self.listed:
            run = self._run(index)
            if run.first < index and (self.at(index - 1), self.at(index)) == (start, end):
                return True
        return stepped(start, self.step, 1) == end

    def moved(self, index: int, day: date) -> "DueDates":
        """Give the dates of which one is moved, and the later ones follow it."""
        kept = tuple(run for run in self.runs if run.first < index)
        return replace(self, runs=(*kept, _Run(index, day)))

    def called(self, index: int, day: date) -> "DueDates":
        """Give the dates of a loan that was called on a day: those up to an index are history."""
        return replace(self.moved(index, day), listed=(), since=index)


def counted(start: date, step: Step, month_end: str, first: date | None = None) -> DueDates:
    """Make due dates that are counted from the start, or from a first due date."""
    runs = (_Run(0, start),) if first is None else (_Run(0, start), _Run(1, first))
    return DueDates(step, month_end, runs)


def listed(start: date, step: Step, days: tuple[date, ...]) -> DueDates:
    """Make due dates that were agreed one by one."""
    return DueDates(step, "clip", (_Run(0, start),), days)


def counted_from(index: int, start: date, step: Step, month_end: str, first: date) -> DueDates:
    """Make due dates that begin anew: ``start`` has an index, ``first`` is the next one."""
    runs = (_Run(0, start), _Run(index, start), _Run(index + 1, first))
    return DueDates(step, month_end, runs, since=index)


def months_between(start: date, end: date) -> int:
    """
    Give the months that a stretch of time takes, a begun month as a whole one.

    A last day of a month is a whole month after any day that its month does not have.

    >>> months_between(date(2025, 10, 14), date(2026, 10, 14))
    12
    >>> months_between(date(2025, 10, 14), date(2026, 10, 15))
    13
    >>> months_between(date(2025, 1, 31), date(2025, 2, 28))
    1
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    last_of_end = calendar.monthrange(end.year, end.month)[1]
    return months + (end.day > min(start.day, last_of_end))
