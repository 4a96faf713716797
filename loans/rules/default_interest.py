"""Default interest: what overdue money earns after the last due date, where the terms say so."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from loans.rules.day_counts import PERIOD, Setting, fraction
from loans.rules.exact import Fraction
from loans.rules.schedule.periods import odd_period
from loans.rules.terms import Terms


def default_interest(
    terms: Terms, since: date, until: date, overdue: Sequence[tuple[date, Fraction]]
) -> Fraction:
    """
    Give the default interest from the end of the last instalment to a day, not rounded yet.

    ``overdue`` is the overdue amount from a day on, rising by day, the first at or before
    ``since``. interest = sum over the pieces of amount x default rate x part of a year, by the
    day count of the terms (source: the loan's own terms; the calculation contract has none). An
    extension cures the default: the time after the old last day is ordinary time again.

    Example: 1,000.00 overdue from 2024-04-01 at a default rate of 18 %, ACT/360; 400.00 paid on
    2024-04-11. To 2024-05-01: 1,000 x 0.18 x 10/360 + 600 x 0.18 x 20/360 = 5.00 + 6.00 = 11.00.

    >>> terms = Terms("bullet", "ACT/360", default_rate=Fraction("0.18"))
    >>> overdue = [(date(2024, 4, 1), Fraction(1000)), (date(2024, 4, 11), Fraction(600))]
    >>> str(default_interest(terms, date(2024, 4, 1), date(2024, 5, 1), overdue))
    '11'
    """
    if terms.default_rate is None or until <= since:
        return Fraction(0)
    total = Fraction(0)
    for (start, amount), (end, _) in pairwise([*overdue, (until, Fraction(0))]):
        x, y = max(start, since), min(end, until)
        if x < y:
            total += amount * terms.default_rate * part_of_year(terms, since, x, y)
    return total


def part_of_year(terms: Terms, since: date, start: date, end: date) -> Fraction:
    """Give the part of a year of a piece; 30/360 PERIOD counts units from the last due date."""
    if terms.day_count == PERIOD:
        unit = terms.period.unit
        return odd_period(since, end, unit) - odd_period(since, start, unit)
    return fraction(terms.day_count, start, end, Setting(terms.accrual_day))
