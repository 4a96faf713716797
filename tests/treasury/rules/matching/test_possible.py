"""What is possible: what a person is offered for a line, and in which order."""

import pytest

from tests.treasury.rules.matching.boards import RULES, line, payment
from together.treasury.rules.matching.board import Board
from together.treasury.rules.matching.certain import certain
from together.treasury.rules.matching.possible import possible

NEXT = "R-0001-00000018"


def offers(lines, expected):
    board = Board(lines, expected, RULES)
    certain(board)
    return [(one.rule, one.parts[0].target) for one in possible(board)]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"account": "A00000009"}, "claimed"),
        ({"reference": "SAL-2025-7"}, "counterparty"),
        ({"reference": NEXT, "account": ""}, "slip"),
        ({"amount": -399}, "other amount"),
        ({"reference": "SAL-2025-7", "account": ""}, "amount"),
    ],
)
def test_each_doubt_is_offered_under_its_name(changes, rule):
    expected = payment(400)
    assert offers([line(**{"amount": -400} | changes)], [expected]) == [(rule, expected.id)]


def test_what_a_line_names_beside_others_is_offered():
    first, second = payment(400), payment(300, NEXT, "A00000002")
    several = line(-999, "MULTI", "", details=f"{first.reference} {NEXT}")
    assert offers([several], [first, second]) == [("named", first.id), ("named", second.id)]


def test_interest_of_the_amount_of_a_payment_is_not_offered_as_it():
    assert offers([line(-400, "INTEREST", "", type="other")], [payment(400)]) == []


def test_three_are_offered_at_most():
    many = [payment(400, f"R-0001-0000002{n}", f"A0000002{n}") for n in range(8)]
    assert len(offers([line(-400, "R-0001-00000029", "")], many)) == 3
