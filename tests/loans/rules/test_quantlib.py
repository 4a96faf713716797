"""
The rules against QuantLib: day counts, business days, due dates, plans and overnight rates.

QuantLib computes in floats, so plans are compared with a unit of 1e-12. Where it differs on
purpose the difference is a named assumption, and left out of the comparison.
"""

from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction

import pytest
import QuantLib
from hypothesis import given, settings
from hypothesis import strategies as st

from loans.rules.calendars import Calendar
from loans.rules.compounding import Conventions, compounded_rate
from loans.rules.day_counts import Setting, fraction
from loans.rules.due_dates import Step, counted, stepped
from loans.rules.schedule.plan import schedule
from loans.rules.terms import Terms

NEAR = 1e-9
TINY = Fraction(1, 10**12)


def theirs(day):
    return QuantLib.Date(day.day, day.month, day.year)


def ours(day):
    return date(day.year(), day.month(), day.dayOfMonth())


# Assumption: from 2024. The UK had one-off royal holidays before, which the rule leaves out; QuantLib
# knows the closings of 2021 and 2022 that came before Juneteenth was a rule.
CALENDARS = {
    "weekends": QuantLib.WeekendsOnly(),
    "target2": QuantLib.TARGET(),
    "uk": QuantLib.UnitedKingdom(QuantLib.UnitedKingdom.Settlement),
    "us_fed": QuantLib.UnitedStates(QuantLib.UnitedStates.FederalReserve),
    "us_sofr": QuantLib.UnitedStates(QuantLib.UnitedStates.SOFR),
}
CONVENTIONS = {
    "none": QuantLib.Unadjusted,
    "following": QuantLib.Following,
    "modified_following": QuantLib.ModifiedFollowing,
    "preceding": QuantLib.Preceding,
    "modified_preceding": QuantLib.ModifiedPreceding,
    "nearest": QuantLib.Nearest,
}
days = st.dates(date(2024, 1, 1), date(2090, 12, 31))


@settings(max_examples=600, deadline=None)
@given(name=st.sampled_from(sorted(CALENDARS)), how=st.sampled_from(sorted(CONVENTIONS)), day=days)
def test_a_date_moves_to_the_business_day_of_quantlib(name, how, day):
    expected = ours(CALENDARS[name].adjust(theirs(day), CONVENTIONS[how]))
    assert Calendar(name).adjusted(day, how) == expected


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(sorted(CALENDARS)), day=days, count=st.integers(-30, 30))
def test_business_days_are_counted_as_quantlib_counts_them(name, day, count):
    start = CALENDARS[name].adjust(theirs(day))
    expected = ours(CALENDARS[name].advance(start, count, QuantLib.Days))
    assert Calendar(name).moved(ours(start), count) == expected


@settings(max_examples=300, deadline=None)
@given(start=days, length=st.integers(0, 4000), last=st.booleans())
def test_thirty_day_months_know_the_termination_date_of_quantlib(start, length, last):
    end = start + timedelta(days=length)
    termination = end if last else end + timedelta(days=500)
    peer = QuantLib.Thirty360(QuantLib.Thirty360.ISDA, theirs(termination))
    found = fraction("30E/360 ISDA", start, end, Setting(termination=termination))
    assert abs(float(found) - peer.yearFraction(theirs(start), theirs(end))) < NEAR


# Assumption: spans below a year. Over several years QuantLib's AFB steps back year by year, and so
# loses the 29th of February once and for all; the rule counts each year from the end itself.
@settings(max_examples=400, deadline=None)
@given(start=days, length=st.integers(1, 364))
def test_the_french_count_of_a_part_of_a_year_is_that_of_quantlib(start, length):
    end = start + timedelta(days=length)
    peer = QuantLib.ActualActual(QuantLib.ActualActual.AFB)
    expected = peer.yearFraction(theirs(start), theirs(end))
    assert abs(float(fraction("ACT/ACT AFB", start, end)) - expected) < NEAR


# Assumption: the span lies inside its reference period, and the day of the month is in every month.
# Beyond that QuantLib guesses the neighbouring periods, the rule steps on from the named one.
@settings(max_examples=400, deadline=None)
@given(
    start=days,
    months=st.sampled_from([1, 3, 6, 12]),
    inside=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_a_part_of_a_coupon_period_counts_as_in_quantlib(start, months, inside):
    start = start.replace(day=min(start.day, 28))
    end = stepped(start, Step(months), 1)
    first, last = sorted(start + timedelta(days=int((end - start).days * x)) for x in inside)
    if first == last:
        return
    peer = QuantLib.ActualActual(QuantLib.ActualActual.ISMA)
    expected = peer.yearFraction(*map(theirs, (first, last, start, end)))
    found = fraction("ACT/ACT ICMA", first, last, Setting(reference=(start, end)))
    assert abs(float(found) - expected) < NEAR


# Assumption: with dates at the end of the month QuantLib takes the last business day of the month;
# that is ours where the convention does not leave the month. And it takes a start on the last business
# day for one at the end of the month, so those starts are the last day itself.
WITHIN_A_MONTH = ["none", "modified_following", "preceding"]


@settings(max_examples=300, deadline=None)
@given(
    start=days,
    step=st.sampled_from(
        [(1, "month"), (3, "month"), (6, "month"), (1, "year"), (2, "week"), (10, "day")]
    ),
    count=st.integers(1, 40),
    name=st.sampled_from(sorted(CALENDARS)),
    how=st.sampled_from(sorted(CONVENTIONS)),
    stays_at_the_end=st.booleans(),
)
def test_due_dates_are_those_of_a_forward_schedule(
    *, start, step, count, name, how, stays_at_the_end
):
    every, unit = step
    if stays_at_the_end:
        how = how if how in WITHIN_A_MONTH else "modified_following"
        stays_at_the_end = unit in ("month", "year")
        start = start.replace(day=monthrange(start.year, start.month)[1])
    month_end = "last_day" if stays_at_the_end else "clip"
    dates = counted(start, Step(every, unit), month_end)
    last = dates.at(count)
    units = {"day": "Days", "week": "Weeks", "month": "Months", "year": "Years"}
    peer = QuantLib.Schedule(
        theirs(start),
        theirs(last),
        QuantLib.Period(every, getattr(QuantLib, units[unit])),
        CALENDARS[name],
        CONVENTIONS[how],
        CONVENTIONS[how],
        QuantLib.DateGeneration.Forward,
        stays_at_the_end,
    )
    calendar = Calendar(name)
    adjusted = [calendar.adjusted(dates.at(k), how) for k in range(count + 1)]
    # Two dates that move to the same day are one in QuantLib.
    assert list(dict.fromkeys(adjusted)) == [ours(day) for day in peer.dates()]


COUNTS = {
    "ACT/360": QuantLib.Actual360(),
    "ACT/365F": QuantLib.Actual365Fixed(),
    "30/360": QuantLib.Thirty360(QuantLib.Thirty360.BondBasis),
    "30E/360": QuantLib.Thirty360(QuantLib.Thirty360.European),
    "ACT/ACT ISDA": QuantLib.ActualActual(QuantLib.ActualActual.ISDA),
}
MORE = {
    "level_payment": {},
    "equal_principal": {},
    "bullet": {},
    "fixed_payment": {"payment": Fraction(3000)},
}


@settings(max_examples=150, deadline=None)
@given(
    method=st.sampled_from(sorted(MORE)),
    count=st.sampled_from(sorted(COUNTS)),
    start=days,
    instalments=st.integers(1, 36),
    rate=st.integers(0, 4000).map(lambda n: Fraction(n, 10_000)),
)
def test_interest_is_that_of_a_coupon_leg_on_the_same_balances(
    method, count, start, instalments, rate
):
    terms = Terms(
        method, count, rate, instalments=instalments, unit=TINY, decimals=12, **MORE[method]
    )
    rows = schedule(terms, [(start, Fraction(100_000))])
    balances = [100_000.0, *(float(row.balance) for row in rows)][:-1]
    dates = [theirs(start), *(theirs(row.period.due_on) for row in rows)]
    leg = QuantLib.FixedRateLeg(
        QuantLib.Schedule(dates), COUNTS[count], balances, [float(rate)], QuantLib.Unadjusted
    )
    for row, coupon in zip(rows, leg, strict=True):
        if method == "fixed_payment" and row.principal == 0:
            break  # The payment is below the interest: what is carried on is no coupon.
        assert abs(float(row.interest) - coupon.amount()) < 1e-6


@settings(max_examples=60, deadline=None)
@given(
    years=st.integers(1, 30),
    frequency=st.sampled_from([(1, QuantLib.Annual), (4, QuantLib.Quarterly)]),
    rate=st.integers(10, 3000).map(lambda n: Fraction(n, 10_000)),
)
def test_balances_of_level_payments_are_quantlibs_sinking_notionals(years, frequency, rate):
    per_year, name = frequency
    step = Step(12 // per_year)
    terms = Terms(
        "level_payment",
        "30/360 PERIOD",
        rate,
        instalments=years * per_year,
        period=step,
        unit=TINY,
        decimals=12,
    )
    rows = schedule(terms, [(date(2024, 1, 1), Fraction(100))])
    peer = QuantLib.sinkingNotionals(
        QuantLib.Period(years, QuantLib.Years), name, float(rate), 100.0
    )
    for row, notional in zip(rows, list(peer)[1:], strict=True):
        assert abs(float(row.balance) - notional) < NEAR * 100


@settings(max_examples=100, deadline=None)
@given(
    start=st.dates(date(2024, 1, 2), date(2026, 1, 1)),
    length=st.integers(20, 120),
    lookback=st.integers(0, 5),
    lockout=st.integers(0, 4),
    shifted=st.booleans(),
    spread=st.sampled_from(["0", "0.0125"]),
    compounds=st.booleans(),
    seed=st.integers(0, 400),
)
def test_rates_in_arrears_are_those_of_an_overnight_coupon(
    *, start, length, lookback, lockout, shifted, spread, compounds, seed
):
    calendar = Calendar("us_sofr")
    start = calendar.following(start)
    end = calendar.following(start + timedelta(days=length))
    fixings, day = {}, start - timedelta(days=30)
    while day < end + timedelta(days=10):
        fixings[day] = Fraction(430 + (day.toordinal() * 7 + seed) % 90, 10_000)
        day = calendar.moved(day, 1) if calendar.is_business_day(day) else calendar.following(day)
    by = Conventions(
        calendar,
        lookback_days=lookback,
        lockout_days=lockout,
        # Assumption: without a lookback there is nothing to shift, which QuantLib refuses to say.
        observation_shift=shifted and lookback > 0,
        spread=Fraction(spread),
        spread_compounded=compounds,
    )
    QuantLib.IndexManager.instance().clearHistories()
    QuantLib.Settings.instance().evaluationDate = theirs(end + timedelta(days=30))
    index = QuantLib.Sofr()
    for day, rate in fixings.items():
        if calendar.is_business_day(day):
            index.addFixing(theirs(day), float(rate))
    coupon = QuantLib.OvernightIndexedCoupon(
        theirs(end),
        1e6,
        theirs(start),
        theirs(end),
        index,
        1.0,
        float(spread),
        QuantLib.Date(),
        QuantLib.Date(),
        QuantLib.Actual360(),
        False,
        QuantLib.RateAveraging.Compound,
        lookback,
        lockout,
        by.observation_shift,
        compounds,
    )
    assert abs(float(compounded_rate(start, end, fixings, by)) - coupon.rate()) < NEAR


@pytest.fixture(autouse=True)
def _clean_quantlib():
    """Leave no evaluation date and no fixing to other tests."""
    yield
    QuantLib.Settings.instance().evaluationDate = QuantLib.Date()
    QuantLib.IndexManager.instance().clearHistories()
