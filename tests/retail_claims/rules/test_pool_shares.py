"""Shares of a pool: examples worked out by hand, and what must hold for any claims."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_claims.rules import allocation
from retail_claims.rules.pool_shares import FloorsExceedPool, NotAllocatable, Share, allocate

SHARES = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(0, 50), st.integers(0, 1000)),
    min_size=1,
    max_size=15,
).map(lambda rows: [Share(f"s{n}", w, f + c, f) for n, (w, f, c) in enumerate(rows)])


def thirds(*, floor_of_last=0):
    return [Share("a", 1, 100), Share("b", 1, 100), Share("c", 1, 100, floor_of_last)]


def test_the_unit_that_does_not_divide_goes_to_the_smallest_digest():
    result = allocate(pool=100, claims=thirds(), salt="run-1")
    assert result.ratio == Fraction(100, 3)
    first = min("abc", key=lambda one: allocation.lot("run-1", one))
    assert result.awards == tuple(34 if one == first else 33 for one in "abc")


def test_a_floor_is_paid_before_the_others_share():
    result = allocate(pool=100, claims=thirds(floor_of_last=50), salt="run-1")
    assert (result.awards, result.ratio) == ((25, 25, 50), 25)


def test_a_pool_that_covers_every_cap_keeps_the_rest():
    claims = [Share("a", 4, 10), Share("b", 1, 20, 20), Share("none", 0, 99, 3)]
    result = allocate(pool=50, claims=claims, salt="x")
    assert (result.awards, result.unspent) == ((10, 20, 3), 17)
    assert result.ratio == Fraction(5, 2), "b is on its cap at any level"


def test_floors_beyond_the_pool_are_refused_with_their_sum():
    with pytest.raises(FloorsExceedPool) as refusal:
        allocate(pool=99, claims=[Share("a", 1, 60, 60), Share("b", 1, 60, 40)], salt="x")
    assert refusal.value.bound == 100


def test_claims_below_the_minimum_drop_out_from_the_smallest():
    # Of 1, 2, 7 of 10 shares of 100: 1 gets 10 and drops; then 2 of 9 is 22, which is enough.
    claims = [Share("two", 2, 1000), Share("one", 1, 1000), Share("seven", 7, 1000)]
    result = allocate(pool=100, claims=claims, salt="x", minimum=20)
    assert result.awards == (22, 0, 78)
    assert result.ratio == Fraction(100, 9)


def test_when_all_drop_out_nothing_is_spent():
    result = allocate(pool=10, claims=thirds(), salt="x", minimum=11)
    assert (result.awards, result.unspent, result.ratio) == ((0, 0, 0), 10, 0)


@pytest.mark.parametrize(
    ("claims", "field"),
    [
        ([], "claims"),
        ([Share("a", 1, 1), Share("a", 1, 1)], r"claims\[1\].id"),
        ([Share("a", 1, 4, 5)], r"claims\[0\].cap"),
        ([Share("b", 1, 1), Share("a", -1, 1)], r"claims\[1\].weight"),
    ],
)
def test_claims_that_make_no_sense_are_refused_by_their_place(claims, field):
    with pytest.raises(NotAllocatable, match=f"^{field}: "):
        allocate(pool=10, claims=claims, salt="x")


@given(SHARES, st.integers(0, 20_000))
def test_awards_stay_within_floor_and_cap_and_add_up(shares, pool):
    floors = sum(one.floor for one in shares)
    if floors > pool:
        with pytest.raises(FloorsExceedPool):
            allocate(pool=pool, claims=shares, salt="s")
        return
    result = allocate(pool=pool, claims=shares, salt="s")
    assert sum(result.awards) + result.unspent == pool
    assert all(
        one.floor <= award <= (one.cap if one.weight else one.floor)
        for one, award in zip(shares, result.awards, strict=True)
    )
    takes = sum(one.cap if one.weight else one.floor for one in shares)
    assert result.unspent == max(0, pool - takes)


@given(SHARES, st.integers(800, 20_000), st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_order_of_the_claims_changes_nothing(shares, pool, chance: random.Random):
    shuffled = chance.sample(shares, len(shares))
    here, there = (allocate(pool=pool, claims=c, salt="s", minimum=5) for c in (shares, shuffled))
    assert dict(zip((s.id for s in shares), here.awards, strict=True)) == dict(
        zip((s.id for s in shuffled), there.awards, strict=True)
    )
    assert here.ratio == there.ratio


@given(SHARES, st.integers(800, 20_000), st.integers(1, 100))
@settings(max_examples=50)
def test_with_a_minimum_everybody_gets_it_or_nothing(shares, pool, minimum):
    result = allocate(pool=pool, claims=shares, salt="s", minimum=minimum)
    assert all(award == 0 or award >= minimum for award in result.awards)
