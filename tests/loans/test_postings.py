"""Postings of the loans: every step of a loan's books balances, losses and recoveries too."""

from datetime import date

from loans.postings import Bringing, accrual, accrued, brought
from loans.rules.target import Target, target
from tests.loans.rules.agreed import event, life

FIRST = event("repayment", "2024-02-01", "340.02")
LOST = event("write_off", "2024-03-01")
BACK = event("recovery", "2024-09-01", "675")


def stepped(before, after, on):
    """Give what moves on which account from one life to the next, in minor units."""
    day = date.fromisoformat(on)
    was = target(before, day, 2) if before else Target()
    step = Bringing("loan:L-1:event:2", "LOAN_EVENT", day, "L-1", "loans", "USD")
    posting = brought(step, was, target(after, day, 2))
    moved = {one.code: one.amount for one in posting.movements}
    assert sum(moved.values()) == 0
    return moved


def test_a_write_off_takes_principal_and_accrued_interest_off_and_frees_no_money():
    """669.98 of principal and 6.70 earned since 1 February are given up on 1 March."""
    assert stepped(life(FIRST), life(FIRST, LOST), "2024-03-01") == {
        "loan.principal": -66998,
        "fund.lent": 66998,
        "expense.impairment": 66998,
        "fund.impaired": -66998,
        "loan.interest": -670,
        "income.interest": 670,
    }


def test_a_recovery_gives_the_pool_its_money_back_and_shows_the_rest_as_income():
    assert stepped(life(FIRST, LOST), life(FIRST, LOST, BACK), "2024-09-01") == {
        "fund.available": -66998,
        "expense.impairment": -66998,
        "fund.impaired": 66998,
        "income.interest": -502,
        "receipts.unallocated": 67500,
    }


def test_a_waiver_lowers_income_and_moves_no_money():
    spared = life(event("accrual_waiver", "2024-02-01", "4"))
    assert stepped(life(), spared, "2024-02-01") == {
        "loan.interest": -400,
        "income.interest": 400,
    }


def test_a_prepayment_comes_back_to_what_is_available():
    prepaid = life(event("repayment", "2024-02-01", "540.02"), prepayment="lower")
    assert stepped(life(prepayment="lower"), prepaid, "2024-02-01") == {
        "loan.principal": -53002,
        "fund.lent": 53002,
        "fund.available": -53002,
        "loan.interest": -1000,
        "receipts.unallocated": 54002,
    }


def test_a_day_of_interest_moves_interest_and_income_and_nothing_else():
    step = Bringing("loan:L-1:closed:x", "LOAN_INTEREST", date(2024, 2, 1), "L-1", "loans", "USD")
    for amount in (33, -33):
        moved = {one.code: one.amount for one in accrued(step, amount).movements}
        assert moved == {"loan.interest": amount, "income.interest": -amount}
    assert accrued(step, 0) is None


def test_the_lines_of_many_loans_are_those_of_one():
    step = Bringing("k", "LOAN_INTEREST", date(2024, 1, 2), "L-1", "loans", "USD")
    whose = {"loan": step.loan, "pool": step.pool}
    for interest in (1, 670, -3):
        entry = accrued(step, interest)
        assert entry is not None
        assert [(one.code, one.subject, one.amount) for one in entry.movements] == [
            (leg.code, whose[leg.subject], leg.amount * interest) for leg in accrual()
        ]


def test_a_credit_of_the_lender_brings_no_money_in():
    """10.00 of interest and 330.02 of principal are credited: income falls, the pool loses."""
    credited = life(event("goodwill_credit", "2024-02-01", "340.02"))
    assert stepped(life(), credited, "2024-02-01") == {
        "loan.principal": -33002,
        "fund.lent": 33002,
        "expense.impairment": 33002,
        "fund.impaired": -33002,
        "loan.interest": -1000,
        "income.interest": 1000,
    }


def test_a_credit_beyond_what_is_owed_comes_out_of_the_pool():
    credited = life(event("goodwill_credit", "2024-02-01", "1015"))
    moved = stepped(life(), credited, "2024-02-01")
    assert moved["fund.available"] == 500
    # All of the principal, and 5.00 beyond: the pool is poorer by both.
    assert moved["expense.impairment"] == 100500 == -moved["fund.impaired"]
    assert stepped(life(), credited, "2024-02-01")["loan.overpaid"] == -500


def test_a_refund_leaves_what_was_overpaid_unallocated_again():
    paid = event("repayment", "2024-02-01", "1020")
    refunded = event("refund", "2024-02-05", "10")
    assert stepped(life(paid), life(paid, refunded), "2024-02-05") == {
        "loan.overpaid": 1000,
        "receipts.unallocated": -1000,
    }


def test_a_payment_charged_back_is_due_again_and_no_income_twice():
    paid = event("repayment", "2024-02-01", "340.02", identity="paid")
    back = event("chargeback", "2024-02-10", "340.02", target="paid")
    order = {"waterfall": {"chargeback": ["interest", "principal"]}}
    assert stepped(life(paid, **order), life(paid, back, **order), "2024-02-10") == {
        "loan.principal": 33002,
        "fund.lent": -33002,
        "fund.available": 33002,
        "loan.interest": 1000,
        "receipts.unallocated": -34002,
    }
