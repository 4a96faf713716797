"""Bands of loan to value, and what cures a loan, exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.rules.exact import Fraction
from loans.rules.loan_to_value import (
    ABOVE,
    LIQUIDATION,
    MARGIN_CALL,
    WITHIN,
    band_of,
    bands,
    fall_to,
    headroom,
    repayment,
    top_up,
)

BY = bands(7200, 7700, 9100, None)
AMOUNTS = st.integers(1, 10**15).map(lambda cents: Fraction(cents, 100))


@pytest.mark.parametrize(
    ("owed", "band"),
    [
        ("0", WITHIN),
        ("72", WITHIN),
        ("72.01", ABOVE),
        ("77", ABOVE),
        ("77.01", MARGIN_CALL),
        ("91", MARGIN_CALL),
        ("91.01", LIQUIDATION),
    ],
)
def test_a_band_begins_above_its_figure(owed, band):
    assert band_of(Fraction(owed), Fraction(100), BY) == band


def test_what_is_owed_without_collateral_is_beyond_every_band():
    assert band_of(Fraction(1), Fraction(0), BY) == LIQUIDATION


def test_terms_may_ask_for_more_collateral_and_never_for_less():
    assert bands(7200, 7700, 9100, Fraction("0.5")).initial == Fraction(1, 2)
    assert bands(7200, 7700, 9100, Fraction("0.9")).initial == Fraction("0.72")


@given(AMOUNTS, AMOUNTS)
def test_each_cure_brings_a_loan_within_and_a_cent_less_does_not(owed, market):
    more, paid = top_up(owed, market, BY.initial), repayment(owed, market, BY.initial)
    assert band_of(owed, market + more, BY) == WITHIN
    assert band_of(owed - paid, market, BY) == WITHIN
    cent = Fraction(1, 100)
    if more:
        assert band_of(owed, market + more - cent, BY) != WITHIN
        assert band_of(owed - paid + cent, market, BY) != WITHIN


@given(AMOUNTS, AMOUNTS)
def test_at_the_fall_that_is_told_the_band_is_reached_and_not_passed(owed, market):
    part = fall_to(owed, market, BY.margin_call)
    assert owed / (market * part) == BY.margin_call


@given(AMOUNTS, AMOUNTS)
def test_headroom_may_be_owed_besides(owed, market):
    left = headroom(owed, market, BY.initial)
    if left >= 0:
        assert band_of(owed + left, market, BY) == WITHIN
    else:
        assert band_of(owed, market, BY) != WITHIN
