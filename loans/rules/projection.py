"""
The projection: interest of the days to come as straight pieces of whole numbers.

See Note [straight pieces]: between two days on which the arithmetic of a loan bends, the interest
that runs grows by the same fraction every day, before it is rounded. So two exact figures of the
replay give all days between them. Nothing here knows how interest is computed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from math import lcm

from loans.rules.day_counts import PERIOD, bends
from loans.rules.due_dates import Step, stepped
from loans.rules.exact import Fraction
from loans.rules.replay.finds import Accrual, accrual
from loans.rules.replay.fixings import unset_on
from loans.rules.replay.life import Life
from loans.rules.rounding import rounded
from loans.rules.schedule.book import ZERO
from loans.rules.schedule.totals import Totals

DAY = timedelta(days=1)
HORIZON_DAYS = 190
MOST_SEGMENTS = 8
# What twice of still fits a bigint: the rounding in the database doubles a remainder.
BOUND = 2**62


@dataclass(frozen=True, slots=True)
class Segment:
    """
    One straight piece, from the day ``since`` on.

    interest = base + unit x round((numerator + slope x days since) / denominator), where ``base``
    and the unit of the projection are minor units.
    """

    since: date
    base: int
    numerator: int
    slope: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Projection:
    """
    Interest accrued and not paid on each day from the first segment to ``until`` (excluded).

    It holds if no event is recorded meanwhile. ``unit`` is what the running interest is rounded
    to, in minor units, and ``rounding`` the way of it.
    """

    until: date
    unit: int
    rounding: str
    segments: tuple[Segment, ...]

    def interest(self, day: date) -> int:
        """
        Give the interest of a day in minor units.

        :raises ValueError: if the day lies outside
        """
        if not self.segments[0].since <= day < self.until:
            raise ValueError(f"the projection does not reach {day}")
        one = next(s for s in reversed(self.segments) if s.since <= day)
        exact = Fraction(one.numerator + one.slope * (day - one.since).days, one.denominator)
        return one.base + self.unit * int(rounded(exact, Fraction(1), self.rounding))


@dataclass(frozen=True, slots=True)
class Line:
    """
    A straight piece in fractions of the currency: ``base`` + round(``exact`` + ``slope`` x days).

    The slope of a single day is not known (None): any line through it will do.
    """

    since: date
    base: Fraction
    exact: Fraction
    slope: Fraction | None

    def at(self, day: date) -> Fraction:
        """Give the running interest of a day, before it is rounded."""
        return self.exact + (self.slope or ZERO) * (day - self.since).days


def project(life: Life, since: date, decimals: int) -> Projection | None:
    """
    Project the interest of a loan from a day on, in minor units of an asset with ``decimals``.

    None for a loan that is closed by its replay, day by day: nothing is lent any more, its rate is
    not fixed by then, or its numbers do not fit the arithmetic of the database.
    """
    if life.seen_at is not None or life.principal_outstanding <= 0:
        return None
    unit = life.terms.unit * 10**decimals
    if unit.denominator != 1 or (date.max - since).days <= HORIZON_DAYS:
        return None
    settled = sum((part.amount for part in life.parts if part.component == "interest"), ZERO)
    # What a floating loan earns is known up to and including the first day without a fixing.
    unset = unset_on(life)
    known_until = date.max if unset is None else unset + DAY
    if known_until <= since:
        return None
    lines, until = _lines(life, since, min(since + HORIZON_DAYS * DAY, known_until))
    segments = []
    for line, end in zip(lines, [*(after.since for after in lines[1:]), until], strict=True):
        base = (line.base - settled) * 10**decimals
        segment = _segment(line, base, life.terms.unit)
        if base.denominator != 1 or not _fits(segment, int(unit), (end - line.since).days):
            return None
        segments.append(segment)
    return Projection(until, int(unit), life.terms.interest_rounding, tuple(segments))


def _segment(line: Line, base: Fraction, unit: Fraction) -> Segment:
    exact, slope = line.exact / unit, (line.slope or ZERO) / unit
    denominator = lcm(exact.denominator, slope.denominator)
    return Segment(
        line.since, int(base), int(exact * denominator), int(slope * denominator), denominator
    )


def _fits(segment: Segment, unit: int, days: int) -> bool:
    """Say whether no step of the arithmetic leaves the range of a bigint."""
    ends = (segment.numerator, segment.numerator + segment.slope * days)
    largest = max(map(abs, ends))
    whole = (largest // segment.denominator + 1) * unit
    parts = (largest, abs(segment.slope) * days, segment.denominator, abs(segment.base) + whole)
    return max(parts) < BOUND


def _lines(life: Life, since: date, until: date) -> tuple[list[Line], date]:
    """Give the straight pieces from a day on, and the day that they do not reach any more."""
    found: list[Line] = []
    for start, end in pairwise(_bends(life, since, until)):
        for line in _stretch(life, start, end):
            joined = _joined(found[-1], line) if found else None
            if joined is not None:
                found[-1] = joined
            elif len(found) == MOST_SEGMENTS:
                return found, line.since
            else:
                found.append(line)
    return found, until


def _joined(line: Line, after: Line) -> Line | None:
    """Give one line for two that are one, or None."""
    if line.base != after.base:
        return None
    slope = line.slope
    if slope is None:
        slope = (after.exact - line.exact) / (after.since - line.since).days
    one = Line(line.since, line.base, line.exact, slope)
    is_one = one.at(after.since) == after.exact and after.slope in (None, slope)
    return one if is_one else None


def _stretch(life: Life, start: date, end: date) -> Iterator[Line]:
    """Give the lines of a stretch, from what the replay says at its ends and in its middle."""
    last, first = end - DAY, accrual(life, start)
    if start == last:
        yield from _over_what_is_paid(life, first, None, (start, end))
        return
    middle = start + (last - start) // 2
    halfway, final = accrual(life, middle), accrual(life, last)
    slope = (final.running - first.running) / (last - start).days
    expected = replace(first, running=first.running + slope * (middle - start).days)
    if halfway == expected and final == replace(first, running=final.running):
        yield from _over_what_is_paid(life, first, slope, (start, end))
        return
    # A bend inside: what is left of a row that is due before it ends is planned from day to day.
    yield from _stretch(life, start, middle + DAY)
    yield from _stretch(life, middle + DAY, end)


def _over_what_is_paid(
    life: Life, first: Accrual, slope: Fraction | None, days: tuple[date, date]
) -> Iterator[Line]:
    """Give a line, or two: as long as less is earned than was paid, the paid is what counts."""
    start, end = days
    line = Line(start, first.standing + first.brought, first.running, slope)
    paid = Line(start, first.standing + first.least, ZERO, slope and ZERO)

    def is_paid(day: date) -> bool:
        """Say whether more was paid than is earned by a day."""
        return replace(first, running=line.at(day)).own(life.terms) < first.least

    turn, last = _turn(is_paid, start, end), end - DAY
    one, other = (paid, line) if is_paid(start) else (line, paid)
    yield one
    if turn <= last:
        yield Line(turn, other.base, other.at(turn), other.slope)


def _turn(is_so: Callable[[date], bool], start: date, end: date) -> date:
    """Give the first day on which something is not what it is on the first one, or the end."""
    low, high = start, end - DAY
    if is_so(low) == is_so(high):
        return end
    while (high - low).days > 1:
        middle = low + (high - low) // 2
        low, high = (middle, high) if is_so(middle) == is_so(start) else (low, middle)
    return high


def _bends(life: Life, since: date, until: date) -> list[date]:
    """
    Give the days on which the interest of a loan may bend, in order, with both ends.

    Note [straight pieces]: interest that runs is a sum of balance x rate x part of a year. The
    balance changes on the days of the book, the rate on the days of its changes, what runs at the
    dates of the rows, and the part of a year bends where the day count has it bend. Between the
    date on which a row is due and a later end of its period, every day stands by itself.
    """
    book, terms = life.book, life.terms
    days = set(Totals(book).cuts(since, until, None))
    days.update(part.on for part in life.parts)
    days.update(filter(None, [life.default_until]))
    periods = [book.period(row) for row in book.rows()]
    for one in periods:
        days.update((one.start, one.end, one.due_on))
        days.update(one.due_on + n * DAY for n in range((one.end - one.due_on).days))
    after = max(periods[-1].end, periods[-1].due_on)
    days.update(bends(terms.day_count, since, until))
    if terms.default_rate is not None and terms.day_count == PERIOD:
        days.update(_steps(after, until, terms.period.unit))
    return sorted(day for day in days if since <= day <= until)


def _steps(start: date, until: date, unit: str) -> Iterator[date]:
    """Give the days at which whole units of a period have passed since a day."""
    day, n = start, 0
    while day <= until:
        yield day
        n += 1
        day = stepped(start, Step(1, unit), n)
