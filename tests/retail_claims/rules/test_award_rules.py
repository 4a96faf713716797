"""Demand: each rule by hand, boundaries, and rounding that is exact."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_claims.rules import award_rules
from retail_claims.rules.award_rules import Rule, Step

USD = 10**8
RATE = Rule("rate", "", (Step(None, Fraction(1)),))
BANDS = Rule(
    "bands",
    "",
    (Step(100 * USD, Fraction(1)), Step(300 * USD, Fraction(1, 2)), Step(None, Fraction(1, 10))),
)
BY_LOSS = Rule("tiers", "loss", (Step(100 * USD, Fraction(1)), Step(None, Fraction(1, 4))))
BY_RATIO = Rule("tiers", "ratio", (Step(Fraction(1, 2), Fraction(1, 4)), Step(None, Fraction(1))))


def terms(rule=RATE, rates=(Fraction(1),), **changes):
    values = {
        "unit": USD // 100,
        "rounding": "half_up",
        "floor": 0,
        "cap": 10**13 * USD,
        "is_capped_at_loss": False,
    }
    return award_rules.prepare(rule=rule, rates=list(rates), **{**values, **changes})


def dollars(rule, covered, net=None):
    """Give the raw demand in USD of a covered loss of so many USD."""
    found = award_rules.demand(terms(rule), [int(Fraction(covered) * USD)], net and net * USD)
    return Fraction(found.above, found.below)


@pytest.mark.parametrize(
    ("covered", "raw"),
    [("50", 50), ("100", 100), ("100.5", Fraction(401, 4)), ("300", 200), ("1300", 300)],
)
def test_bands_work_like_tax_bands(covered, raw):
    assert dollars(BANDS, covered) == raw


def test_a_loss_equal_to_the_edge_of_a_tier_is_in_the_next():
    assert dollars(BY_LOSS, "99.99999999") == Fraction("99.99999999")
    assert dollars(BY_LOSS, "100") == 25


def test_tiers_by_ratio_take_the_last_when_the_ratio_is_unknown():
    assert dollars(BY_RATIO, 100, net=201) == 25
    assert dollars(BY_RATIO, 100, net=200) == 100
    assert dollars(BY_RATIO, 100, net=None) == 100
    assert dollars(BY_RATIO, 100, net=-5) == 100


@pytest.mark.parametrize(
    ("mode", "cents"),
    [("half_up", 1001), ("half_even", 1000), ("down", 1000), ("up", 1001)],
)
def test_a_half_cent_is_rounded_by_the_mode(mode, cents):
    found = award_rules.demand(terms(rounding=mode), [1_000_500_000], None)
    assert found.units == cents


def test_half_even_goes_up_to_the_even_cent():
    assert award_rules.demand(terms(rounding="half_even"), [1_001_500_000], None).units == 1002


def test_floor_cap_and_the_loss_cut_in_this_order():
    rule = terms(floor=4 * USD, cap=6 * USD)
    assert [award_rules.demand(rule, [n * USD], None).units for n in (1, 5, 9)] == [400, 500, 600]
    capped = terms(floor=4 * USD, cap=6 * USD, is_capped_at_loss=True)
    assert award_rules.demand(capped, [USD], None).units == 100


def test_nothing_covered_demands_nothing_whatever_the_floor():
    found = award_rules.demand(terms(rates=(Fraction(0),), floor=4 * USD), [50 * USD], None)
    assert found == (0, 1, 0)


def test_classes_are_covered_at_their_own_rates():
    rates = (Fraction(2, 5), Fraction(2, 3))
    found = award_rules.demand(terms(rates=rates), [10 * USD, 1 * USD], None)
    assert Fraction(found.above, found.below) == 4 + Fraction(2, 3)


RATES = st.fractions(0, 1, max_denominator=10**6)


@given(
    st.lists(st.tuples(RATES, st.integers(0, 10**21)), min_size=1, max_size=4),
    RATES,
    st.sampled_from(["half_up", "half_even", "down", "up"]),
)
def test_demand_is_the_fraction_it_should_be_whatever_the_sizes(parts, rate, mode):
    rule = Rule("rate", "", (Step(None, rate),))
    ready = terms(rule, [one for one, _ in parts], rounding=mode)
    found = award_rules.demand(ready, [amount for _, amount in parts], None)
    exact = rate * sum(one * amount for one, amount in parts) / USD
    assert Fraction(found.above, found.below) == exact
    assert abs(found.units - exact * 100) < 1
    assert mode != "down" or found.units <= exact * 100
    assert mode != "up" or found.units >= exact * 100
    if mode.startswith("half"):
        assert abs(found.units - exact * 100) <= Fraction(1, 2)


@given(st.integers(0, 10**14), st.integers(0, 10**14))
def test_a_larger_loss_never_demands_less_under_bands(one, other):
    ready = terms(BANDS)
    small, large = sorted((one, other))
    assert (
        award_rules.demand(ready, [small], None).units
        <= award_rules.demand(ready, [large], None).units
    )
