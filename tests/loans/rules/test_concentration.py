"""Concentration: the index lies between that of equal parts and that of one part."""

from hypothesis import given
from hypothesis import strategies as st

from loans.rules.concentration import herfindahl
from loans.rules.exact import Fraction


@given(st.lists(st.integers(1, 10**15), min_size=1, max_size=40))
def test_the_index_is_least_where_all_parts_are_equal_and_most_where_there_is_one(parts):
    found = herfindahl(parts, sum(parts))
    assert Fraction(10_000, len(parts)) <= found <= 10_000
    assert herfindahl([5] * len(parts), 5 * len(parts)) == Fraction(10_000, len(parts))


@given(st.lists(st.integers(1, 10**15), min_size=2, max_size=40))
def test_two_parts_that_become_one_concentrate_more(parts):
    first, second, *others = parts
    assert herfindahl([first + second, *others], sum(parts)) > herfindahl(parts, sum(parts))


def test_shares_that_a_person_worked_out():
    # 60 %, 30 % and 10 %: 3,600 + 900 + 100.
    assert herfindahl([60, 30, 10], 100) == 4_600
    assert herfindahl([], 0) == 0
