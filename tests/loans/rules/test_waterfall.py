"""The waterfall: order, direction, surplus, and no more principal than is outstanding."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from loans.rules.terms import COMPONENTS, SURPLUSES, TIMINGS, Allocation
from loans.rules.waterfall import Open, Way, split

CENT = Fraction(1, 100)


def way(surplus: str = "next_instalment", is_vertical: bool = False) -> Way:
    return Way(Allocation(surplus=surplus), is_vertical, CENT, "half_even")


def late(row: int, interest: int, principal: int) -> Open:
    return Open(
        row,
        {
            ("past_due", "interest"): Fraction(interest),
            ("past_due", "principal"): Fraction(principal),
        },
    )


def shown(shares) -> list[tuple]:
    return [(share.row, share.component, int(share.amount)) for share in shares]


def test_horizontal_settles_the_oldest_instalment_before_the_next():
    shares, rest = split(Fraction(25), [late(0, 5, 10), late(1, 5, 10)], way(), Fraction(20))
    assert shown(shares) == [
        (0, "interest", 5),
        (0, "principal", 10),
        (1, "interest", 5),
        (1, "principal", 5),
    ]
    assert rest == 0


def test_vertical_settles_a_component_of_all_before_the_next():
    shares, rest = split(
        Fraction(25), [late(0, 5, 10), late(1, 5, 10)], way(is_vertical=True), Fraction(20)
    )
    assert shown(shares) == [
        (0, "interest", 5),
        (1, "interest", 5),
        (0, "principal", 10),
        (1, "principal", 5),
    ]
    assert rest == 0


def test_no_more_principal_is_settled_than_is_outstanding():
    ahead = [Open(n, {("in_advance", "principal"): Fraction(10)}) for n in range(3)]
    shares, rest = split(Fraction(30), ahead, way(), Fraction(15))
    assert shown(shares) == [(0, "principal", 10), (1, "principal", 5)]
    assert rest == 15


def test_a_spread_gives_the_odd_cent_to_the_latest():
    ahead = [Open(n, {("in_advance", "principal"): Fraction(50)}) for n in range(3)]
    shares, _ = split(Fraction(100), ahead, way("spread"), Fraction(150))
    assert [share.amount * 100 for share in shares] == [3333, 3333, 3334]


buckets = st.dictionaries(
    st.tuples(st.sampled_from(TIMINGS), st.sampled_from(COMPONENTS)),
    st.integers(1, 10_000).map(lambda cents: Fraction(cents, 100)),
    max_size=5,
)


@given(
    amounts=st.lists(buckets, max_size=5),
    cents=st.integers(0, 100_000),
    surplus=st.sampled_from(SURPLUSES),
    is_vertical=st.booleans(),
    left=st.integers(0, 50_000),
)
def test_shares_and_rest_add_up_and_nothing_is_settled_twice(
    amounts, cents, surplus, is_vertical, left
):
    opened = [Open(n, dict(one)) for n, one in enumerate(amounts)]
    paid, most = Fraction(cents, 100), Fraction(left, 100)
    shares, rest = split(paid, opened, way(surplus, is_vertical), most)
    assert sum(share.amount for share in shares) + rest == paid
    assert rest >= 0
    assert all(amount >= 0 for one in opened for amount in one.amounts.values())
    assert sum(share.amount for share in shares if share.component == "principal") <= most
    owed = sum(sum(one.values()) for one in amounts)
    if rest:
        principal = sum(a for one in amounts for (_, c), a in one.items() if c == "principal")
        assert paid - rest == owed - max(principal - most, 0)


def test_the_last_instalment_comes_first_if_that_is_agreed():
    ahead = [Open(n, {("in_advance", "principal"): Fraction(10)}) for n in range(3)]
    shares, _ = split(Fraction(15), ahead, way("last_instalment"), Fraction(30))
    assert shown(shares) == [(2, "principal", 10), (1, "principal", 5)]
