"""The account of a loan: every movement with where its money went."""

from datetime import date
from fractions import Fraction

from loans.formats.agreed import read_agreed
from loans.rules.replay.account import account
from loans.rules.schedule.changes import RateChange
from tests.loans.rules.agreed import TERMS, event

DRAWN = event("drawdown", "2024-01-01", "1000", identity="drawn")


def lines(*events, **terms):
    """Write each movement as type, principal, interest, charges, overpaid and balance."""
    found = account(read_agreed({**TERMS, **terms}), [DRAWN, *events]).movements
    return [
        (
            one.event.type,
            *(float(x) for x in (one.principal, one.interest, one.charges, one.overpaid)),
            float(one.balance),
        )
        for one in found
    ]


def test_a_drawdown_adds_principal_and_a_payment_is_split():
    assert lines(event("repayment", "2024-02-01", "340.02")) == [
        ("drawdown", 1000, 0, 0, 0, 1000),
        ("repayment", 330.02, 10, 0, 0, 669.98),
    ]


def test_what_a_later_charge_takes_from_overpaid_money_stands_with_the_payment():
    """1,100.00 on 1 January repay 1,000.00; 5.00 of the 100.00 overpaid pay the fee of March."""
    paid = event("repayment", "2024-01-01", "1100")
    assert lines(paid, event("charge", "2024-03-01", "5")) == [
        ("drawdown", 1000, 0, 0, 0, 1000),
        ("repayment", 1000, 0, 5, 95, 0),
        ("charge", 0, 0, 5, 0, 0),
    ]


def test_a_change_of_terms_moves_no_money():
    on = date(2024, 1, 15)
    changed = event("rate_change", "2024-01-15", change=RateChange(on, Fraction("0.1")))
    assert lines(changed)[-1] == ("rate_change", 0, 0, 0, 0, 1000)


def test_a_reversed_payment_stands_there_with_nothing_in_it():
    paid = event("repayment", "2024-02-01", "340.02", identity="paid")
    found = account(
        read_agreed(TERMS), [DRAWN, paid, event("reversal", "2024-02-03", target="paid")]
    ).movements
    assert [(one.event.type, one.is_reversed, one.principal) for one in found] == [
        ("drawdown", False, 1000),
        ("repayment", True, 0),
    ]


def test_a_reversed_payment_stands_on_its_day_between_the_others():
    wrong = event("repayment", "2024-02-01", "25", identity="wrong")
    undone = event("reversal", "2024-04-01", target="wrong")
    later = event("repayment", "2024-03-01", "340.02")
    found = account(read_agreed(TERMS), [DRAWN, later, wrong, undone]).movements
    assert [(one.on.month, one.is_reversed, one.balance) for one in found][:2] == [
        (1, False, 1000),
        (2, True, 1000),
    ]
    assert (found[2].on.month, found[2].is_reversed) == (3, False)


def test_movements_are_in_order_of_effect():
    late = event("repayment", "2024-03-01", "100")
    early = event("repayment", "2024-02-01", "340.02")
    found = account(read_agreed(TERMS), [DRAWN, late, early]).movements
    assert [one.on.month for one in found] == [1, 2, 3]


def test_a_loan_that_is_not_drawn_has_no_account():
    assert account(read_agreed(TERMS), []).movements == []
