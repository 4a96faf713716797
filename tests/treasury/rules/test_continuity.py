"""Each way in which a statement does not follow the last one is named, with what is expected."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from together.treasury.rules.continuity import (
    Before,
    Stated,
    broken_after,
    broken_within,
    misplaced,
)


def day(number: int, month: int = 10, year: int = 2025) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


def end(number: int, month: int = 10, year: int = 2025) -> datetime:
    return datetime(year, month, number, 23, 59, 59, tzinfo=UTC)


LAST = Stated(0, 70, day(14), end(14), source_number=7)
NEXT = Stated(70, 90, day(15), end(15), source_number=8)
BEFORE = Before(3, LAST, (7, 2025))


def test_the_next_statement_follows():
    assert broken_after(BEFORE, NEXT) == ""


def test_the_first_one_opens_with_nothing_and_may_have_any_number():
    assert broken_after(None, replace(NEXT, opening=0)) == ""
    assert "expected is {0}" in broken_after(None, NEXT)


def test_banks_that_date_the_opening_as_the_last_closing_are_understood():
    assert broken_after(BEFORE, replace(NEXT, from_at=day(14))) == ""


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"opening": 69}, "opens with {69}; expected is an opening with {70}"),
        ({"source_number": 9}, "expected is statement 8: 8 is missing"),
        ({"source_number": 12}, "expected is statement 8: 8 to 11 is missing"),
        ({"source_number": 7}, "number 7 is here already: expected is statement 8"),
        ({"source_number": 1}, "number 7 is here already"),
        ({"from_at": day(13)}, "before statement 3 ended, 2025-10-14 23:59:59: they overlap"),
    ],
)
def test_what_does_not_follow_is_named(change, text):
    assert text in broken_after(BEFORE, replace(NEXT, **change))


def test_moments_may_not_overlap_by_a_second():
    moment = datetime(2025, 10, 14, 12, tzinfo=UTC)
    before = Before(3, replace(LAST, to_at=moment), None)
    assert broken_after(before, replace(NEXT, from_at=moment)) == ""
    early = replace(NEXT, from_at=moment.replace(hour=11, minute=59, second=59))
    assert "they overlap" in broken_after(before, early)


def test_numbers_begin_again_in_a_new_year_or_go_on():
    new_year = replace(NEXT, from_at=day(1, 1, 2026), to_at=end(1, 1, 2026))
    for number in (1, 8):
        assert broken_after(BEFORE, replace(new_year, source_number=number)) == ""
    assert "is missing" in broken_after(BEFORE, replace(new_year, source_number=9))
    assert "already" in broken_after(BEFORE, replace(new_year, source_number=2))


def test_a_statement_without_a_number_between_lets_one_be_passed_over_but_not_repeated():
    without = Before(4, replace(LAST, source_number=None), (7, 2025))
    for number in (8, 9, None):
        assert broken_after(without, replace(NEXT, source_number=number)) == ""
    assert "already" in broken_after(without, replace(NEXT, source_number=7))


@pytest.mark.parametrize(
    ("first", "parent", "text"),
    [
        (201, "0xa", ""),
        (201, "", ""),
        (201, "0xb", "the chain was re-organised"),
        (205, "0xa", "blocks 201 to 204 are missing"),
        (200, "0xa", "they overlap"),
    ],
)
def test_blocks_of_a_chain_follow_without_a_gap_on_the_same_chain(first, parent, text):
    before = Before(3, replace(LAST, last_block=(200, "0xa"), source_number=None))
    new = replace(NEXT, first_block=(first, "0xc"), parent_hash=parent, source_number=None)
    found = broken_after(before, new)
    assert text in found
    assert bool(text) == bool(found)


def test_a_statement_agrees_with_itself():
    assert broken_within(NEXT, 20) == ""
    assert "off its closing balance by {1}" in broken_within(NEXT, 19)
    assert "before it begins" in broken_within(replace(NEXT, to_at=day(1)), 20)


@pytest.mark.parametrize(
    ("booked", "value", "is_right"),
    [
        (day(15), None, True),
        (day(5), None, True),
        (day(4), None, False),
        (day(16), None, False),
        (day(16), date(2025, 10, 16), True),
        (day(26), date(2025, 10, 26), False),
    ],
)
def test_a_line_is_booked_in_the_days_of_its_statement(booked, value, is_right):
    assert (misplaced(NEXT, booked, value) == "") == is_right
