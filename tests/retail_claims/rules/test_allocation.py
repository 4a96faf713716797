"""The level: examples worked out by hand, and what must hold for any claims."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_claims.rules import allocation
from retail_claims.rules.allocation import Claim, Cut, Part

CLAIMS = st.lists(
    st.tuples(st.integers(1, 10**9), st.integers(0, 500), st.integers(0, 10**6)).map(
        lambda t: Claim(t[0], t[1], t[1] + t[2])
    ),
    min_size=1,
    max_size=30,
)


def filled(claims, level):
    """Add up the exact shares at a level, the slow and plain way."""
    return sum(
        min(max(level * claim.weight, Fraction(claim.low)), Fraction(claim.high))
        for claim in claims
    )


def test_two_claims_between_their_edges_share_by_weight():
    claims = Counter([Claim(1, 0, 100), Claim(3, 0, 100)])
    assert allocation.find_level(claims, 40) == 10


def test_who_stands_on_the_floor_takes_it_from_the_others():
    # 10 is on the floor whatever L is; the other two share 25 as 2 to 3.
    claims = Counter([Claim(1, 10, 50), Claim(2, 0, 50), Claim(3, 0, 50)])
    assert allocation.find_level(claims, 35) == 5


def test_who_stands_on_the_cap_leaves_the_rest_to_the_others():
    claims = Counter([Claim(10, 0, 20), Claim(1, 0, 100)])
    assert allocation.find_level(claims, 50) == 30


def test_the_level_is_zero_when_the_pool_is_the_sum_of_the_floors():
    assert allocation.find_level(Counter([Claim(7, 4, 9), Claim(1, 4, 9)]), 8) == 0


def test_equal_claims_may_be_counted_together():
    assert allocation.find_level({Claim(2, 0, 10): 3}, 7) == Fraction(7, 6)


def test_a_level_cannot_be_found_beyond_the_caps():
    with pytest.raises(ValueError, match="caps do not reach 21"):
        allocation.find_level({Claim(1, 0, 10): 2}, 21)


def test_a_share_is_cut_at_the_edges_without_a_rest():
    level = Fraction(7, 3)
    assert allocation.share(Claim(1, 3, 9), level) == Part(3, 0)
    assert allocation.share(Claim(5, 0, 9), level) == Part(9, 0)
    assert allocation.share(Claim(2, 0, 9), level) == Part(4, 2)


def test_left_over_units_end_inside_a_group_of_equal_rests():
    assert allocation.find_cut({5: 1, 3: 4, 1: 2}, 3) == Cut(3, 2)
    assert allocation.find_cut({5: 1, 3: 4, 1: 2}, 1) == Cut(5, 1)


def test_the_draw_takes_the_smaller_digests():
    ids = [f"person-{n}" for n in range(20)]
    drawn = allocation.draw(ids, 7, "salt")
    assert max(allocation.lot("salt", one) for one in drawn) < min(
        allocation.lot("salt", one) for one in set(ids) - drawn
    )


@given(CLAIMS, st.data())
def test_the_shares_at_the_level_add_up_to_the_total_exactly(claims, data):
    low, high = sum(c.low for c in claims), sum(c.high for c in claims)
    total = data.draw(st.integers(low, max(low, high - 1)))
    if total == high:
        return
    level = allocation.find_level(Counter(claims), total)
    assert filled(claims, level) == total


@given(CLAIMS, st.data())
def test_no_smaller_level_reaches_the_total(claims, data):
    low, high = sum(c.low for c in claims), sum(c.high for c in claims)
    total = data.draw(st.integers(low, max(low, high - 1)))
    if total == high:
        return
    level = allocation.find_level(Counter(claims), total)
    assert level == 0 or filled(claims, level * Fraction(10**12, 10**12 + 1)) < total


@given(CLAIMS, st.fractions(0, 10**4))
def test_a_share_never_leaves_the_edges_and_is_the_clamp_rounded_down(claims, level):
    for claim in claims:
        part = allocation.share(claim, level)
        exact = filled([claim], level)
        assert claim.low <= part.whole <= claim.high
        assert part.whole + Fraction(part.rest, level.denominator) == exact
