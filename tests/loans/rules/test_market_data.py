"""Values as whole units, moves in basis points, and when a value is too old."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.rules.market_data import LARGEST, NotAValue, age, move, units, written

MONDAY = datetime(2025, 10, 13, 12, tzinfo=UTC)  # Columbus Day: SOFR is not fixed


@given(st.integers(-LARGEST, LARGEST), st.integers(0, 12))
def test_what_is_written_is_read_again(value, scale):
    assert units(written(value, scale), scale) == value


@pytest.mark.parametrize(
    "text", ["", "1e3", "NaN", "1,000", "+1", ".5", "5.", "\uff11", " 1", "0x1"]
)
def test_what_is_no_plain_decimal_is_refused(text):
    with pytest.raises(NotAValue, match="plain decimal"):
        units(text, 4)


def test_decimals_that_would_be_lost_are_refused_and_noughts_are_not():
    assert units("1.50000", 2) == 150
    with pytest.raises(NotAValue, match="more than 2 decimals"):
        units("1.505", 2)
    with pytest.raises(NotAValue, match="larger"):
        units("99999999999999999", 4)


@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_a_move_is_never_rounded_down(before, now):
    moved = move("price", before, now, 4)
    assert moved * before >= abs(now - before) * 10_000
    assert (moved - 1) * before < abs(now - before) * 10_000


def test_a_rate_moves_by_points_even_from_zero():
    assert move("fixing", 0, 1, 4) == 1
    assert move("fixing", -5, 5, 4) == 10


def test_a_price_is_stale_a_second_after_its_hours():
    at = MONDAY + timedelta(hours=24)
    assert not age("price", MONDAY, at, 24, "none").is_stale
    assert age("price", MONDAY, at + timedelta(seconds=1), 24, "none").is_stale
    assert str(age("price", MONDAY, MONDAY + timedelta(minutes=90), 24, "none")) == "1 hour"


def test_a_fixing_ages_by_business_days_of_its_calendar():
    thursday = datetime(2025, 10, 9, tzinfo=UTC)
    assert age("fixing", thursday, MONDAY, 3, "us_sofr").count == 1
    assert age("fixing", thursday, MONDAY, 3, "target2").count == 2
    assert age("fixing", thursday, MONDAY + timedelta(days=3), 3, "us_sofr").is_stale
    assert not age("fixing", thursday, MONDAY + timedelta(days=2), 3, "us_sofr").is_stale
