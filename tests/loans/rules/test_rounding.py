"""Rounding: the four modes, exact text, and nothing lost."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.rules.rounding import MODES, rounded, text

CENT = Fraction(1, 100)


@pytest.mark.parametrize(
    ("value", "mode", "expected"),
    [
        ("2.345", "half_even", "2.34"),
        ("2.355", "half_even", "2.36"),
        ("2.345", "half_up", "2.35"),
        ("-2.345", "half_up", "-2.35"),
        ("2.341", "up", "2.35"),
        ("-2.341", "up", "-2.35"),
        ("2.349", "down", "2.34"),
        ("-2.349", "down", "-2.34"),
    ],
)
def test_each_mode_rounds_as_the_contract_says(value, mode, expected):
    assert text(rounded(Fraction(value), CENT, mode), 2) == expected


def test_text_has_the_decimals_that_are_asked_for_and_zero_has_no_sign():
    assert text(Fraction(0), 2) == "0.00"
    assert text(Fraction(-1, 1000), 2) == "0.00"
    assert text(Fraction(1200), 0) == "1200"
    assert text(Fraction(-1, 3), 4) == "-0.3333"


@given(
    value=st.fractions(max_denominator=10**6),
    unit=st.sampled_from(["0.01", "1", "100", "0.000001", "0.05"]),
    mode=st.sampled_from(MODES),
)
def test_what_is_rounded_is_a_multiple_of_the_unit_less_than_one_away(value, unit, mode):
    step = Fraction(unit)
    found = rounded(value, step, mode)
    assert (found / step).denominator == 1
    assert abs(found - value) < step
    assert rounded(-value, step, mode) == -found
