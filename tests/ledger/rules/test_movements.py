"""Movements balance per asset before they reach the database."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from together.ledger.rules import movements
from together.ledger.rules.chart import BY_CODE, CHART
from together.ledger.rules.money import Money
from together.ledger.rules.movements import NotBalanced, Posting, credit, debit

ONE = Money(1_000_000, "USDC")


def posting(*lines):
    return Posting(key="k", kind="K", on=date(2025, 10, 14), movements=tuple(lines))


@given(st.lists(st.integers(1, 10**15), min_size=1, max_size=20))
def test_debits_and_their_reversal_sum_to_nothing(amounts):
    lines = [debit("cash", "retail", Money(amount, "USDC")) for amount in amounts]
    both = [*lines, *movements.reversed_movements(lines)]
    assert movements.sums(both) == {"USDC": 0}
    movements.check(posting(*both))


def test_an_entry_needs_two_lines():
    with pytest.raises(NotBalanced, match="two movements"):
        movements.check(posting(debit("cash", "retail", ONE)))


def test_an_entry_that_is_off_says_by_how_much():
    with pytest.raises(NotBalanced, match="off by 0\\.50 USDC"):
        movements.check(
            posting(
                debit("cash", "retail", ONE),
                credit("fund.available", "retail", Money(500_000, "USDC")),
            )
        )


def test_each_asset_balances_by_itself():
    with pytest.raises(NotBalanced):
        movements.check(
            posting(debit("cash", "retail", ONE), credit("cash", "retail", Money(100, "USD")))
        )


def test_an_account_outside_the_chart_is_refused():
    with pytest.raises(NotBalanced, match="not in the chart"):
        debit("pocket", "mine", ONE)


@pytest.mark.parametrize("minor", [0, -1])
def test_a_movement_is_positive(minor):
    with pytest.raises(NotBalanced, match="not a positive amount"):
        credit("cash", "retail", Money(minor, "USDC"))


def test_the_chart_names_each_account_once_and_overdraws_what_goes_both_ways_only():
    assert len(BY_CODE) == len(CHART)
    assert {a.code for a in CHART if a.may_overdraw} == {
        "income.interest",
        "income.charges",
        "income.cash",
        "income.suspended",
        "expense.allowance",
        "expense.charges",
        "clearing.conversion",
    }
