"""Dates of the reference: calendars, due dates and day counts, each as the contract says it."""

import calendar as months_of
from datetime import date, timedelta
from fractions import Fraction

DAY = timedelta(days=1)


def month_length(year: int, month: int) -> int:
    return months_of.monthrange(year, month)[1]


def is_last_of_month(day: date) -> bool:
    return day.day == month_length(day.year, day.month)


def add(anchor: date, count: int, unit: str, month_end: str = "clip") -> date:
    """Add units to a date."""
    if unit == "day":
        return anchor + timedelta(days=count)
    if unit == "week":
        return anchor + timedelta(days=7 * count)
    total = anchor.year * 12 + anchor.month - 1 + count * (12 if unit == "year" else 1)
    year, month = total // 12, total % 12 + 1
    length = month_length(year, month)
    if month_end == "last_day" and is_last_of_month(anchor):
        return date(year, month, length)
    if anchor.day > length:
        end = date(year, month, length)
        return end + DAY if month_end == "roll" else end
    return date(year, month, anchor.day)


def easter(year: int) -> date:
    """Easter by the rule of Gauss, with its two exceptions (1900 to 2299)."""
    m, n = (24, 5) if year < 2100 else (24, 6) if year < 2200 else (25, 0)
    a, b, c = year % 19, year % 4, year % 7
    d = (19 * a + m) % 30
    e = (2 * b + 4 * c + 6 * d + n) % 7
    if d == 29 and e == 6:
        return date(year, 4, 19)
    if d == 28 and e == 6 and a > 10:
        return date(year, 4, 18)
    return date(year, 3, 22) + timedelta(days=d + e)


def of_weekday(year: int, month: int, weekday: int) -> list[date]:
    days = [date(year, month, n + 1) for n in range(month_length(year, month))]
    return [day for day in days if day.weekday() == weekday]


def closed(name: str, year: int) -> set[date]:
    """The days on which a calendar is closed, weekends left aside."""
    easter_day = easter(year)
    if name in ("us_fed", "us_sofr"):
        found = {
            *(of_weekday(year, 1, 0)[2], of_weekday(year, 2, 0)[2], of_weekday(year, 5, 0)[-1]),
            *(of_weekday(year, 9, 0)[0], of_weekday(year, 10, 0)[1], of_weekday(year, 11, 3)[3]),
        }
        for month, day in ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25)):
            if (month, day) == (6, 19) and year < 2022:
                continue
            on = date(year, month, day)
            if on.weekday() == 6:
                found.add(on + DAY)
            elif on.weekday() == 5:
                if name == "us_sofr" and month in (6, 7, 12):
                    found.add(on - DAY)
            else:
                found.add(on)
        return found | ({easter_day - 2 * DAY} if name == "us_sofr" else set())
    if name == "target2":
        fixed = {date(year, 1, 1), date(year, 5, 1), date(year, 12, 25), date(year, 12, 26)}
        return fixed | {easter_day - 2 * DAY, easter_day + DAY}
    if name == "uk":
        mays = of_weekday(year, 5, 0)
        found = {easter_day - 2 * DAY, easter_day + DAY, mays[0], mays[-1]}
        found |= {of_weekday(year, 8, 0)[-1]}
        wanted = [date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)]
        found |= {day for day in wanted if day.weekday() < 5}
        for day in wanted:
            free = day
            while day.weekday() >= 5 and (free.weekday() >= 5 or free in found):
                free += DAY
            found.add(free)
        return found
    return set()


def is_open(day: date, name: str, holidays: set[date]) -> bool:
    if day in holidays:
        return False
    return name == "none" or (day.weekday() < 5 and day not in closed(name, day.year))


def adjust(day: date, convention: str, name: str, holidays: set[date]) -> date:
    """Move a date to a business day."""
    if convention == "none" or is_open(day, name, holidays):
        return day
    after = before = day
    while not is_open(after, name, holidays):
        after += DAY
    while not is_open(before, name, holidays):
        before -= DAY
    if convention == "following":
        return after
    if convention == "preceding":
        return before
    if convention == "modified_following":
        return before if after.month != day.month else after
    if convention == "modified_preceding":
        return after if before.month != day.month else before
    return after if after - day <= day - before else before


def holds_leap_day(after: date, until: date) -> bool:
    """Whether a 29 February lies in (after, until]."""
    day = after
    while day < until:
        day += DAY
        if (day.month, day.day) == (2, 29):
            return True
    return False


def units_of(start: date, end: date, every: int, unit: str, is_step: bool) -> Fraction:
    """The units that an instalment counts by 30/360 PERIOD."""
    if is_step or add(start, every, unit) == end:
        return Fraction(every)
    whole = 0
    while add(start, whole + 1, unit) <= end:
        whole += 1
    reached, following = add(start, whole, unit), add(start, whole + 1, unit)
    return whole + Fraction((end - reached).days, (following - reached).days)


def thirty(name: str, start: date, end: date, termination: date | None) -> int:
    """Days of the 30/360 family."""
    d1, d2 = start.day, end.day
    february = (
        start.month == 2 and is_last_of_month(start),
        end.month == 2 and is_last_of_month(end),
    )
    if name == "30/360":
        d1 = 30 if d1 == 31 else d1
        d2 = 30 if d2 == 31 and d1 == 30 else d2
    elif name == "30E/360":
        d1, d2 = (30 if d1 == 31 else d1), (30 if d2 == 31 else d2)
    elif name == "30E/360 ISDA":
        d1 = 30 if d1 == 31 or february[0] else d1
        d2 = 30 if d2 == 31 or (february[1] and end != termination) else d2
    else:
        if february[0] and february[1]:
            d2 = 30
        if february[0]:
            d1 = 30
        if d2 == 31 and d1 >= 30:
            d2 = 30
        if d1 == 31:
            d1 = 30
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + d2 - d1


def fraction(
    name: str,
    start: date,
    end: date,
    *,
    whole: tuple[date, date],
    units: Fraction = Fraction(0),
    unit: str = "month",
    accrual_day: str = "start",
    termination: date | None = None,
) -> Fraction:
    """The part of a year between two dates inside the period ``whole``."""
    real = (end - start).days
    if name in ("ACT/360", "ACT/364", "ACT/365F"):
        return Fraction(real, {"ACT/360": 360, "ACT/364": 364, "ACT/365F": 365}[name])
    if name == "ACT/365A":
        return Fraction(real, 366 if holds_leap_day(*whole) else 365)
    if name == "ACT/ACT ISDA":
        total, day = Fraction(0), start
        while day < end:
            year = (day if accrual_day == "start" else day + DAY).year
            total += Fraction(1, 366 if months_of.isleap(year) else 365)
            day += DAY
        return total
    if name == "30/360 PERIOD":
        length = (whole[1] - whole[0]).days
        per_unit = {"day": 1, "week": 7, "month": 30, "year": 360}[unit]
        return units * per_unit / 360 * real / length if length else Fraction(0)
    return Fraction(thirty(name, start, end, termination), 360)
