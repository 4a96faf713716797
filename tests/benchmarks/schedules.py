"""P3 and P3b: level-payment schedules of 36 instalments, many at once and one by one."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from functools import cache

import numpy
import numpy_financial
import pandas
import QuantLib as ql  # noqa: N813 - the name its own documents use
from amortization.schedule import amortization_schedule

from loans.formats.agreed import read_agreed
from loans.rules.schedule.columns import plans
from loans.rules.schedule.plan import schedule
from tests.benchmarks.measuring import Line, Measured, measured

INSTALMENTS, DRAWN_ON, CENTS = 36, date(2024, 1, 15), 100
# The day counts of ours, and QuantLib's names of them.
DAY_COUNTS = {
    "30/360": ql.Thirty360(ql.Thirty360.BondBasis),
    "ACT/360": ql.Actual360(),
}
NOTE = (
    "P3: every peer gives due dates (QuantLib only), interest, principal and balance in floats;\n"
    "ours gives them in whole cents, with a rate of its own for each loan."
)


@cache
def amounts(count: int) -> numpy.ndarray:
    """Give different amounts of whole currency units."""
    return 10_000 + 37 * numpy.arange(count) % 90_000


@cache
def rates(count: int) -> numpy.ndarray:
    """Give different rates in basis points."""
    return 200 + 25 * (numpy.arange(count) % 40)


def terms_of(day_count: str):
    """Read the terms that all have in common."""
    return read_agreed(
        {
            "method": "level_payment",
            "rate": "0.06",
            "day_count": day_count,
            "instalments": INSTALMENTS,
        }
    )


def by_columns(count: int, day_count: str) -> object:
    """Plan many schedules side by side: exact, in whole cents."""
    return plans(terms_of(day_count), DRAWN_ON, amounts(count) * CENTS, rates(count))


def by_rows(count: int, day_count: str) -> object:
    """Plan schedules one by one with the engine: exact, all options available."""
    terms = terms_of(day_count)
    return [schedule(terms, [(DRAWN_ON, Fraction(amount))]) for amount in amounts(count).tolist()]


def by_quantlib(count: int, day_count: str) -> object:
    """Plan schedules as QuantLib's amortising bonds, down to rows: floats, nothing rounded."""
    start, period = ql.Date(15, 1, 2024), ql.Period(ql.Monthly)
    end, whole = ql.Date(15, 1, 2027), ql.Period(INSTALMENTS, ql.Months)
    counter, found = DAY_COUNTS[day_count], []
    for amount, points in zip(amounts(count).tolist(), rates(count).tolist(), strict=True):
        dates = ql.Schedule(
            *(start, end, period, ql.NullCalendar(), ql.Unadjusted, ql.Unadjusted),
            *(ql.DateGeneration.Forward, False),
        )
        rate = points / 10_000
        notionals = ql.sinkingNotionals(whole, ql.Monthly, rate, float(amount))
        flows = ql.AmortizingFixedRateBond(0, notionals, dates, [rate], counter).cashflows()
        rows = []
        for n in range(0, 2 * INSTALMENTS, 2):
            coupon = ql.as_fixed_rate_coupon(flows[n])
            principal = flows[n + 1].amount()
            rows.append((coupon.date(), coupon.amount(), principal, coupon.nominal() - principal))
        found.append(rows)
    return found


def by_amortization(count: int) -> object:
    """Plan schedules with the package of that name: floats, equal months, no dates."""
    loans = zip(amounts(count).tolist(), rates(count).tolist(), strict=True)
    return [
        list(amortization_schedule(float(amount), points / 10_000, INSTALMENTS))
        for amount, points in loans
    ]


def by_numpy_financial(count: int) -> object:
    """Plan all schedules at once in floats by closed formulas, equal months, rounded at the end."""
    rate = rates(count) / 120_000
    amount = amounts(count).astype(float)
    number = numpy.arange(1, INSTALMENTS + 1)[:, None]
    interest = -numpy.round(numpy_financial.ipmt(rate, number, INSTALMENTS, amount), 2)
    principal = -numpy.round(numpy_financial.ppmt(rate, number, INSTALMENTS, amount), 2)
    return interest, principal, amount - numpy.cumsum(principal, axis=0)


def by_pandas(count: int) -> object:
    """Plan all schedules as one table, an instalment at a time, as scripts do: floats."""
    table = pandas.DataFrame({"rate": rates(count), "balance": amounts(count)}, dtype=float)
    table["rate"] /= 120_000
    growth = 1 - (1 + table["rate"]) ** -INSTALMENTS
    table["payment"] = (table["balance"] * table["rate"] / growth).round(2)
    rows = []
    for number in range(1, INSTALMENTS + 1):
        interest = (table["balance"] * table["rate"]).round(2)
        is_last = number == INSTALMENTS
        principal = table["balance"] if is_last else table["payment"] - interest
        table["balance"] = table["balance"] - principal
        row = {"number": number, "interest": interest, "principal": principal}
        rows.append(pandas.DataFrame({**row, "balance": table["balance"]}))
    return pandas.concat(rows)


def many(*, is_small: bool) -> list[Line]:
    """Measure P3: many schedules at once. Slow peers plan a part of them, told per whole."""
    count, repeats = (2_000, 3) if is_small else (100_000, 7)
    sample, found = min(count, 5_000), []
    arrays = by_columns(count, "30/360")
    parts = (arrays.interest, arrays.principal, arrays.balance)
    limit = measured(lambda: [part.copy() for part in parts], repeats=repeats)
    floats: dict[str, Measured] = {
        "amortization": _scaled(by_amortization, sample, count),
        "numpy-financial": measured(lambda: by_numpy_financial(count), repeats=3),
        "pandas": measured(lambda: by_pandas(count), repeats=3),
    }
    for day_count in DAY_COUNTS:
        mine = measured(lambda d=day_count: by_columns(count, d), repeats=repeats)
        peers = {"QuantLib": _scaled(lambda n, d=day_count: by_quantlib(n, d), sample, count)}
        for peer, theirs in {**peers, **(floats if day_count == "30/360" else {})}.items():
            name, size = f"P3 schedules, {day_count}", f"{count:,} x {INSTALMENTS}"
            found.append(Line(name, size, mine, (peer, theirs), limit))
    return found


def _scaled(work: Callable[[int], object], sample: int, count: int) -> Measured:
    """Measure a part of the work and tell the time of all of it."""
    part = measured(lambda: work(sample), repeats=3)
    times = (part.median, part.least, part.most)
    return Measured(*(time * count / sample for time in times), part.peak)


def one() -> list[Line]:
    """Measure P3b: one schedule, from terms to typed rows."""
    found = []
    for day_count in DAY_COUNTS:
        mine = measured(lambda d=day_count: by_rows(100, d), repeats=7, units=100)
        peers = {
            "QuantLib": measured(lambda d=day_count: by_quantlib(100, d), repeats=7, units=100),
            "amortization": measured(lambda: by_amortization(100), repeats=7, units=100),
        }
        for peer, theirs in peers.items():
            name, size = f"P3b one schedule, {day_count}", f"1 x {INSTALMENTS}"
            found.append(Line(name, size, mine, (peer, theirs)))
    return found


def lines(*, is_small: bool) -> list[Line]:
    """Measure P3 and P3b."""
    return [*many(is_small=is_small), *one()]
