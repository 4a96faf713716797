"""Market data: values as whole units, when one is too old, and when one moves too far."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from loans.rules.calendars import Calendar

# Prices and quantities are kept in up to so many decimals; rates in as many.
MOST_SCALE = 12
LARGEST = 2**63 - 1
POINT = 10_000
DECIMAL = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,18})?")
CODE = re.compile(r"[A-Z][A-Z0-9.-]{1,19}")
# A clock of a source may be so far ahead of ours.
AHEAD = timedelta(minutes=1)


class InstrumentKind(StrEnum):
    """What is observed: the price in USD of an asset, or the fixing of a rate."""

    PRICE = "price"
    FIXING = "fixing"


class NotAValue(ValueError):
    """Raised when a text is no value of an instrument; the message is the rule it breaks."""


def units(text: str, scale: int) -> int:
    """
    Read decimal text as a whole number of units of ``10 ** -scale``.

    Example: a price of 65000.12 in four decimals.

    >>> units("65000.12", 4)
    650001200

    :raises NotAValue: if it is no plain decimal, has more decimals, or is too large
    """
    if not DECIMAL.fullmatch(text):
        raise NotAValue("is not a plain decimal such as 65000.12")
    whole, _, rest = text.partition(".")
    if len(rest.rstrip("0")) > scale:
        raise NotAValue(f"has more than {scale} decimals")
    value = int(whole + rest[:scale].ljust(scale, "0"))
    if abs(value) > LARGEST:
        raise NotAValue("is larger than any value that is kept")
    return value


def written(value: int, scale: int) -> str:
    """
    Write a whole number of units as plain decimal text, without noughts at its end.

    >>> written(650001200, 4), written(-35, 4)
    ('65000.12', '-0.0035')
    """
    sign, figures = "-" if value < 0 else "", str(abs(value)).rjust(scale + 1, "0")
    whole, rest = (figures[:-scale], figures[-scale:]) if scale else (figures, "")
    rest = rest.rstrip("0")
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"


def move(kind: str, before: int, now: int, scale: int) -> int:
    """
    Give how far a value moved in basis points, rounded up: of the price, or of the rate itself.

    Examples: a price from 100 to 80 moves 20 %; a rate from 4.30 % to 4.55 % moves 25 points.

    >>> move("price", 100, 80, 0), move("fixing", 430, 455, 4)
    (2000, 25)
    """
    base = abs(before) if kind == InstrumentKind.PRICE else 10**scale
    return -(-abs(now - before) * POINT // base)


@dataclass(frozen=True, slots=True)
class Age:
    """How old a value is: in hours or business days, and whether that is more than allowed."""

    count: int
    unit: str
    is_stale: bool

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count != 1 else self.unit[:-1]}"


def age(kind: str, observed_at: datetime, at: datetime, most: int, calendar: str) -> Age:
    """
    Say how old a value is at a moment, against the most that is allowed.

    A price ages by the clock and is stale once it is more than ``most`` hours old. A fixing ages
    by business days of its calendar after its own day.
    """
    if kind == InstrumentKind.PRICE:
        gone = at - observed_at
        return Age(gone // timedelta(hours=1), "hours", gone > timedelta(hours=most))
    days = _business_days(observed_at.date(), at.date(), Calendar(calendar))
    return Age(days, "business days", days > most)


def _business_days(after: date, until: date, calendar: Calendar) -> int:
    """Count the business days after a day up to another one."""
    gone = max((until - after).days, 0)
    days = (after + timedelta(days=n) for n in range(1, gone + 1))
    return sum(calendar.is_business_day(day) for day in days)
