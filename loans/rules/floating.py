"""Floating rates: what is agreed about one, which fixing a day takes, and the rate it makes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from loans.rules.calendars import Calendar
from loans.rules.exact import Fraction

DAY = timedelta(days=1)
# How fixings become a rate: one fixing for a whole period, known as it begins; or one for each
# business day, compounded over the period, or not.
IN_ADVANCE, COMPOUNDED, SIMPLE = "in_advance", "compounded", "simple"
CONVENTIONS = (IN_ADVANCE, COMPOUNDED, SIMPLE)
# Days of a year by the day counts that daily fixings are published for.
BASES = {"ACT/360": 360, "ACT/365F": 365}


@dataclass(frozen=True, slots=True)
class Floating:
    """
    A floating rate as it is agreed; rates are fractions a year.

    ``index`` is the instrument whose fixings are followed, by business days of ``calendar``. A
    fixing is at least ``floor`` and at most ``cap``; ``spread`` is added to it (of compounded
    fixings: to what they compound to). Lookback, observation shift and lockout are those of
    :mod:`loans.rules.compounding`. ``fallback_days`` is how many business days before its own day
    a fixing may be that stands in for a missing one (None: none may).
    """

    index: str
    convention: str
    calendar: Calendar
    spread: Fraction = Fraction(0)
    floor: Fraction | None = None
    cap: Fraction | None = None
    lookback_days: int = 0
    observation_shift: bool = False
    lockout_days: int = 0
    fallback_days: int | None = None

    def bounded(self, value: Fraction) -> Fraction:
        """
        Give a fixing within floor and cap.

        >>> agreed = Floating("SOFR", SIMPLE, Calendar(), floor=Fraction(0), cap=Fraction("0.06"))
        >>> [str(agreed.bounded(Fraction(rate))) for rate in ("-0.01", "0.04", "0.09")]
        ['0', '1/25', '3/50']
        """
        if self.floor is not None:
            value = max(value, self.floor)
        return value if self.cap is None else min(value, self.cap)

    def observed_for(self, day: date) -> date:
        """Give the day whose fixing counts for a day, lockout aside."""
        return self.calendar.moved(self.calendar.preceding(day), -self.lookback_days)

    def fixing_day(self, day: date, start: date, end: date) -> date:
        """
        Give the day of the fixing that a day of the period [start, end) takes.

        The last ``lockout_days`` business days take that of the one before them. Example: five
        business days back from Monday 2 March; the last two days of March repeat the 27th.

        >>> agreed = Floating("SOFR", COMPOUNDED, Calendar("weekends"), lookback_days=5)
        >>> march = date(2026, 3, 2), date(2026, 4, 1)
        >>> str(agreed.fixing_day(date(2026, 3, 2), *march))
        '2026-02-23'
        >>> agreed = Floating("SOFR", COMPOUNDED, Calendar("weekends"), lockout_days=2)
        >>> str(agreed.fixing_day(date(2026, 3, 31), *march))
        '2026-03-27'
        """
        if self.lockout_days:
            locked = self.calendar.moved(end, -(1 + self.lockout_days))
            day = min(day, max(locked, start))
        return self.observed_for(day)

    def is_step(self, day: date, start: date) -> bool:
        """Say whether a day of a period that begins on ``start`` takes a fixing of its own."""
        return day == start or (
            self.convention != IN_ADVANCE and self.calendar.is_business_day(day)
        )

    def step_after(self, day: date, end: date) -> date:
        """Give the day after one in a period that ends on ``end`` that takes the next fixing."""
        if self.convention == IN_ADVANCE:
            return end
        return min(self.calendar.following(day + DAY), end)

    def weight(self, day: date, until: date) -> int:
        """Give the days that a fixing counts for: those of its observation, if shifted."""
        if not self.observation_shift:
            return (until - day).days
        return (self.observed_for(until) - self.observed_for(day)).days


@dataclass(frozen=True, slots=True)
class Fixed:
    """A fixing that was set for a day: its value, and the observation that it was taken from."""

    value: Fraction
    index: str
    fixing_on: date
    observation: int
    is_fallback: bool = False


@dataclass(slots=True)
class Compounding:
    """What the fixings of a period have compounded to so far; ``base`` is the days of a year."""

    agreed: Floating
    base: int
    start: date
    end: date
    growth: Fraction = Fraction(1)
    reached: date | None = None
    value: Fraction = Fraction(0)

    def rate(self, day: date, value: Fraction) -> Fraction:
        """
        Take the fixing of the next day, and give the rate a year that the days up to the next earn.

        See Note [rates of single days]: what compounds to P(n) by a day n earns P(n) - P(n-1) of
        the balance on it, so that balances may change within a period and their interest still
        adds up to the compounded rate of the whole. Source: LMA, daily non-cumulative compounded
        RFR rate. Example: 5 % on Thursday, then 5.1 % on what Thursday has grown to.

        >>> agreed = Floating("SOFR", COMPOUNDED, Calendar("weekends"))
        >>> week = Compounding(agreed, 360, date(2024, 3, 7), date(2024, 3, 11))
        >>> float(week.rate(date(2024, 3, 7), Fraction("0.05")))
        0.05
        >>> str(week.rate(date(2024, 3, 8), Fraction("0.051")) / Fraction("0.051"))
        '7201/7200'
        """
        if self.reached is not None and self.reached < day:
            weight = self.agreed.weight(self.reached, day)
            self.growth *= 1 + self.value * weight / self.base
        self.reached, self.value = day, value
        rate = self.growth * value
        if not self.agreed.observation_shift:
            return rate
        until = self.agreed.step_after(day, self.end)
        own = Fraction(self.agreed.weight(day, until), (until - day).days)
        whole = self.agreed.weight(self.start, self.end)
        return rate * own * (self.end - self.start).days / whole if whole else rate


def steps(agreed: Floating, start: date, end: date) -> Iterator[date]:
    """Give the days of a period [start, end) that take a fixing of their own."""
    day = start
    while day < end:
        yield day
        day = agreed.step_after(day, end)
