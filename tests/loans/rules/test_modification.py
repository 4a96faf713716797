"""Present values of amendments: figures worked out by hand, and pyxirr as an oracle."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from loans.formats.agreed import read_agreed
from loans.rules.faults import Fault
from loans.rules.floating import Fixed
from loans.rules.modification import Modification, effective_rate, modification, to_come
from loans.rules.replay.events import Event, ReAge
from loans.rules.replay.fold import lived
from loans.rules.schedule.changes import Extension, RateChange
from loans.rules.schedule.plan import schedule

START = date(2025, 1, 1)
# 1,000.00 at 10 % by ACT/365F, interest each year, all back after two of 365 days: 100 + 1,100.
YEARLY = {
    "method": "bullet",
    "rate": "0.10",
    "day_count": "ACT/365F",
    "instalments": 2,
    "period": {"every": 1, "unit": "year"},
}


def life(*events, **terms):
    drawn = Event("drawdown", START, Fraction(1000), identity="drawn")
    return lived(read_agreed({**YEARLY, **terms}), [drawn, *events])


def rate(on, value):
    return Event("rate_change", on, change=RateChange(on, Fraction(value)))


def changed(event, as_of=START, **terms) -> Modification:
    found = modification(life(**terms), life(event, **terms), as_of, 2)
    assert found is not None
    return found


def test_a_lower_rate_is_a_loss_of_what_it_gives_up():
    """At 5 %: 50 / 1.1 + 1,050 / 1.21 = 45.4545 + 867.7686 = 913.22 instead of 1,000.00."""
    found = changed(rate(START, "0.05"))
    assert found.rate == Decimal("0.1")
    assert (found.before, found.after, found.gain) == (100_000, 91_322, -8_678)
    assert found.share == Fraction(-8678, 100_000)
    assert not found.is_substantial
    assert found.is_original


def test_ten_per_cent_is_substantial():
    """At 4 %: 40 / 1.1 + 1,040 / 1.21 = 36.3636 + 859.5041 = 895.87, 10.413 % less."""
    found = changed(rate(START, "0.04"))
    assert (found.after, found.gain, found.is_substantial) == (89_587, -10_413, True)


def test_exactly_ten_per_cent_is_substantial():
    found = [Modification(Decimal(0), 1000, now).is_substantial for now in (901, 900, 1099, 1100)]
    assert found == [False, True, False, True]


def test_a_higher_rate_is_a_gain():
    """At 12 %: 120 / 1.1 + 1,120 / 1.21 = 109.0909 + 925.6198 = 1,034.71."""
    assert changed(rate(START, "0.12")).gain == 3_471


def test_more_time_at_the_same_rate_is_worth_the_same():
    longer = Event("extend", START, change=Extension(START, 1))
    assert changed(longer).gain == 0


def test_more_time_at_no_rate_costs_what_waiting_costs():
    """A year later without interest: 100 / 1.1 less in the second year, 1,000 / 1.1 at the end."""
    free = rate(date(2026, 1, 1), "0")
    longer = Event("extend", date(2026, 1, 1), change=Extension(date(2026, 1, 1), 1))
    before = life(Event("repayment", date(2026, 1, 1), Fraction(100)))
    after = life(Event("repayment", date(2026, 1, 1), Fraction(100)), free, longer)
    found = modification(before, after, date(2026, 1, 1), 2)
    # 1,100 / 1.1 = 1,000.00 before; 1,000 / 1.21 = 826.45 after.
    assert (found.before, found.after) == (100_000, 82_645)


def test_what_is_overdue_counts_in_full_on_the_day():
    """On 1 April 2026 nothing of 100.00 is paid: 100 + 1,100 / 1.1^(275/365)."""
    day = date(2026, 4, 1)
    again = Event("re_age", day, re_age=ReAge(date(2027, 4, 1), 1))
    before = life()
    found = modification(before, life(again), day, 2)
    expected = 100 + 1100 / 1.1 ** (275 / 365)
    assert abs(found.before / 100 - expected) < 0.006
    assert to_come(before, day)[0] == (day, Fraction(100))


def test_the_rate_is_the_original_one_after_earlier_amendments_too():
    earlier = rate(date(2025, 7, 1), "0.02")
    found = modification(
        life(earlier), life(earlier, rate(date(2025, 9, 1), "0.01")), date(2025, 9, 1), 2
    )
    assert found.rate == Decimal("0.1")


def test_a_floating_loan_is_discounted_at_its_current_rate():
    floats = {"index": "SOFR", "convention": "in_advance", "calendar": "none", "spread": "0.02"}
    fixed = Event("rate_fixed", START, fixed=Fixed(Fraction("0.06"), "SOFR", START, 1))
    longer = Event("extend", START, change=Extension(START, 1))
    found = modification(
        life(fixed, floating=floats), life(fixed, longer, floating=floats), START, 2
    )
    assert found.rate == Decimal("0.08")
    assert (found.before, found.after, found.is_original) == (100_000, 100_000, False)


def test_nothing_to_come_is_worth_nothing():
    paid = life(Event("payoff", date(2025, 6, 1)))
    assert modification(paid, paid, date(2025, 6, 1), 2) is None


def test_a_loan_that_gives_back_nothing_has_no_rate():
    with pytest.raises(Fault, match="no effective rate"):
        effective_rate([(START, Fraction(100))], [(START, Fraction(100))])


def test_what_gives_back_too_much_in_a_day_has_no_rate():
    with pytest.raises(Fault, match="no effective rate"):
        effective_rate([(START, Fraction(60))], [(START + timedelta(days=1), Fraction(100))])


def test_below_zero_is_a_rate_as_well():
    found = effective_rate([(START, Fraction(100))], [(date(2026, 1, 1), Fraction(90))])
    assert found == Decimal("-0.1")


flows = st.lists(
    st.tuples(st.integers(30, 4000), st.integers(1, 10**9)), min_size=1, max_size=40
).map(lambda found: [(START + timedelta(days=n), Fraction(cents, 100)) for n, cents in found])


@settings(max_examples=200, deadline=None)
@given(back=flows, ratio=st.integers(60, 100))
def test_an_effective_rate_is_xirr_and_present_values_are_xnpv(back, ratio):
    lent = sum((amount for _, amount in back), Fraction(0)) * ratio / 100
    found = effective_rate([(START, lent)], back)
    days = [START, *(day for day, _ in back)]
    amounts = [-float(lent), *(float(amount) for _, amount in back)]
    worth = pyxirr.xnpv(float(found), days, amounts)
    assert abs(worth) <= 1e-9 * float(lent) + 1e-9
    expected = pyxirr.xirr(days, amounts)
    if expected is not None and expected < 10:
        assert abs(float(found) - expected) < 1e-7


@settings(max_examples=60, deadline=None)
@given(
    was=st.sampled_from(["0.03", "0.06", "0.12"]),
    now=st.sampled_from(["0", "0.02", "0.15"]),
    months=st.integers(2, 60),
    passed=st.integers(0, 300),
)
def test_both_plans_are_discounted_as_pyxirr_does(was, now, months, passed):
    terms = {
        "method": "level_payment",
        "rate": was,
        "day_count": "ACT/360",
        "instalments": months,
        "period": {"every": 1, "unit": "month"},
    }
    day = START + timedelta(days=passed)
    before = life(**terms)
    after = life(rate(day, now), **terms)
    found = modification(before, after, day, 2)
    if found is None:
        return
    agreed = [(START, Fraction(-1000)), *_planned(before)]
    assert abs(float(found.rate) - pyxirr.xirr(*_split(agreed))) < 1e-8
    for one, units in ((before, found.before), (after, found.after)):
        expected = pyxirr.xnpv(float(found.rate), *_split([(day, Fraction(0)), *to_come(one, day)]))
        assert abs(units / 100 - expected) <= 0.0051


def _planned(one):
    return [(row.period.due_on, row.due) for row in schedule(one.terms, one.book.drawn)]


def _split(found):
    return [day for day, _ in found], [float(amount) for _, amount in found]
