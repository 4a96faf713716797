"""Annual percentage rate by Regulation Z, Appendix J."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from loans.rules.due_dates import Step, stepped
from loans.rules.exact import Fraction
from loans.rules.faults import Fault, bad_value

Flow = tuple[date, Fraction]
UNITS = ("month", "semimonth", "week", "day")
PER_YEAR = {"month": 12, "semimonth": 24, "week": 52, "day": 1}


@dataclass(frozen=True, slots=True)
class UnitPeriod:
    """The unit-period of Appendix J: ``every`` of a unit of :data:`UNITS`."""

    unit: str
    every: int = 1

    @property
    def per_year(self) -> Fraction:
        """Give how many of them make a year."""
        return Fraction(PER_YEAR[self.unit], self.every if self.unit in ("month", "week") else 1)


def apr(advances: Sequence[Flow], payments: Sequence[Flow], by: UnitPeriod) -> Fraction:
    """
    Give the rate per year at which advances and payments are worth the same, to 8 decimals.

    Solves sum advance / ((1 + f i)(1 + i)^t) = sum payment / ((1 + f i)(1 + i)^t) for the rate i
    of a unit-period; t are whole unit-periods, f the fraction left over. Source: 12 CFR 1026,
    Appendix J (b). Example: 1,000.00 on 1978-01-03, 1,080.00 on 1978-09-15, unit day: 0.11450980.

    >>> lent, back = (date(1978, 1, 3), Fraction(1000)), (date(1978, 9, 15), Fraction(1080))
    >>> float(round(apr([lent], [back], UnitPeriod("day")), 8))
    0.1145098

    :raises Fault: ``no_solution`` if less is paid than advanced; ``invalid_value`` for a payment
        before the first advance, or a date that semimonths do not know
    """
    if sum(a for _, a in payments) < sum(a for _, a in advances):
        raise Fault("no_solution", "payments", "less is paid than was advanced")
    first = min(day for day, _ in advances)
    flows = _timed("advances", advances, 1, first, by)
    flows += _timed("payments", payments, -1, first, by)
    return _root(flows, by.per_year) * by.per_year


Timed = tuple[Fraction, int, Fraction]


def _timed(name: str, flows: Sequence[Flow], sign: int, first: date, by: UnitPeriod) -> list[Timed]:
    found = []
    for n, (day, amount) in enumerate(flows):
        if day < first:
            raise bad_value(f"{name}[{n}].date", "lies before the first advance")
        whole, rest = _time(f"{name}[{n}].date", first, day, by)
        found.append((sign * amount, whole, rest))
    return found


def _time(field: str, first: date, day: date, by: UnitPeriod) -> tuple[int, Fraction]:
    """Measure whole unit-periods, counted back from a date, and the fraction left over."""
    if by.unit == "day":
        return 0, Fraction((day - first).days, 365)
    if by.unit == "week":
        whole, rest = divmod((day - first).days, 7 * by.every)
        return whole, Fraction(rest, 7 * by.every)
    if by.unit == "semimonth":
        return _semimonths(field, first, day)
    months = (day.year - first.year) * 12 + day.month - first.month
    while stepped(day, Step(1, "month"), -months) < first:
        months -= 1
    left = (stepped(day, Step(1, "month"), -months) - first).days
    whole, rest = divmod(months, by.every)
    return whole, (rest + Fraction(left, 30)) / by.every


def _semimonths(field: str, first: date, day: date) -> tuple[int, Fraction]:
    """Count back from the 1st or the 16th; the days left over are fifteenths."""
    if day == first:
        return 0, Fraction(0)
    if day.day not in (1, 16):
        raise bad_value(field, "semimonths know the 1st and the 16th only")
    whole, reached = 0, day
    while (earlier := _semimonth_before(reached)) >= first:
        whole, reached = whole + 1, earlier
    return whole, Fraction((reached - first).days, 15)


def _semimonth_before(day: date) -> date:
    return day.replace(day=1) if day.day == 16 else stepped(day, Step(), -1).replace(day=16)


# Steps of the search: far more than the 8 decimals that are asked for.
FINEST = Fraction(1, 10**16)


def _root(flows: Sequence[Timed], per_year: Fraction) -> Fraction:
    """Search the rate of a unit-period by halving, on a grid of exact decimals."""
    low, high = Fraction(0), Fraction(1)
    while _worth(flows, high) < 0:
        low, high = high, high * 2
        if high > 10**9:
            raise Fault("no_solution", "payments", "no rate makes both sides equal")
    while high - low > FINEST / per_year:
        middle = _on_grid((low + high) / 2)
        if _worth(flows, middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _on_grid(value: Fraction) -> Fraction:
    return Fraction(round(value * 10**20), 10**20)


def _worth(flows: Sequence[Timed], i: Fraction) -> Fraction:
    """Give the worth of all flows at a rate, each to 50 decimals."""
    total = 0
    for amount, whole, rest in flows:
        factor = (1 + rest * i) * _power(1 + i, whole)
        total += round(amount / factor * SCALE)
    return Fraction(total, SCALE)


SCALE = 10**50


def _power(base: Fraction, exponent: int) -> Fraction:
    """Raise to a power with 50 decimals kept at each squaring, so that numbers stay short."""
    result, factor = Fraction(1), base
    while exponent:
        if exponent & 1:
            result = Fraction(round(result * factor * SCALE), SCALE)
        factor = Fraction(round(factor * factor * SCALE), SCALE)
        exponent >>= 1
    return result
