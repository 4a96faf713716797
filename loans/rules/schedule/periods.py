"""Periods: the accrual period and due date of each instalment, and the part of a year in it."""

from datetime import date
from typing import NamedTuple

from loans.rules import day_counts
from loans.rules.day_counts import Setting
from loans.rules.due_dates import PERIOD_DAYS, DueDates, units_between
from loans.rules.exact import Fraction
from loans.rules.faults import bad_terms
from loans.rules.terms import Terms


class Period(NamedTuple):
    """
    The time of one instalment: it accrues from ``start`` (included) to ``end`` (excluded).

    ``by_period`` is its part of a year by 30/360 PERIOD, whatever its real length.
    """

    start: date
    end: date
    due_on: date
    by_period: Fraction = Fraction(0)

    @property
    def days(self) -> int:
        """Give the real days of the accrual period; one that ends before it starts has none."""
        return max((self.end - self.start).days, 0)


def period_at(terms: Terms, dates: DueDates, index: int) -> Period:
    """
    Give the period of the instalment with an index (0 is the first).

    :raises Fault: ``invalid_terms`` if its dates are beyond the year 9999
    """
    try:
        before, after = dates.at(index), dates.at(index + 1)
        due_on = terms.calendar.adjusted(after, terms.business_day_convention)
        start, end = before, after
        if terms.accrual_is_adjusted:
            start = terms.calendar.adjusted(before, terms.business_day_convention)
            end = due_on
        by_period = Fraction(0)
        if terms.day_count == day_counts.PERIOD:
            by_period = period_share(dates, index + 1, start, end)
    except (OverflowError, ValueError) as error:
        if isinstance(error, OverflowError) or "out of range" in str(error):
            raise bad_terms("terms.instalments", "lead beyond the year 9999") from error
        raise
    return Period(start, end, due_on, by_period)


def period_share(dates: DueDates, index: int, start: date, end: date) -> Fraction:
    """Give the part of a year by 30/360 PERIOD of an instalment that ends at an index."""
    unit, every = dates.step.unit, dates.step.every
    if start >= end:
        return Fraction(0)
    if dates.is_whole_step(index, start, end):
        return Fraction(every * PERIOD_DAYS[unit], 360)
    return odd_period(start, end, unit)


def odd_period(start: date, end: date, unit: str) -> Fraction:
    """
    Give the part of a year by 30/360 PERIOD of a stretch that is no whole step.

    units x days that a unit counts / 360. Source: calculation contract, section 4. Example:
    1 January to 18 February is 1 + 17/29 months of 30 days.

    >>> str(odd_period(date(2024, 1, 1), date(2024, 2, 18), "month"))
    '23/174'
    """
    return units_between(start, end, unit) * Fraction(PERIOD_DAYS[unit], 360)


def part_of_year(
    terms: Terms, period: Period, last_day: date | None, start: date, end: date
) -> Fraction:
    """Give the part of a year of a piece [start, end) of a period; none if it is empty."""
    if start >= end:
        return Fraction(0)
    if terms.day_count == day_counts.PERIOD:
        return period.by_period * Fraction((end - start).days, period.days)
    if terms.day_count in day_counts.BASES:
        return day_counts.fraction(terms.day_count, start, end)
    setting = Setting(terms.accrual_day, last_day, (period.start, period.end))
    return day_counts.fraction(terms.day_count, start, end, setting)
