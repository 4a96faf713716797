"""Waves: the cut loses and doubles nothing, keeps its bounds, and the canary is like the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from together.treasury.rules.waves import WavePolicy, name_of, plan

POLICY = WavePolicy(100, (10, 100, 1000))
PROMISED = 300_000_000_000_000  # 300m USDC
AMOUNTS = st.lists(st.integers(1, 500_000_000_000), min_size=2, max_size=400)

pytestmark = pytest.mark.fast


def payments(amounts):
    return [(f"R-0001-{n:08d}", amount) for n, amount in enumerate(amounts)]


@given(AMOUNTS, st.integers(1_000_000, PROMISED))
def test_every_payment_is_in_one_wave_within_its_bounds(amounts, promised):
    rows = payments(amounts)
    waves = plan(rows, promised=promised, policy=POLICY)
    if not waves:
        assert min(amounts) > promised // 1000
        return
    assert sorted(n for found in waves.values() for n in found) == list(range(len(rows)))
    assert len(waves[1]) <= 100
    for number, found in waves.items():
        most = POLICY.most(number, promised)
        assert most is None or sum(rows[n][1] for n in found) <= most


@given(AMOUNTS, st.randoms())
def test_the_cut_does_not_hang_on_the_order_in_which_payments_come(amounts, chance):
    rows = payments(amounts)
    mixed = chance.sample(rows, len(rows))

    def named(given):
        found = plan(given, promised=PROMISED, policy=POLICY)
        return {number: {given[n][0] for n in wave} for number, wave in found.items()}

    assert named(rows) == named(mixed)


def test_the_canary_holds_small_usual_and_large_payments():
    amounts = [4_000_000 + n * 12_000 for n in range(470_000)]  # 4 to 5,644 USDC
    rows = payments(amounts)
    waves = plan(rows, promised=PROMISED, policy=POLICY)
    canary = sorted(rows[n][1] for n in waves[1])
    assert len(canary) == 100
    for part in range(100):
        low, high = amounts[part * 4700], amounts[part * 4700 + 4699]
        assert low <= canary[part] <= high, "one of each hundredth by amount"
    assert sum(canary) * 1000 <= PROMISED
    places = sorted(waves[1])
    assert places[10] < len(rows) // 4 < 3 * len(rows) // 4 < places[-10], "from all over"
    shares = [sum(rows[n][1] for n in waves[number]) * 10_000 // PROMISED for number in (2, 3)]
    assert shares == [99, 999], "1 % and 10 % of the pool, filled up to a payment"


def test_a_canary_that_would_be_too_much_has_fewer_payees():
    rows = payments([100_000_000_000] * 50)  # 100,000 each; the canary may hold 300,000
    assert len(plan(rows, promised=PROMISED, policy=POLICY)[1]) == 3


def test_a_single_payment_is_one_wave_and_several_large_ones_have_no_canary():
    assert plan(payments([PROMISED]), promised=PROMISED, policy=POLICY) == {1: [0]}
    assert plan(payments([PROMISED // 3] * 2), promised=PROMISED, policy=POLICY) == {}


def test_waves_have_names():
    shares = POLICY.shares
    names = [name_of(n, is_only=False, shares=shares) for n in (1, 2, 3, 4)]
    assert names == ["canary", "1 %", "10 %", "the rest"]
    assert name_of(1, is_only=True, shares=shares) == "whole"
