"""What a version of a term sheet changes against the one before, and what that is worth."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.rules.exact import Fraction
from loans.rules.faults import Fault
from loans.rules.offers import Change, Plan, changes, worth

pytestmark = pytest.mark.fast
CENT = Fraction("0.01")
START = date(2025, 10, 14)


def plan(*paid: str, amount: str = "1000", on: date = START) -> Plan:
    """Give a plan that is paid back in steps of a year."""
    flows = tuple(
        (on + timedelta(days=365 * n), Fraction(one)) for n, one in enumerate(paid, start=1)
    )
    return Plan(on, Fraction(amount), flows)


def test_a_lower_rate_is_worth_less_at_the_rate_before():
    # Worked out by hand: 1,044 in a year at 10 % is 949.09 today.
    found = worth(plan("1100"), plan("1044"), CENT)
    assert (float(found.rate), float(found.new_rate)) == (0.1, 0.044)
    assert found.paid_back == (Fraction(1000), Fraction("949.09"))
    assert found.gain == Fraction("-50.91")
    assert found.share == Fraction("-0.05091")


def test_more_money_on_the_same_terms_is_worth_the_same():
    found = worth(plan("1100"), plan("2200", amount="2000"), CENT)
    assert found.gain == 0
    assert found.above == (0, 0)


@given(st.integers(1, 400))
def test_an_offer_that_only_comes_later_is_worth_the_same(days):
    later = plan("60", "1060", on=START + timedelta(days=days))
    assert worth(plan("60", "1060"), later, CENT).gain == 0


@given(st.integers(1, 5000))
def test_what_is_paid_on_top_is_a_gain(more):
    assert worth(plan("1100"), plan(str(1100 + more)), CENT).gain > 0


def test_without_a_rate_nothing_is_said():
    with pytest.raises(Fault, match="no effective rate"):
        worth(Plan(START, Fraction(1000), ()), plan("1100"), CENT)


def content(**changed) -> dict:
    """Give a sheet as it is kept."""
    said = {
        "until": "27 Oct 2025",
        "rate": "6 %",
        "drawn": "14 Oct 2025",
        "rows": [["14 Nov 2025", "10.00", "1.00", "11.00", "0.00"]],
        "conditions": [["The agreement is signed", "CN-0001", "open"]],
        "security": "The loan is unsecured.",
        **changed,
    }
    conditions = ["What must be so", "Condition", "On the day of issue"]
    return {
        "pairs": [["Term sheet", "TS-1, version 1"], ["To be accepted by", said["until"]]],
        "sections": [
            {
                "heading": "Terms",
                "paragraphs": [],
                "pairs": [["Rate a year", said["rate"]]],
                "grids": [],
            },
            {
                "heading": f"Schedule, if drawn on {said['drawn']}",
                "paragraphs": ["The days follow."],
                "pairs": [["Instalments", str(len(said["rows"]))]],
                "grids": [{"columns": ["Due"], "rows": said["rows"]}],
            },
            {"heading": "Security", "paragraphs": [said["security"]], "pairs": [], "grids": []},
            {
                "heading": "Conditions precedent",
                "paragraphs": [],
                "pairs": [],
                "grids": [{"columns": conditions, "rows": said["conditions"]}],
            },
        ],
    }


def test_the_same_changes_nothing():
    assert changes(content(), content()) == []


def test_each_term_that_differs_is_told_before_and_after():
    after = content(
        rate="5 %",
        drawn="20 Oct 2025",
        security="The loan is secured.",
        conditions=[
            ["The agreement is signed", "CN-0001", "satisfied"],
            ["A guarantee", "CN-0002", "open"],
        ],
    )
    assert changes(content(), after) == [
        Change("Rate a year", "6 %", "5 %"),
        Change("If drawn on", "14 Oct 2025", "20 Oct 2025"),
        Change("Security", "The loan is unsecured.", "The loan is secured."),
        Change(
            "Condition CN-0001",
            "The agreement is signed, open",
            "The agreement is signed, satisfied",
        ),
        Change("Condition CN-0002", "-", "A guarantee, open"),
    ]


def test_what_is_gone_is_told_as_well():
    (gone,) = changes(content(), content(conditions=[]))
    assert gone == Change("Condition CN-0001", "The agreement is signed, open", "-")


def test_what_a_version_says_of_the_one_before_it_is_no_term():
    second = content()
    second["sections"].insert(
        0,
        {
            "heading": "What changed since version 1",
            "paragraphs": ["Compared"],
            "pairs": [["Difference", "1.00"]],
            "grids": [],
        },
    )
    assert changes(content(), second) == []
