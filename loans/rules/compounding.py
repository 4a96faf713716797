"""Compounding in arrears: the rate of a period from daily fixings of an overnight index."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from loans.rules.calendars import Calendar
from loans.rules.exact import Fraction
from loans.rules.faults import Fault, bad_value
from loans.rules.floating import BASES


@dataclass(frozen=True, slots=True)
class Conventions:
    """How daily fixings become the rate of a period (ARRC conventions for SOFR in arrears)."""

    calendar: Calendar
    day_count: str = "ACT/360"
    lookback_days: int = 0
    observation_shift: bool = False
    lockout_days: int = 0
    spread: Fraction = Fraction(0)
    spread_compounded: bool = False


def compounded_rate(
    start: date, end: date, fixings: Mapping[date, Fraction], by: Conventions
) -> Fraction:
    """
    Give the exact rate per year of [start, end).

    rate = (product(1 + fixing(x) x w(x) / B) - 1) x B / days, plus the spread; x runs over the
    business days of the window, w is the days to the next one. Source: ARRC, SOFR in arrears.
    Example: 5 % on Thursday, 5.1 % on Friday, which counts three days, 1 + 3 = 4 days in all:
    ((1 + 0.05 / 360) x (1 + 0.051 x 3 / 360) - 1) x 360 / 4.

    >>> fixed = {date(2024, 3, 7): Fraction("0.05"), date(2024, 3, 8): Fraction("0.051")}
    >>> by = Conventions(Calendar("weekends"))
    >>> float(compounded_rate(date(2024, 3, 7), date(2024, 3, 11), fixed, by))
    0.0507553125

    :raises Fault: ``missing_fixing`` if a fixing was not sent; ``invalid_value`` if the window
        holds no business day, or the lockout is longer than it
    """
    first, last = start, end
    if by.observation_shift:
        first = by.calendar.moved(start, -by.lookback_days)
        last = by.calendar.moved(end, -by.lookback_days)
    days = _business_days(first, last, fixings, by)
    if not days:
        raise bad_value("end", "there is no business day between start and end")
    if by.lockout_days >= len(days) and by.lockout_days:
        raise bad_value("lockout_days", "is not below the number of business days")
    base = BASES[by.day_count]
    # Numerator and denominator by themselves: reducing them at each day would cost most of all.
    growth, scale = 1, 1
    for n, day in enumerate(days):
        until = days[n + 1] if n + 1 < len(days) else last
        used = days[min(n, len(days) - 1 - by.lockout_days)]
        rate = _fixing(used, fixings, by) + (by.spread if by.spread_compounded else 0)
        factor = 1 + rate * (until - day).days / base
        growth, scale = growth * factor.numerator, scale * factor.denominator
    rate = Fraction(growth - scale, scale) * base / (last - first).days
    return rate if by.spread_compounded else rate + by.spread


def _business_days(
    first: date, last: date, fixings: Mapping[date, Fraction], by: Conventions
) -> list[date]:
    found: list[date] = []
    day = by.calendar.following(first)
    # Each day before the lockout has a fixing of its own, so a window can be too long for them.
    most = len(fixings) + by.lockout_days
    while day < last:
        if len(found) == most:
            raise Fault("missing_fixing", "fixings", f"{len(fixings)} fixings do not reach {last}")
        found.append(day)
        day = by.calendar.moved(day, 1)
    return found


def _fixing(day: date, fixings: Mapping[date, Fraction], by: Conventions) -> Fraction:
    if by.lookback_days and not by.observation_shift:
        day = by.calendar.moved(day, -by.lookback_days)
    if day not in fixings:
        raise Fault("missing_fixing", "fixings", f"there is no fixing of {day}")
    return fixings[day]
