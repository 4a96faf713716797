"""Day counts: the days and the part of a year between two dates, by named conventions."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from loans.rules.due_dates import Step, is_month_end, stepped
from loans.rules.exact import Fraction
from loans.rules.faults import bad_value

PERIOD = "30/360 PERIOD"
THIRTY = ("30/360", "30E/360", "30E/360 ISDA", "30U/360")
BASES = {"ACT/360": 360, "ACT/364": 364, "ACT/365F": 365}
OF_SCHEDULES = (*BASES, "ACT/365A", "ACT/ACT ISDA", *THIRTY, PERIOD)
OF_DATES = (*BASES, "ACT/365A", "ACT/ACT ISDA", *THIRTY, "ACT/ACT ICMA", "ACT/ACT AFB")


@dataclass(frozen=True, slots=True)
class Setting:
    """
    What some conventions need besides the two dates.

    ``accrual_day`` says which day a night belongs to (ACT/ACT ISDA), ``termination`` is the last
    accrual date (30E/360 ISDA), ``period`` the whole instalment (ACT/365A), ``reference`` one
    reference period (ACT/ACT ICMA).
    """

    accrual_day: str = "start"
    termination: date | None = None
    period: tuple[date, date] | None = None
    reference: tuple[date, date] | None = None


def days(name: str, start: date, end: date, setting: Setting = Setting()) -> int:
    """
    Count the days of the convention: by months of 30 in the 30/360 family, else real days.

    30/360: 360 (y2 - y1) + 30 (m2 - m1) + (D2 - D1). Source: ISDA 2006 definitions, section 4.16.
    Example: from 31 January to 31 March both ends count as the 30th.

    >>> days("30/360", date(2024, 1, 31), date(2024, 3, 31))
    60
    """
    if name not in THIRTY:
        return (end - start).days
    first, last = _THIRTY_ENDS[name](start, end, setting.termination)
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first


def fraction(
    name: str,
    start: date,
    end: date,
    setting: Setting = Setting(),
) -> Fraction:
    """
    Give the part of a year from start (included) to end (excluded), exactly.

    ACT/n is days / n; 30/360 is days / 360. Source: ISDA 2006 definitions, section 4.16; ICMA rule
    251; AFB 1994 (in ACTUS: A360, A365, AA, 30E360). Example: 30/360 over half a year is 180/360.

    >>> str(fraction("30/360", date(2024, 1, 1), date(2024, 7, 1)))
    '1/2'
    """
    if name in THIRTY:
        return Fraction(days(name, start, end, setting), 360)
    if name in BASES:
        return Fraction((end - start).days, BASES[name])
    return _BY_NAME[name](start, end, setting)


def bends(name: str, since: date, until: date) -> list[date]:
    """
    Give the days in a stretch at which the part of a year up to a day stops growing evenly.

    Between two of them each real day adds the same. 30/360 counts the ends of months otherwise,
    ACT/ACT ISDA each year by its length, ACT/365A a leap day.

    >>> [str(day) for day in bends("ACT/ACT ISDA", date(2024, 2, 1), date(2025, 2, 1))]
    ['2024-12-31', '2025-01-01']
    """
    years = range(since.year, min(until.year + 1, date.max.year) + 1)
    if name in THIRTY:
        firsts = [date(year, month, 1) for year in years for month in range(1, 13)]
        days = [day for first in firsts[1:] for day in (first - timedelta(days=1), first)]
    elif name == "ACT/ACT ISDA":
        days = [day for y in years for day in (date(y, 1, 1), date(y, 12, 31))]
    elif name == "ACT/365A":
        days = [date(year, 2, 29) for year in years if calendar.isleap(year)]
    else:
        days = []
    return sorted(day for day in days if since <= day <= until)


def _bond(start: date, end: date, _: date | None) -> tuple[int, int]:
    first = min(start.day, 30)
    return first, 30 if end.day == 31 and first == 30 else end.day


def _euro(start: date, end: date, _: date | None) -> tuple[int, int]:
    return min(start.day, 30), min(end.day, 30)


def _is_february_end(day: date) -> bool:
    return day.month == 2 and is_month_end(day)


def _euro_isda(start: date, end: date, termination: date | None) -> tuple[int, int]:
    last = is_month_end(end) and not (end.month == 2 and end == termination)
    return 30 if is_month_end(start) else start.day, 30 if last else end.day


def _american(start: date, end: date, _: date | None) -> tuple[int, int]:
    first, last = start.day, end.day
    if _is_february_end(start):
        last = 30 if _is_february_end(end) else last
        first = 30
    if last == 31 and first >= 30:
        last = 30
    return min(first, 30), last


_THIRTY_ENDS: dict[str, Callable[[date, date, date | None], tuple[int, int]]] = {
    "30/360": _bond,
    "30E/360": _euro,
    "30E/360 ISDA": _euro_isda,
    "30U/360": _american,
}


def _has_leap_day(start: date, end: date) -> bool:
    """Say whether a 29 February lies in (start, end]."""
    return any(
        calendar.isleap(year) and start < date(year, 2, 29) <= end
        for year in range(start.year, end.year + 1)
    )


def _actual_365(start: date, end: date, setting: Setting) -> Fraction:
    """ACT/365A: over 366 if the whole period holds a leap day, else over 365."""
    base = 366 if _has_leap_day(*(setting.period or (start, end))) else 365
    return Fraction((end - start).days, base)


def _actual_actual(start: date, end: date, setting: Setting) -> Fraction:
    """ACT/ACT ISDA: each day over the length of the year that it belongs to."""
    shift = timedelta(days=1 if setting.accrual_day == "end" else 0)
    total, day = Fraction(0), start
    while day < end:
        year = (day + shift).year
        stop = end if year == date.max.year else min(end, date(year + 1, 1, 1) - shift)
        total += Fraction((stop - day).days, 366 if calendar.isleap(year) else 365)
        day = stop
    return total


def _icma(start: date, end: date, setting: Setting) -> Fraction:
    """ACT/ACT ICMA: real days over real days of each reference period, in months."""
    if setting.reference is None:
        raise bad_value("reference_start", "ACT/ACT ICMA needs a reference period")
    low, high = setting.reference
    months = round(Fraction((high - low).days * 12 * 4, 1461)) or 1
    step = Step(months, "month")
    anchor = low if stepped(low, step, 1) == high else high
    passed = _periods(anchor, step, end) - _periods(anchor, step, start)
    return passed * Fraction(months, 12)


def _periods(anchor: date, step: Step, day: date) -> Fraction:
    """Count the reference periods from an anchor to a day, the last one in part."""
    whole = ((day.year - anchor.year) * 12 + day.month - anchor.month) // step.every
    if stepped(anchor, step, whole) > day:
        whole -= 1
    reached = stepped(anchor, step, whole)
    length = (stepped(anchor, step, whole + 1) - reached).days
    return whole + Fraction((day - reached).days, length)


def _afb(start: date, end: date, _: Setting) -> Fraction:
    """ACT/ACT AFB: whole years back from the end, then the rest by its leap day."""
    years, reached = 0, end
    while end.year - years > start.year and (earlier := _year_back(end, years + 1)) >= start:
        years, reached = years + 1, earlier
    leaps = any(
        calendar.isleap(year) and start <= date(year, 2, 29) < reached
        for year in (start.year, reached.year)
    )
    return years + Fraction((reached - start).days, 366 if leaps else 365)


def _year_back(end: date, years: int) -> date:
    back = stepped(end, Step(-years, "year"), 1)
    return (
        back.replace(day=29)
        if _is_february_end(end) and _is_february_end(back) and (calendar.isleap(back.year))
        else back
    )


_BY_NAME: dict[str, Callable[[date, date, Setting], Fraction]] = {
    "ACT/365A": _actual_365,
    "ACT/ACT ISDA": _actual_actual,
    "ACT/ACT ICMA": _icma,
    "ACT/ACT AFB": _afb,
}
