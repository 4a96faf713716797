"""The scorecard: points, grades, and what is not evidenced is never approved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.rules.faults import Fault
from loans.rules.scorecard import FACTORS, assess


def stated(value: str, evidenced: bool = True) -> dict:
    return {"value": value, "evidenced": evidenced}


GOOD = {
    "equity_ratio": stated("0.45"),
    "interest_cover": stated("5"),
    "cash_runway_months": stated("14"),
    "exchange_exposure_ratio": stated("0.08"),
}


def test_a_sound_applicant_scores_100():
    found = assess(GOOD)
    assert (found.score, found.grade, found.recommendation) == (100, "A", "approve")
    assert [one.points for one in found.contributions] == [30, 25, 20, 25]


def test_the_score_is_the_sum_of_its_contributions():
    found = assess({**GOOD, "interest_cover": stated("2.5"), "equity_ratio": stated("0.11")})
    assert found.score == sum(one.points for one in found.contributions) == 10 + 15 + 20 + 25


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_figure_that_is_not_evidenced_is_referred(name):
    figures = {**GOOD, name: {**GOOD[name], "evidenced": False}}
    found = assess(figures)
    assert (found.score, found.recommendation) == (100, "refer")
    assert any("not evidenced" in reason for reason in found.reasons)


def test_a_missing_exchange_exposure_is_referred():
    figures = {name: stated for name, stated in GOOD.items() if name != "exchange_exposure_ratio"}
    found = assess(figures)
    assert (found.score, found.recommendation) == (75, "refer")


def test_a_weak_applicant_is_declined_whatever_is_evidenced():
    weak = {
        "equity_ratio": stated("0.01"),
        "interest_cover": stated("0.5"),
        "cash_runway_months": stated("1"),
        "exchange_exposure_ratio": stated("0.9"),
    }
    assert (assess(weak).score, assess(weak).recommendation) == (0, "decline")


@given(
    value=st.decimals(0, 20, places=3, allow_nan=False),
    better=st.decimals(0, 20, places=3, allow_nan=False),
    factor=st.sampled_from(FACTORS),
)
def test_a_better_figure_never_scores_less(value, better, factor):
    low, high = sorted((value, better), reverse=factor.lower_is_better)
    assert factor.points(high) >= factor.points(low)


@pytest.mark.parametrize(
    ("figures", "field"),
    [
        ({"charm": stated("1")}, "figures.charm"),
        ({"equity_ratio": "0.4"}, "figures.equity_ratio"),
        ({"equity_ratio": {"value": 0.4}}, "figures.equity_ratio.value"),
        ({"equity_ratio": {"value": "NaN"}}, "figures.equity_ratio.value"),
        ({"equity_ratio": {"value": "1", "evidenced": 1}}, "figures.equity_ratio.evidenced"),
    ],
)
def test_figures_that_are_none_are_refused_by_field(figures, field):
    with pytest.raises(Fault) as refused:
        assess(figures)
    assert refused.value.field == field
