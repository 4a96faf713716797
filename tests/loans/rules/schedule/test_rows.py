"""Rows: what even flat interest leaves, to the unit."""

from tests.loans.rules.worked import plan


def test_even_rows_on_a_multiple_stay_whole_units():
    rows = plan(
        {"interest": "flat", "flat_interest": "even", "unit": "100", "payment_multiple": "1"},
        [{"date": "2024-01-01", "amount": "100300"}],
    )
    # 1,003.00 of interest is 1,000 in whole hundreds before it is put on the multiple.
    assert rows == ["33400 + 1000", "33400 + 1000", "33500 + 1000"]
