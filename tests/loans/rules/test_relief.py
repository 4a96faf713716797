"""Relief: what is given up lowers income, what is recovered comes back, prepayment changes plans."""

from datetime import date
from fractions import Fraction

import pytest

from loans.formats.agreed import read_agreed
from loans.rules.faults import Fault
from loans.rules.replay.fold import states_at
from loans.rules.target import target
from tests.loans.rules.agreed import TERMS, event, life, outstanding, rows

FIRST = "2024-02-01"


def books(found, on):
    return target(found, date.fromisoformat(on), 2)


def test_waived_interest_lowers_what_is_due_and_what_was_earned():
    """10.00 of interest are due on 1 February; 4.00 waived, so 336.02 pay the instalment."""
    spared = life(
        event("accrual_waiver", FIRST, "4"),
        event("repayment", FIRST, "336.02"),
    )
    assert outstanding(spared, FIRST)[0] == "0.00"
    assert spared.principal_outstanding == Fraction("669.98")
    found = books(spared, FIRST)
    assert (found.earned, found.interest, found.received) == (600, 0, 33602)


def test_interest_is_waived_up_to_what_is_earned_that_day():
    """On 16 January 15/31 of 10.00 are earned: 4.84 may be given up, 4.85 not."""
    assert books(life(event("accrual_waiver", "2024-01-16")), "2024-01-16").interest == 0
    with pytest.raises(Fault, match="is open to be waived"):
        life(event("accrual_waiver", "2024-01-16", "4.85"))


def test_a_waived_charge_is_no_income_and_nothing_to_pay():
    charged = [
        event("charge", "2024-01-20", "25", is_penalty=True),
        event("charge_waiver", "2024-01-21"),
    ]
    found = books(life(*charged), "2024-01-21")
    assert (found.charged, found.charges, found.received) == (0, 0, 0)
    assert outstanding(life(*charged), "2024-01-21")[0] == "340.02"


def test_nothing_can_be_waived_that_is_not_open():
    with pytest.raises(Fault, match="only 0 is open"):
        life(event("charge_waiver", "2024-01-21"))


def test_a_reversed_waiver_never_was():
    waived = event("accrual_waiver", FIRST, "4", identity="w")
    undone = life(waived, event("reversal", FIRST, target="w"))
    assert books(undone, FIRST) == books(life(), FIRST)


def test_what_is_written_off_leaves_the_books_and_what_is_recovered_comes_back():
    """
    340.02 paid on 1 February; 669.98 lent are given up on 1 March, with 6.70 of interest.

    675.00 recovered are 669.98 of principal, then 5.02 of interest: the cost comes first.
    """
    lost = [event("repayment", FIRST, "340.02"), event("write_off", "2024-03-01")]
    given_up = books(life(*lost), "2024-03-01")
    assert (given_up.principal, given_up.interest, given_up.drawn) == (0, 0, 33002)
    assert (given_up.earned, given_up.received) == (1000, 34002)
    recovered = life(*lost, event("recovery", "2024-09-01", "675"))
    parts = recovered.transactions[-1].parts
    assert (parts["principal"], parts["interest"]) == (Fraction("669.98"), Fraction("5.02"))
    found = books(recovered, "2024-09-01")
    assert (found.drawn, found.earned, found.received) == (100000, 1502, 101502)
    assert (found.principal, found.interest, found.overpaid) == (0, 0, 0)


def test_nothing_is_recovered_from_a_loan_that_was_not_written_off():
    with pytest.raises(Fault, match="never written off"):
        life(event("recovery", FIRST, "1"))


def test_a_prepayment_lowers_the_payments_that_are_left():
    """
    540.02 pay 340.02 and leave 669.98 - 200.00 = 469.98 for two payments.

    469.98 / (1/1.01 + 1/1.01^2) = 469.98 / 1.970395... = 238.52.
    """
    prepaid = life(event("repayment", FIRST, "540.02"), prepayment="lower")
    assert rows(prepaid, FIRST) == ["330.02 + 10.00", "233.82 + 4.70", "236.16 + 2.36"]
    assert prepaid.principal_outstanding == Fraction("469.98")


def test_a_prepayment_leaves_fewer_payments_of_the_same_size():
    """The payment stays 340.02: 469.98 - 335.32 = 134.66 are left for the last, with 1.35."""
    prepaid = life(event("repayment", FIRST, "540.02"), prepayment="shorten")
    assert rows(prepaid, FIRST) == ["330.02 + 10.00", "335.32 + 4.70", "134.66 + 1.35"]
    sooner = life(event("repayment", FIRST, "740.02"), prepayment="shorten")
    assert rows(sooner, FIRST) == ["330.02 + 10.00", "269.98 + 2.70", "0.00 + 0.00"]


def test_a_prepayment_moves_the_books_like_any_repayment():
    """In: 10.00 of interest and 530.02 of principal."""
    prepaid = life(event("repayment", FIRST, "540.02"), prepayment="lower")
    found = books(prepaid, FIRST)
    assert (found.drawn, found.principal, found.earned, found.received) == (
        *(100000, 46998),
        *(1000, 54002),
    )


def test_money_for_all_that_is_owed_pays_the_loan_off():
    repaid = life(event("repayment", FIRST, "1010"), prepayment="lower")
    assert repaid.principal_outstanding == 0
    assert outstanding(repaid, FIRST) == ["0.00"] * 3


def test_a_payment_that_is_given_cannot_be_lowered():
    given = {**TERMS, "method": "fixed_payment", "payment": "340", "prepayment": "lower"}
    with pytest.raises(Fault, match=r"terms\.prepayment"):
        life(**given)


def test_terms_beyond_the_contract_are_read_and_checked():
    read = read_agreed({**TERMS, "default_interest": {"rate": "0.18", "on_interest": True}})
    assert (read.default_rate, read.default_on_interest) == (Fraction("0.18"), True)
    for wrong in ({"default_interest": {"on_interest": True}}, {"prepayment": "never"}):
        with pytest.raises(Fault, match=rf"^terms\.{next(iter(wrong))}"):
            read_agreed({**TERMS, **wrong})


def test_what_is_waived_is_not_paid():
    spared = life(event("accrual_waiver", FIRST, "4"))
    first = states_at(spared, date.fromisoformat(FIRST))[0]
    assert (first.waived["interest"], first.paid["interest"]) == (4, 0)
