"""Texts: what reads as the same reference, a slip of it, or the same counterparty."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from together.treasury.rules.matching.texts import (
    Agreement,
    agreement,
    is_slip,
    is_whole,
    pieces,
    plain,
    resembles,
    same_name,
    same_shape,
)

REFERENCE = plain("R-0001-00000017")


@pytest.mark.parametrize(
    "text", ["r-0001-00000017", "R 0001 00000017", "R-OOO1-OOOOOOI7", "R\u20130001\u201300000017"]
)
def test_a_reference_is_the_same_however_it_is_set(text):
    assert plain(text) == REFERENCE


@pytest.mark.parametrize(
    "text",
    [
        "REF:R-0001-00000017/INV",
        "EREF+R-0001-00000017",
        "Payment R 0001 00000017.",
        "Your ref. R-0001-00000017-P",
        "R-0001-00000017 USDC",
    ],
)
def test_a_reference_is_found_among_words(text):
    assert REFERENCE in [piece for _, _, piece in pieces(text)]


def test_words_without_a_digit_are_no_piece():
    assert pieces("TOGETHER PAYOUT TO BILL") == []


@given(st.text(max_size=600))
def test_pieces_of_any_text_are_bounded(text):
    found = pieces(text)
    assert len(found) <= 6 * len(text)
    assert all(4 <= len(piece) <= 40 for _, _, piece in found)


@pytest.mark.parametrize(
    "said",
    ["R000100000O17", "R00010000017", "R000100000071", "R000200000017", "R0001000000", "00000017"],
)
def test_a_slip_or_a_cut_reads_as_what_was_meant(said):
    assert is_slip(plain(said), REFERENCE)


@pytest.mark.parametrize("said", ["", "R0001", "R000200000099", "RWD2025000123", "17"])
def test_what_is_further_off_does_not(said):
    assert not is_slip(plain(said), REFERENCE)


def test_letters_that_look_like_digits_are_no_slip():
    assert is_slip(plain("R-OOO1-SSSSSS17"), plain("R-0001-55555517"))


@pytest.mark.parametrize(
    "text", ["TRF/R-0001-0000", "REF R-0001-00000071", "Your ref. R-OO01-0000017 USDC"]
)
def test_a_text_may_hold_a_reference_with_slips_or_end_within_it(text):
    assert resembles(text, REFERENCE)


@pytest.mark.parametrize(
    "text", ["SAL-2025-000017", "INV 00000017", "R-0001-00 OF OCTOBER 2025", ""]
)
def test_the_number_of_another_series_is_no_part_of_a_reference(text):
    assert not resembles(text, REFERENCE)


@pytest.mark.parametrize(("said", "same"), [("R000100000018", True), ("R00010000017", False)])
def test_a_counted_reference_with_another_digit_may_be_another_one(said, same):
    assert same_shape(said, REFERENCE) is same


@pytest.mark.parametrize(
    ("told", "expected", "answer"),
    [
        ("A00000001", "A00000001", Agreement.YES),
        ("a0000 0001", "A00000001", Agreement.YES),
        ("A00000002", "A00000001", Agreement.NO),
        ("****0001", "A00000001", Agreement.UNKNOWN),
        ("A0xxx0001", "A00000001", Agreement.UNKNOWN),
        ("****0002", "A00000001", Agreement.NO),
        ("A00000", "A00000001", Agreement.UNKNOWN),
        ("A00001", "A00000001", Agreement.NO),
        ("A00", "A00000001", Agreement.NO),
        ("", "A00000001", Agreement.UNKNOWN),
    ],
)
def test_an_account_that_is_hidden_or_cut_says_neither_yes_nor_no(told, expected, answer):
    assert agreement(accounts=(told, expected), names=("", "")) is answer


def test_a_name_is_not_held_against_an_account():
    told = agreement(accounts=("", "A00000001"), names=("Anna Kim", ""))
    assert told is Agreement.UNKNOWN


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Fund 17", "FUND 17", True),
        ("Fund 17", "Fund 170", False),
        ("Together Initiative Ltd", "Together Initiative", True),
        ("Together Initiative", "Together Initiatve", True),
        ("Kim", "Kimura", False),
    ],
)
def test_names_are_the_same_up_to_a_slip_of_a_long_one(one, other, same):
    assert same_name(one, other) is same


@pytest.mark.parametrize(
    ("account", "whole"), [("A00000001", True), ("****0001", False), ("", False)]
)
def test_an_account_is_whole_if_nothing_of_it_is_hidden(account, whole):
    assert is_whole(account) is whole
