"""The level, shares and cut by columns are those of the rule, one by one."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_claims.rules import allocation, allocation_columns
from retail_claims.rules.allocation import Claim
from retail_claims.rules.allocation_columns import Claims
from tests.retail_claims.rules.test_allocation import CLAIMS, filled

# Weights in atoms of a very large loss leave 64 bits.
HUGE = st.lists(
    st.tuples(st.integers(1, 10**22), st.integers(0, 500), st.integers(0, 10**6)).map(
        lambda t: Claim(t[0], t[1], t[1] + t[2])
    ),
    min_size=1,
    max_size=30,
)
# Many claims on the same edges.
CROWDED = st.lists(
    st.sampled_from([Claim(400, 400, 400), Claim(1, 0, 7), Claim(2, 0, 14), Claim(3, 3, 3)]),
    min_size=1,
    max_size=60,
)


def columns(claims):
    kind = np.int64 if max(map(max, claims)) < 2**62 else object
    return Claims(*(np.array(one, dtype=kind) for one in zip(*claims, strict=True)))


@given(claims=st.one_of(CLAIMS, HUGE, CROWDED), where=st.fractions(0, 1, max_denominator=10**6))
def test_columns_find_the_level_that_the_rule_finds(claims, where):
    low = sum(claim.low for claim in claims)
    high = sum(claim.high for claim in claims)
    amount = low + int((high - low) * where)
    if amount == high:
        return
    level = allocation_columns.find_level(columns(claims), amount)
    assert filled(claims, level) == amount
    assert level == allocation.find_level(Counter(claims), amount)


@given(claims=st.one_of(CLAIMS, HUGE), level=st.fractions(0, 10**6, max_denominator=10**9))
def test_columns_give_each_claim_the_share_that_the_rule_gives(claims, level):
    parts = allocation_columns.shares(columns(claims), level)
    expected = [allocation.share(claim, level) for claim in claims]
    assert parts.whole.tolist() == [part.whole for part in expected]
    assert parts.rest.tolist() == [part.rest for part in expected]


@given(rests=st.lists(st.integers(0, 5), min_size=1, max_size=40), data=st.data())
def test_columns_cut_where_the_rule_cuts(rests, data):
    left = data.draw(st.integers(0, sum(1 for rest in rests if rest)))
    parts = allocation_columns.Parts(np.zeros(len(rests), dtype=np.int64), np.array(rests))
    counted = Counter(rest for rest in rests if rest)
    assert allocation_columns.find_cut(parts, left) == allocation.find_cut(counted, left)


def test_a_sum_beyond_64_bits_is_a_sum():
    assert allocation_columns.total(np.full(5, 2**62)) == 5 * 2**62
    assert allocation_columns.total(np.array([-1, -(2**40), 3])) == 2 - 2**40
    assert allocation_columns.total(np.array([10**30, 1], dtype=object)) == 10**30 + 1


def test_a_level_beyond_the_caps_is_refused_as_the_rule_refuses_it():
    with pytest.raises(ValueError, match="caps do not reach 21"):
        allocation_columns.find_level(columns([Claim(1, 0, 10), Claim(1, 0, 10)]), 21)


def test_ten_thousand_equal_claims_on_the_cap_do_not_hide_the_one_that_moves():
    claims = [Claim(10, 0, 20)] * 10_000 + [Claim(1, 0, 100)]
    assert allocation_columns.find_level(columns(claims), 200_030) == Fraction(30)
