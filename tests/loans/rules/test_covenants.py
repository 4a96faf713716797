"""Covenants: words, outcomes, and the periods that they are tested for."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.rules.covenants import outcome, period_ends, words
from loans.rules.credit.figures import Figure
from loans.rules.exact import Fraction


@pytest.mark.parametrize(
    ("value", "is_least", "expected"),
    [
        ("0.25", True, "kept"),
        ("0.249999", True, "breached"),
        ("0.25", False, "kept"),
        ("0.250001", False, "breached"),
    ],
)
def test_a_bound_itself_is_kept(value, is_least, expected):
    assert outcome(Figure(Fraction(value)), "0.25", is_least=is_least) == expected


def test_what_is_not_evidenced_says_nothing():
    assert outcome(Figure(Fraction(9), "no document"), "0.25", is_least=True) == "not known"
    assert outcome(Figure(None, "no accounts"), "0.25", is_least=True) == "not known"


def test_what_is_unbounded_keeps_any_least_and_no_most():
    assert outcome(Figure(None, is_unbounded=True), "2", is_least=True) == "kept"
    assert outcome(Figure(None, is_unbounded=True), "2", is_least=False) == "breached"


def test_words_say_the_side():
    assert words("financial", "interest_cover", "2", "", is_least=True).endswith(
        "at least 2.00 times"
    )
    assert words("information", "", "", "Audited accounts", is_least=True) == "Audited accounts"


def test_periods_end_with_months_and_leap_years_are_seen():
    assert period_ends(date(2023, 12, 31), date(2024, 3, 1), 1) == [
        date(2024, 1, 31),
        date(2024, 2, 29),
    ]
    assert period_ends(date(2025, 10, 14), date(2025, 12, 30), 3) == []
    assert period_ends(date(2025, 12, 31), date(2026, 12, 31), 12) == [date(2026, 12, 31)]


@given(
    since=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    days=st.integers(0, 2000),
    every=st.sampled_from([1, 3, 6, 12]),
)
def test_every_period_is_given_once_whatever_the_steps_are(since, days, every):
    until = date.fromordinal(since.toordinal() + days)
    middle = date.fromordinal(since.toordinal() + days // 2)
    whole = period_ends(since, until, every)
    assert whole == period_ends(since, middle, every) + period_ends(middle, until, every)
    assert all(since < day <= until for day in whole)
