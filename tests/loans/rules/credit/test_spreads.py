"""Spreads: accounts tie, or every line that does not is named."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.rules.credit.spreads import LINES, MOST_CENTS, faults
from tests.loans.credit import SOUND, M

ENDS_ON, TODAY = date(2025, 9, 30), date(2025, 10, 14)


def found(**changed) -> list[str]:
    return faults({**SOUND, **changed}, ENDS_ON, 12, TODAY)


def test_accounts_that_tie_have_no_fault():
    assert found() == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"equity": 99 * M}, "equity: assets of 200,000,000.00 are not debt and equity of 199,"),
        ({"tax": 10.5}, "tax: 10.5 is no whole number of cents"),
        ({"tax": True}, "tax: True is no whole number of cents"),
        ({"tax": None}, "tax: None is no whole number"),
        ({"cash": -1}, "cash: -0.01 is below zero"),
        ({"revenue": MOST_CENTS + 1}, "revenue: 10,000,000,000,000.01 is beyond"),
        ({"goodwill": 1}, "goodwill: is no line of the template"),
        ({"opening_cash": 41 * M}, "cash: 60,000,000.00 on the balance sheet is not 61,000,000.00"),
        ({"claims_on_exchanges": 21 * M}, "claims_on_exchanges: 21,000,000.00 is more than"),
        ({"largest_exchange": 16 * M}, "largest_exchange: 16,000,000.00 is more than the exposure"),
    ],
)
def test_what_does_not_tie_is_named_with_its_value_and_the_rule(changed, fault):
    assert len(found(**changed)) == 1
    assert found(**changed)[0].startswith(fault)


def test_accounts_of_the_future_or_of_no_months_are_no_accounts():
    assert faults(SOUND, date(2025, 10, 15), 12, TODAY) == [
        "ends_on: 2025-10-15 is after 2025-10-14"
    ]
    assert faults(SOUND, ENDS_ON, 0, TODAY) == ["months: 0 is not between 1 and 18"]


@given(line=st.sampled_from(LINES), off=st.integers(1, 10**6))
def test_one_line_on_the_balance_sheet_that_is_off_is_never_taken(line, off):
    if line.side:
        assert found(**{line.name: SOUND[line.name] + off})
