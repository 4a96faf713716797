"""Demands by columns are those of the rule, one by one, whatever the rule and the amounts are."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retail_claims.rules import award_rules, demand_columns
from retail_claims.rules.award_rules import Rule, Step
from retail_claims.rules.texts import ATOMS
from tests.retail_claims.rules.test_award_rules import BANDS, BY_LOSS, BY_RATIO, RATE, USD, terms

RATES = st.fractions(0, 1, max_denominator=1_000)
MONEY = st.one_of(
    st.integers(0, 400 * USD), st.integers(0, 10**6).map(lambda n: n * USD // 100), st.just(0)
)
LARGE = st.one_of(MONEY, st.integers(0, 10**21))
CENT = USD // 100
CHANGES = st.fixed_dictionaries(
    {
        "rounding": st.sampled_from(["half_up", "half_even", "down", "up"]),
        "floor": st.integers(0, 500).map(lambda n: n * CENT),
        "cap": st.integers(500, 10**6).map(lambda n: n * CENT),
        "is_capped_at_loss": st.booleans(),
    }
)


@st.composite
def rules(draw):
    """Draw a rule of any kind, with edges on which amounts fall."""
    kind = draw(st.sampled_from(["rate", "bands", "tiers"]))
    by = draw(st.sampled_from(["loss", "ratio"])) if kind == "tiers" else ""
    if kind == "rate":
        return Rule(kind, by, (Step(None, draw(RATES)),))
    if by == "ratio":
        edges = draw(st.lists(st.fractions(Fraction(1, 50), 3, max_denominator=50), max_size=3))
    else:
        edges = draw(st.lists(st.integers(1, 30).map(lambda n: n * 25 * USD), max_size=3))
    ends = [*sorted(set(edges)), None]
    return Rule(kind, by, tuple(Step(end, draw(RATES)) for end in ends))


@st.composite
def persons(draw, money):
    """Draw losses of two classes and net assets of some persons."""
    net = st.one_of(st.none(), MONEY, MONEY.map(lambda n: -n), st.integers(-(10**21), 10**21))
    return draw(st.lists(st.tuples(money, money, net), min_size=1, max_size=40))


def by_columns(made, least, rows):
    """Measure those who fit, and say who they are."""
    small = [all(abs(one or 0) < 2**62 for one in row) for row in rows]
    kept = [row if is_small else (0, 0, 0) for row, is_small in zip(rows, small, strict=True)]
    losses = [np.array([row[n] for row in kept], dtype=np.int64) for n in (0, 1)]
    net = np.array([row[2] or 0 for row in kept], dtype=np.int64)
    fitting = demand_columns.fits(made, least, losses, net) & np.array(small)
    found = None
    if fitting.any():
        found = demand_columns.measure(made, least, [one[fitting] for one in losses], net[fitting])
    return fitting, found


@given(
    rule_and_changes=st.tuples(rules(), CHANGES),
    rates=st.tuples(RATES, RATES),
    least=st.fractions(0, 3, max_denominator=1_000),
    rows=persons(LARGE),
)
def test_columns_say_what_the_rule_says(rule_and_changes, rates, least, rows):
    rule, changes = rule_and_changes
    made = terms(rule, rates, **changes)
    fitting, found = by_columns(made, least, rows)
    who = [row for row, is_in in zip(rows, fitting, strict=True) if is_in]
    for n, (one, other, net) in enumerate(who):
        expected = award_rules.demand(made, (one, other), net)
        raw = Fraction(int(found.above[n]), found.below)
        assert found.units[n] == expected.units
        assert raw == Fraction(expected.above, expected.below)
        if net is not None and net > 0:
            assert found.is_enough[n] == ((one + other) >= least * net)


@given(rows=persons(MONEY))
def test_whose_amounts_are_those_of_people_is_measured_by_columns(rows):
    usual = [row for row in rows if abs(row[2] or 0) < 10**9 * USD]
    for rule in (RATE, BANDS, BY_LOSS, BY_RATIO):
        made = terms(rule, (Fraction(2, 5), Fraction(1)))
        fitting, _ = by_columns(made, Fraction(3, 10), usual) if usual else (np.array([True]), None)
        assert fitting.all()


def test_rates_that_no_column_can_hold_are_left_to_the_rule():
    rates = (Fraction(1, 999_983), Fraction(1, 999_979), Fraction(1, 999_961), Fraction(1, 999_959))
    made = terms(RATE, rates)
    nobody = [np.zeros(1, dtype=np.int64)] * 4
    assert not demand_columns.fits(made, Fraction(3, 10), nobody, nobody[0]).any()


def test_fractions_are_reduced_and_zero_is_over_one():
    above, below = demand_columns.reduced(np.array([6, 0, 7]), np.array([4, 9, 1]))
    assert (above.tolist(), below.tolist()) == ([3, 0, 7], [2, 1, 1])
    above, below = demand_columns.reduced(np.array([ATOMS // 2]), ATOMS)
    assert (above.tolist(), below.tolist()) == ([1], [2])
