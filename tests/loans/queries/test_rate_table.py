"""The rate table says what the plan at each rate says."""

from datetime import date
from fractions import Fraction

import pytest

from loans.queries.rate_table import NoTable, rate_table
from loans.queries.standing import planned
from loans.rules.products import PRODUCTS, terms_of
from tests.factories import usdc

START = date(2025, 11, 3)


@pytest.mark.parametrize("product", [one.code for one in PRODUCTS])
def test_each_line_is_the_plan_at_its_rate(product):
    terms = terms_of(product, rate="0.0425", instalments=8)
    for cost in rate_table(terms, usdc("1234567.89"), START):
        plan = planned({**terms, "rate": str(float(cost.rate))}, usdc("1234567.89"), START)
        assert cost.first == plan[0].due
        assert cost.largest.minor_units == max(row.due.minor_units for row in plan)
        assert cost.interest.minor_units == sum(row.interest.minor_units for row in plan)


def test_the_rate_asked_for_stands_among_its_neighbours():
    terms = terms_of("bullet", rate="0.01", instalments=4)
    rates = [(one.rate, one.is_asked_for) for one in rate_table(terms, usdc("1000"), START)]
    assert rates == [(Fraction(n, 200), n == 2) for n in range(7)]


def test_an_amount_between_two_units_has_no_table():
    terms = terms_of("bullet", rate="0.01", instalments=4)
    with pytest.raises(NoTable, match="no multiple"):
        rate_table(terms, usdc("1000.001"), START)
