"""Expected losses: the secured part loses less, and no rounding happens twice."""

from hypothesis import given
from hypothesis import strategies as st

from loans.rules.credit.losses import LossRates, expected_loss
from loans.rules.exact import Fraction

RATES = LossRates(Fraction("0.45"), Fraction("0.10"))


def loss(exposure: int, lendable: int, probability: str = "0.01"):
    return expected_loss("B", Fraction(probability), exposure, lendable, RATES)


def test_an_unsecured_loan_loses_the_unsecured_rate():
    assert loss(100_000_000, 0).cents == 450_000
    assert loss(100_000_000, 0).document["lgd"] == "0.450000"


def test_what_is_worth_more_than_the_loan_secures_no_more_than_it():
    assert loss(100_000_000, 500_000_000).cents == loss(100_000_000, 100_000_000).cents == 100_000


def test_half_a_cent_goes_to_the_even_one():
    # 0.01 x 0.45 x 10,000 cents = 45 cents; of 11,111 cents 49.9995.
    assert [loss(one, 0).cents for one in (10_000, 11_111, 10_111)] == [45, 50, 45]


@given(
    exposure=st.integers(0, 10**14), lendable=st.integers(0, 10**14), more=st.integers(0, 10**12)
)
def test_more_collateral_never_loses_more_and_a_loss_is_never_more_than_the_loan(
    exposure, lendable, more
):
    before, after = loss(exposure, lendable), loss(exposure, lendable + more)
    assert 0 <= after.cents <= before.cents <= exposure
