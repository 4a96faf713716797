"""Texts: what counts as money, a rate, a time, an id, and what does not."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_claims.rules import texts
from retail_claims.rules.texts import NotReadable


@pytest.mark.parametrize(
    ("text", "atoms"),
    [
        ("0", 0),
        ("-0", 0),
        ("1.5", 150_000_000),
        ("-0.00000001", -1),
        ("9999999999999.99999999", 10**21 - 1),
        ("007", 700_000_000),
    ],
)
def test_money_is_read_as_whole_atoms(text, atoms):
    assert texts.read_money(text) == atoms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+1",
        "1.",
        ".5",
        "1e3",
        " 1",
        "1,000",
        "NaN",
        "0.123456789",
        "1" * 14,
        "--1",
        "\u0661",
        "1\n",
    ],
)
def test_what_is_no_money_text_is_refused(text):
    with pytest.raises(NotReadable):
        texts.read_money(text)


@given(st.integers(-(10**21) + 1, 10**21 - 1))
def test_money_that_is_written_is_read_back(atoms):
    assert texts.read_money(texts.write_money(atoms)) == atoms


@pytest.mark.parametrize(
    ("text", "rate"),
    [("0.30", Fraction(3, 10)), ("3/10", Fraction(3, 10)), ("1000000/1000000", 1), ("0/7", 0)],
)
def test_rates_are_decimals_or_quotients(text, rate):
    assert texts.read_rate(text) == rate


@pytest.mark.parametrize("text", ["1/0", "1000001/2", "-1", "0.1234567", "1/2/3", "50%", ".5", ""])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(NotReadable):
        texts.read_rate(text)


@pytest.mark.parametrize(
    "text",
    [
        "2025-10-12T00:00:00Z",
        "2025-10-12T02:00:00+02:00",
        "2025-10-11T18:30:00.000000-05:30",
        "2025-10-12T14:00:00.0+14:00",
    ],
)
def test_one_moment_has_many_spellings(text):
    assert texts.write_time(texts.read_time(text)) == "2025-10-12T00:00:00.000000Z"


@pytest.mark.parametrize(
    "text",
    [
        "2025-10-12T00:00:00",
        "2025-10-12 00:00:00Z",
        "2025-10-12T24:00:00Z",
        "2025-10-12T00:00:60Z",
        "2025-02-30T00:00:00Z",
        "2025-10-12T00:00:00.1234567Z",
        "2025-10-12T00:00:00.Z",
        "2025-10-12T00:00:00+14:01",
        "2025-10-12T00:00:00+10:60",
        "1969-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
        "2025-10-12T00:00:00z",
    ],
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(NotReadable):
        texts.read_time(text)


@given(st.integers(0, 32_503_679_999_999_999))
def test_a_time_that_is_written_is_read_back(microseconds):
    assert texts.read_time(texts.write_time(microseconds)) == microseconds


@pytest.mark.parametrize("text", ["", "-a", "a b", "a/b", "a" * 65, "\u00e9", "a\n", "=a"])
def test_what_is_no_id_is_refused(text):
    with pytest.raises(NotReadable):
        texts.read_id(text)


def test_an_id_is_taken_as_it_stands():
    assert texts.read_id("Ann_1.b:c-" + "x" * 54) == "Ann_1.b:c-" + "x" * 54
