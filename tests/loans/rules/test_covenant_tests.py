"""Covenant tests: what becomes of one, its figure exactly, and the room to its bound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.rules.covenant_tests import (
    AFTER,
    RUNNING,
    after,
    exactly,
    figure_in_words,
    headroom,
    headroom_in_words,
    run_out,
    value_of,
)
from loans.rules.covenants import outcome
from loans.rules.credit.figures import Figure
from loans.rules.exact import Fraction
from loans.rules.states import COVENANT_TEST_MOVES, CovenantTestState


def test_what_an_outcome_or_a_day_makes_of_a_test_is_in_its_table():
    for (state, _), becomes in AFTER.items():
        assert becomes in COVENANT_TEST_MOVES[state]
    for state in RUNNING:
        assert run_out(state) in COVENANT_TEST_MOVES[state]


@pytest.mark.parametrize("state", list(CovenantTestState))
def test_what_is_not_known_changes_nothing(state):
    assert after(state, "not known") == state


@given(
    st.fractions(max_denominator=10**9),
    st.decimals(min_value=-999, max_value=999, places=4).map(str),
    st.booleans(),
)
def test_there_is_room_exactly_while_the_bound_is_kept(value, bound, is_least):
    figure = Figure(Fraction(value.numerator, value.denominator))
    assert value_of(exactly(figure)) == figure.value
    room = headroom(exactly(figure), bound, is_least=is_least)
    assert room is not None
    assert (room >= 0) == (outcome(figure, bound, is_least=is_least) == "kept")


def test_what_has_no_number_has_no_room():
    assert exactly(Figure(None, "no accounts")) == ""
    assert exactly(Figure(None, is_unbounded=True)) == "unbounded"
    assert figure_in_words("interest_cover", "unbounded") == "unbounded"
    assert headroom_in_words("interest_cover", "unbounded", "2", is_least=True) == ""
    assert headroom_in_words("equity_ratio", "1/5", "0.25", is_least=True) == "-5.00 %"
