"""Calendars by rule: which days are closed, and how a date moves to a business day."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

DAY = timedelta(days=1)
MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6
CALENDARS = ("none", "weekends", "us_fed", "us_sofr", "target2", "uk")
CONVENTIONS = (
    "none",
    "following",
    "modified_following",
    "preceding",
    "modified_preceding",
    "nearest",
)


@cache
def easter(year: int) -> date:
    """
    Give Easter Sunday of a year.

    Source: the Gregorian computus of Meeus, Jones and Butcher (Astronomical Algorithms, 1991).
    Example: 2024.

    >>> easter(2024).isoformat()
    '2024-03-31'
    """
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), f = divmod(b, 4), (b + 8) // 25
    h = (19 * a + b - d - (b - f + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    """Give the n-th weekday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _last(year: int, month: int, weekday: int) -> date:
    """Give the last weekday of a month that has 31 days (May and August are asked for)."""
    end = date(year, month, 31)
    return end - timedelta(days=(end.weekday() - weekday) % 7)


def _sunday_to_monday(day: date) -> date:
    return day + DAY if day.weekday() == SUNDAY else day


def _saturday_to_friday(day: date) -> date:
    return day - DAY if day.weekday() == SATURDAY else day


def _fed(year: int) -> set[date]:
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= 2022:
        fixed.append(date(year, 6, 19))
    return {
        *map(_sunday_to_monday, fixed),
        _nth(year, 1, MONDAY, 3),
        _nth(year, 2, MONDAY, 3),
        _last(year, 5, MONDAY),
        _nth(year, 9, MONDAY, 1),
        _nth(year, 10, MONDAY, 2),
        _nth(year, 11, THURSDAY, 4),
    }


def _sofr(year: int) -> set[date]:
    moved = [date(year, 7, 4), date(year, 12, 25)]
    if year >= 2022:
        moved.append(date(year, 6, 19))
    return _fed(year) | set(map(_saturday_to_friday, moved)) | {easter(year) - 2 * DAY}


def _target2(year: int) -> set[date]:
    fixed = {date(year, 1, 1), date(year, 5, 1), date(year, 12, 25), date(year, 12, 26)}
    return fixed | {easter(year) - 2 * DAY, easter(year) + DAY}


def _uk(year: int) -> set[date]:
    closed = {
        easter(year) - 2 * DAY,
        easter(year) + DAY,
        _nth(year, 5, MONDAY, 1),
        _last(year, 5, MONDAY),
        _last(year, 8, MONDAY),
    }
    for day in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        closed.add(day)
    for day in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        if day.weekday() >= SATURDAY:
            free = day
            while free.weekday() >= SATURDAY or free in closed:
                free += DAY
            closed.add(free)
    return closed


BY_RULE: dict[str, Callable[[int], set[date]]] = {
    "us_fed": _fed,
    "us_sofr": _sofr,
    "target2": _target2,
    "uk": _uk,
}


@cache
def _closed(name: str, year: int) -> frozenset[date]:
    return frozenset(BY_RULE[name](year)) if name in BY_RULE else frozenset()


def holidays_of(name: str, year: int) -> list[date]:
    """
    Give the weekdays of a year on which a calendar is closed, rising.

    Source: calculation contract, section 4; the rules are those of the Federal Reserve, SIFMA,
    TARGET2 and the Banking and Financial Dealings Act. Example: New Year and Good Friday.

    >>> holidays_of("target2", 2024)[:2]
    [datetime.date(2024, 1, 1), datetime.date(2024, 3, 29)]
    """
    return sorted(day for day in _closed(name, year) if day.weekday() < SATURDAY)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A named calendar of :data:`CALENDARS`, and days closed besides."""

    name: str = "none"
    holidays: Collection[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        """Say whether a day is a business day; in ``none`` each day is, but closed ones."""
        if day in self.holidays:
            return False
        if self.name == "none":
            return True
        return day.weekday() < SATURDAY and day not in _closed(self.name, day.year)

    def following(self, day: date) -> date:
        """Give the first business day on or after a day."""
        while not self.is_business_day(day):
            day += DAY
        return day

    def preceding(self, day: date) -> date:
        """Give the last business day on or before a day."""
        while not self.is_business_day(day):
            day -= DAY
        return day

    def moved(self, day: date, count: int) -> date:
        """Give the business day ``count`` business days after a day (before it if negative)."""
        step = DAY if count > 0 else -DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_business_day(day):
                day += step
        return day

    def adjusted(self, day: date, convention: str) -> date:
        """
        Move a date to a business day by a convention of :data:`CONVENTIONS`.

        Source: ISDA 2006 definitions, section 4.12. Example: with ``weekends`` Saturday
        2024-08-31 becomes 2024-09-02 (``following``) or 2024-08-30 (``modified_following``).

        >>> Calendar("weekends").adjusted(date(2024, 8, 31), "modified_following")
        datetime.date(2024, 8, 30)
        """
        if convention == "none" or self.is_business_day(day):
            return day
        after, before = self.following(day), self.preceding(day)
        if convention == "following":
            return after
        if convention == "preceding":
            return before
        if convention == "modified_following":
            return after if after.month == day.month else before
        if convention == "modified_preceding":
            return before if before.month == day.month else after
        return before if day - before < after - day else after


EVERY_DAY = Calendar()
