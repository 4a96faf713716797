"""What is certain, rule by rule: what each takes, and what it must leave to a person."""

import pytest

from tests.treasury.rules.matching.boards import RULES, found, line, payment, sole
from together.treasury.rules.matching.shapes import Expected, MatchingRules

REF, NEXT = "R-0001-00000017", "R-0001-00000018"


# --- by reference -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"account": ""},
        {"account": "****0001"},
        {"reference": "r 0001 00000017"},
        {"reference": "TRF/R-0001-00000017"},
        {"reference": "", "details": "PAYOUT R-0001-00000017 THANK YOU"},
        {"reference": "NOTPROVIDED", "details": "INV R-0001-00000017", "account": ""},
        {"after": 40},
    ],
)
def test_reference_and_amount_are_enough_where_nothing_speaks_against(changes):
    assert sole(line(-400, **changes), [payment(400)]) == [(REF, -400)]


@pytest.mark.parametrize(
    "changes",
    [
        {"account": "A00000002"},
        {"account": "****0002"},
        {"amount": -401},
        {"after": -2},
        {"reference": "", "details": f"PAYOUT {REF} {NEXT}"},
    ],
)
def test_what_speaks_against_leaves_it_to_a_person(changes):
    expected = [payment(400), payment(900, NEXT, "A00000002")]
    assert sole(line(**{"amount": -400} | changes), expected) is None


def test_what_was_declined_is_not_taken_again():
    one, expected = line(), payment()
    assert sole(one, [expected], declined=[(one.id, "payment", expected.id)]) is None


def test_a_longer_reference_does_not_name_a_shorter_one():
    again = payment(400, "L-0001-DRAWDOWN-2")
    first = payment(400, "L-0001-DRAWDOWN")
    assert sole(line(reference="REF L-0001-DRAWDOWN-2"), [first, again]) == [
        (again.reference, -400)
    ]


def test_of_two_lines_with_a_payee_the_first_is_taken():
    first, again = line(), line(after=1)
    assert found([again, first], [payment()]) == {first.id: [(REF, -400)]}


def test_of_two_lines_neither_is_taken_if_one_may_be_a_slip_for_another_payment():
    lines = [line(account=""), line(account="")]
    assert found(lines, [payment(), payment(400, NEXT, "A00000002")]) == {}


def test_the_line_that_tells_the_payee_is_taken_before_one_that_does_not():
    unnamed, named = line(account=""), line(after=2)
    expected = [payment(), payment(400, NEXT, "A00000002")]
    assert found([unnamed, named], expected) == {named.id: [(REF, -400)]}


# --- fees ---------------------------------------------------------------------------------------
def test_a_known_fee_is_a_charge_beside_the_payment():
    assert sole(line(-425), [payment(400)]) == [(REF, -400), ("charge", -25)]


def test_an_unknown_fee_is_left():
    assert sole(line(-426), [payment(400)]) is None


def test_a_fee_that_may_be_another_payment_of_the_payee_is_left_to_the_sum_of_both():
    both = [payment(400), payment(25, NEXT)]
    assert sole(line(-425), both) == [(REF, -400), (NEXT, -25)]


def test_a_line_of_the_whole_amount_goes_before_one_with_a_fee():
    with_fee, whole = line(-425), line(-400, after=3)
    assert found([with_fee, whole], [payment(400)]) == {whole.id: [(REF, -400)]}


# --- returns ------------------------------------------------------------------------------------
def test_a_payment_and_its_return_are_found_together():
    paid, back = line(), line(400, after=2)
    assert found([back, paid], [payment()]) == {
        paid.id: [(REF, -400)],
        back.id: [(REF, 400)],
    }


def test_a_return_less_a_fee_is_the_whole_return_and_a_charge():
    paid, back = line(), line(375, after=2)
    assert found([paid, back], [payment()])[back.id] == [(REF, 400), ("charge", -25)]


def test_a_return_without_its_payment_is_left():
    assert sole(line(400), [payment()]) is None


def test_a_payment_that_left_twice_and_came_back_once_did_not_come_back():
    paid, again, back = line(), line(after=1), line(400, after=3)
    assert found([paid, again, back], [payment()]) == {paid.id: [(REF, -400)]}


def test_nor_did_it_on_the_next_look():
    paid, back = payment(), Expected("return", 1, REF, 400, line().booked_on, account="A00000001")
    again, came = line(after=1), line(400, after=3)
    assert found([again, came], [back], explained=[paid]) == {}
    assert found([came], [back], explained=[paid]) == {came.id: [(REF, 400)]}


# --- splits -------------------------------------------------------------------------------------
def test_lines_with_one_reference_that_add_up_are_one_payment():
    first, rest = line(-150), line(-250, f"{REF}/2", after=3)
    assert found([first, rest], [payment(400)]) == {
        first.id: [(REF, -150)],
        rest.id: [(REF, -250)],
    }


@pytest.mark.parametrize(
    "rest", [line(-249), line(-250, after=11), line(-250, account="A00000002"), line(-250, NEXT)]
)
def test_lines_that_do_not_quite_add_up_are_left(rest):
    assert found([line(-150), rest], [payment(400)]) == {}


# --- merges -------------------------------------------------------------------------------------
SEVERAL = [payment(400), payment(300, NEXT, "A00000002"), payment(200, "R-0001-00000030", "A3")]
NAMED = f"PAYOUTS {REF}, {NEXT}; R-0001-00000030"


@pytest.mark.parametrize("name", ["", "VARIOUS", "A00000001"])
def test_a_line_that_names_several_payments_and_is_their_sum_is_all_of_them(name):
    one = line(-900, "MULTI", name, details=NAMED)
    assert sole(one, SEVERAL) == [(REF, -400), (NEXT, -300), ("R-0001-00000030", -200)]


@pytest.mark.parametrize(
    "one",
    [
        line(-899, "MULTI", "", details=NAMED),
        line(-700, "MULTI", "", details=NAMED),
        line(-900, "MULTI", "", details=f"{REF} {NEXT}"),
    ],
)
def test_a_line_that_names_others_than_it_pays_is_left(one):
    assert sole(one, SEVERAL) is None


def test_several_payments_of_one_payee_are_not_those_of_a_line_to_somebody_else():
    theirs = [payment(400), payment(300, NEXT)]
    assert sole(line(-700, "MULTI", "A00000009", details=f"{REF} {NEXT}"), theirs) is None


def test_lines_that_share_some_of_what_they_name_are_left():
    lines = [
        line(-700, "MULTI", "", details=f"{REF} {NEXT}"),
        line(-500, "MULTI", "", details=f"{NEXT} R-0001-00000030"),
    ]
    assert found(lines, SEVERAL) == {}


@pytest.mark.parametrize("reference", ["D-00001-0001", "BATCH D-00001-0001", "d000010001"])
def test_a_line_that_names_a_batch_is_what_is_open_of_it(reference):
    assert len(sole(line(-900, reference, ""), SEVERAL)) == 3


def test_a_batch_less_what_stands_there_by_itself():
    apart, rest = line(), line(-500, "D-00001-0001", "")
    assert found([rest, apart], SEVERAL)[rest.id] == [(NEXT, -300), ("R-0001-00000030", -200)]


# --- slips --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "said",
    ["R-0001-00000O71", "R-0001-0000017", "R-0010-00000017", "TRF/R-0001-000000", "R-0001-000"],
)
def test_amount_and_payee_tell_what_a_damaged_reference_means(said):
    assert sole(line(reference=said), [payment(400), payment(400, NEXT, "A2")]) == [(REF, -400)]


@pytest.mark.parametrize("said", ["RWD-2025-000123", "R-0002-00000099", "7"])
def test_another_reference_is_no_damaged_one(said):
    assert sole(line(reference=said), [payment(400)]) is None


def test_a_slip_that_is_the_reference_of_another_payment_of_the_amount_is_left():
    other = payment(400, NEXT, "A00000002")
    assert sole(line(reference=NEXT), [payment(400), other]) is None
    assert sole(line(reference=NEXT), [payment(400)], explained=[other]) is None


def test_a_slip_that_is_the_reference_of_another_payee_and_amount_is_none_the_less():
    other = payment(900, NEXT, "A00000002")
    assert sole(line(reference=NEXT), [payment(400), other]) == [(REF, -400)]


def test_two_payments_of_one_amount_to_one_payee_are_not_told_apart_by_a_slip():
    assert sole(line(reference="R-0001-00000019"), [payment(400), payment(400, NEXT)]) is None


def test_without_a_payee_a_reference_with_another_digit_may_be_somebody_elses():
    assert sole(line(reference="R-0001-00000019", account=""), [payment(400)]) is None


def test_without_a_payee_a_reference_that_is_none_is_told_by_an_amount_of_its_own():
    broken = line(reference="R-0001-0000017", account="")
    assert sole(broken, [payment(400)]) == [(REF, -400)]
    assert sole(broken, [payment(400), payment(400, NEXT, "A00000002")]) is None


# --- payees -------------------------------------------------------------------------------------
def test_account_and_amount_tell_where_no_reference_is_told():
    assert sole(line(reference="PAYMENT"), [payment(400)]) == [(REF, -400)]


@pytest.mark.parametrize(
    "changes",
    [
        {"reference": "SAL-2025-000017"},
        {"reference": "PAYMENT", "details": "INVOICE 2025-000017"},
        {"reference": "", "account": "****0001"},
        {"reference": "", "account": ""},
        {"reference": "", "account": "", "name": "Anna Kim"},
        {"reference": "", "after": 11},
        {"reference": "", "amount": -425},
    ],
)
def test_less_than_that_is_left(changes):
    assert sole(line(**{"amount": -400} | changes), [payment(400)]) is None


def test_lines_that_both_tell_no_more_than_payee_and_amount_are_left():
    assert found([line(reference=""), line(reference="")], [payment(400)]) == {}


@pytest.mark.parametrize("reference", ["", "TOGETHER", REF])
def test_all_payments_of_a_payee_may_be_one_line(reference):
    theirs = [payment(400), payment(310, NEXT)]
    assert sole(line(-710, reference), theirs) == [(REF, -400), (NEXT, -310)]


def test_some_payments_of_a_payee_may_not():
    theirs = [payment(400), payment(310, NEXT), payment(55, "R-0001-00000019")]
    assert sole(line(-710, ""), theirs) is None


# --- charges ------------------------------------------------------------------------------------
def test_charges_are_booked_up_to_what_the_account_allows():
    charged = line(-30, "ACCOUNT FEE", "", type="fee")
    assert sole(charged, []) is None
    assert sole(charged, [], rules=MatchingRules(charges_up_to=29)) is None
    assert sole(charged, [], rules=MatchingRules(charges_up_to=30)) == [("charge", -30)]


def test_rules_of_the_tests_book_no_charges():
    assert RULES.charges_up_to == 0
