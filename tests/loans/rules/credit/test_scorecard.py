"""The scorecard: points, grades, and what is not evidenced is never approved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.formats.credit_policy import read_policy
from loans.rules.credit.figures import Figure
from loans.rules.credit.scorecard import assess
from loans.rules.credit.start import START
from loans.rules.exact import Fraction

CARD = read_policy(START).scorecard
DECISIVE = "exchange_exposure_ratio"


def figure(value: str, why: str = "") -> Figure:
    return Figure(Fraction(value), why)


GOOD = {
    "equity_ratio": figure("0.45"),
    "interest_cover": figure("5"),
    "cash_runway_months": figure("14"),
    DECISIVE: figure("0.08"),
}


def assessed(**changed):
    return assess({**GOOD, **changed}, CARD, "CP-0001")


def test_a_sound_applicant_scores_100():
    found = assessed()
    assert (found.score, found.most, found.grade.name) == (100, 100, "A")
    assert found.recommendation == "approve"
    assert [one.points for one in found.contributions] == [30, 25, 20, 25]


def test_the_score_is_the_sum_of_its_contributions():
    found = assessed(interest_cover=figure("2.5"), equity_ratio=figure("0.11"))
    assert found.score == sum(one.points for one in found.contributions) == 10 + 15 + 20 + 25


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_figure_that_is_not_evidenced_is_referred(name):
    found = assessed(**{name: Figure(GOOD[name].value, "no document shows it")})
    assert (found.score, found.recommendation) == (100, "refer")
    assert any("not evidenced (no document shows it)" in reason for reason in found.reasons)


def test_a_missing_exchange_exposure_is_referred_however_good_the_rest_is():
    figures = {name: known for name, known in GOOD.items() if name != DECISIVE}
    found = assess(figures, CARD, "CP-0001")
    assert (found.score, found.recommendation) == (75, "refer")


def test_another_figure_may_be_missing_where_the_score_is_enough_without_it():
    found = assessed(interest_cover=Figure(None, "no income yet"))
    assert (found.score, found.recommendation) == (75, "approve")


def test_the_cover_of_no_interest_earns_the_best_step():
    found = assessed(interest_cover=Figure(None, is_unbounded=True))
    assert (found.score, found.recommendation) == (100, "approve")


def test_what_is_unbounded_is_never_good_where_lower_is_better():
    found = assessed(**{DECISIVE: Figure(None, is_unbounded=True)})
    assert found.score == 75


def test_a_weak_applicant_is_declined_whatever_is_evidenced():
    weak = {
        "equity_ratio": figure("0.01"),
        "interest_cover": figure("0.5"),
        "cash_runway_months": figure("1"),
        DECISIVE: figure("0.9"),
    }
    found = assessed(**weak)
    assert (found.score, found.grade.name, found.recommendation) == (0, "E", "decline")


def test_what_is_not_known_yet_is_referred_and_never_declined():
    found = assess({}, CARD, "CP-0001")
    assert (found.score, found.recommendation) == (0, "refer")
    # 25 of the exposure may still come: 8 and 25 are below 35, 10 and 25 are not.
    bad = {"interest_cover": figure("1.2"), "cash_runway_months": figure("1")}
    assert assess({**bad, "equity_ratio": figure("0")}, CARD, "x").recommendation == "decline"
    assert assess({**bad, "equity_ratio": figure("0.1")}, CARD, "x").recommendation == "refer"


@given(
    value=st.decimals(0, 20, places=3, allow_nan=False),
    better=st.decimals(0, 20, places=3, allow_nan=False),
    factor=st.sampled_from(CARD.factors),
)
def test_a_better_figure_never_scores_less(value, better, factor):
    low, high = sorted((value, better), reverse=factor.lower_is_better)
    points = [factor.points(figure(str(one))) for one in (low, high)]
    assert points == sorted(points)


@given(score=st.integers(0, 100))
def test_every_score_has_the_best_grade_that_it_earns(score):
    grade = CARD.grade(score)
    assert grade.least <= score
    assert all(one.least > score or one.least <= grade.least for one in CARD.grades)
