"""Money is exact, of one asset, and says why a text is none."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from together.ledger.rules.money import LARGEST, Money, NotAnAmount, from_cents, parse, shown

units = st.integers(-(10**17), 10**17)


@given(units, units)
def test_what_is_added_can_be_taken_away(a, b):
    assert Money(a, "USDC") + Money(b, "USDC") - Money(b, "USDC") == Money(a, "USDC")


@given(units, st.sampled_from(["USDC", "USD"]))
def test_a_decimal_reads_back_as_the_same_money(minor, asset):
    money = Money(minor, asset)
    assert parse(money.decimal, asset) == money


@given(units)
def test_what_is_shown_to_people_is_never_rounded(minor):
    assert Decimal(shown(minor, "USDC").replace(",", "")) == Money(minor, "USDC").decimal


def test_two_assets_do_not_add_up():
    with pytest.raises(NotAnAmount, match="USDC and USD do not add up"):
        Money(1, "USDC") + Money(1, "USD")


@pytest.mark.parametrize(
    "text",
    ["", "abc", "NaN", "Infinity", "-Infinity", "1e400", "1.0000001", "10000000000000000000"],
)
def test_a_text_that_is_no_amount_is_refused(text):
    with pytest.raises(NotAnAmount):
        parse(text, "USDC")


@pytest.mark.parametrize("minor", [1.0, True, "1", None, LARGEST + 1, -LARGEST - 1])
def test_minor_units_are_a_whole_number_that_fits(minor):
    with pytest.raises(NotAnAmount):
        Money(minor, "USDC")


def test_an_asset_must_be_known():
    with pytest.raises(NotAnAmount, match="BTC"):
        Money(1, "BTC")


def test_cents_become_minor_units_of_the_asset():
    assert from_cents(15128, "USDC") == Money(151_280_000, "USDC")
    assert from_cents(15128, "USD") == Money(15128, "USD")
