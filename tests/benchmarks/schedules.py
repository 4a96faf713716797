"""P3 and P3b: level-payment schedules of 36 instalments, many at once and one by one."""

from datetime import date
from fractions import Fraction

import numpy
import QuantLib as ql  # noqa: N813 - the name its own documents use

from loans.formats.agreed import read_agreed
from loans.rules.schedule.plan import schedule
from tests.benchmarks.measuring import Line, measured

INSTALMENTS, DRAWN_ON = 36, date(2024, 1, 15)
# The day counts of ours, and QuantLib's names of them.
DAY_COUNTS = {
    "30/360": ql.Thirty360(ql.Thirty360.BondBasis),
    "ACT/360": ql.Actual360(),
}
ABSENT = "P3: numpy-financial, amortization and pandas are not installed and left out"


def amounts(count: int) -> list[int]:
    """Give different amounts of whole currency units."""
    return [10_000 + 37 * n % 90_000 for n in range(count)]


def ours(count: int, day_count: str) -> list[object]:
    """Plan schedules with the engine: exact, all options available."""
    terms = read_agreed(
        {
            "method": "level_payment",
            "rate": "0.06",
            "day_count": day_count,
            "instalments": INSTALMENTS,
        }
    )
    return [schedule(terms, [(DRAWN_ON, Fraction(amount))]) for amount in amounts(count)]


def by_quantlib(count: int, day_count: str) -> list[object]:
    """Plan schedules as QuantLib's amortising bonds: floats, nothing rounded to the cent."""
    start, period = ql.Date(15, 1, 2024), ql.Period(ql.Monthly)
    end = ql.Date(15, 1, 2027)
    counter, found = DAY_COUNTS[day_count], []
    for amount in amounts(count):
        dates = ql.Schedule(
            *(start, end, period, ql.NullCalendar(), ql.Unadjusted, ql.Unadjusted),
            *(ql.DateGeneration.Forward, False),
        )
        whole = ql.Period(INSTALMENTS, ql.Months)
        notionals = ql.sinkingNotionals(whole, ql.Monthly, 0.06, float(amount))
        bond = ql.AmortizingFixedRateBond(0, notionals, dates, [0.06], counter)
        found.append([flow.amount() for flow in bond.cashflows()])
    return found


def by_numpy(count: int) -> object:
    """Plan schedules column by column in floats of 64 bits: fast, and not exact."""
    balance = numpy.array(amounts(count), dtype=float)
    rate = 0.06 / 12
    payment = numpy.round(balance * rate / (1 - (1 + rate) ** -INSTALMENTS), 2)
    result = numpy.empty((INSTALMENTS, 3, count))
    for n in range(INSTALMENTS):
        interest = numpy.round(balance * rate, 2)
        principal = balance if n == INSTALMENTS - 1 else payment - interest
        balance = balance - principal
        result[n] = principal, interest, balance
    return result


def lines(*, is_small: bool) -> list[Line]:
    """Measure P3 and P3b."""
    count, repeats = (500, 3) if is_small else (100_000, 3)
    result = by_numpy(count)
    limit = measured(result.copy, repeats=5)
    in_numpy = measured(lambda: by_numpy(count), repeats=5)
    found = []
    for day_count in DAY_COUNTS:
        mine = measured(lambda d=day_count: ours(count, d), repeats=1 if not is_small else repeats)
        peer = measured(lambda d=day_count: by_quantlib(count, d), repeats=repeats)
        name, size = f"P3 schedules, {day_count}", f"{count:,} x {INSTALMENTS}"
        found.append(Line(name, size, mine, ("QuantLib", peer), limit))
        if day_count == "30/360":
            found.append(Line(name, size, mine, ("numpy, not exact", in_numpy), limit))
    for day_count in DAY_COUNTS:
        mine = measured(lambda d=day_count: ours(100, d), repeats=7, units=100)
        peer = measured(lambda d=day_count: by_quantlib(100, d), repeats=7, units=100)
        name, size = f"P3b one schedule, {day_count}", f"1 x {INSTALMENTS}"
        found.append(Line(name, size, mine, ("QuantLib", peer)))
    return found
