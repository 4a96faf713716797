"""Every kind of event that may be proposed: booked, its state followed, and the books proven."""

from datetime import timedelta

import pytest

from loans.operations import receipts, servicing
from loans.operations.effects import NotAdjustable
from loans.queries.limits import limits_of
from loans.queries.standing import payoff, standing
from tests.at_once import at_once
from tests.factories import TODAY, approve, person
from tests.loans.factories import (
    active_loan,
    adjusted,
    at,
    balance,
    booked,
    close,
    late_receipt,
    paid,
    proposed,
    receipt,
    unproven,
)

M = 10**6
LATER = TODAY + timedelta(days=45)


@pytest.fixture
def loan(pool, pay):
    """Give a loan of 1m at 12 % that is closed up to 45 days after its drawdown."""
    drawn = active_loan(pool, pay)
    close(drawn, LATER)
    return drawn


def moved(done) -> dict[str, int]:
    """Give what an adjustment moved, by account, in whole units rounded down."""
    return {account: amount // M for account, _, amount in done.difference["entry"]}


def test_a_new_rate_from_a_day_on_changes_what_is_earned_since(loan, pool):
    done = adjusted(loan, "rate_change", LATER - timedelta(days=30), rate="0.06", today=LATER)
    assert moved(done) == {"loan.interest": -5000, "income.interest": 5000}
    assert unproven() == []


def test_a_rate_from_a_day_to_come_moves_nothing_until_then(loan):
    done = adjusted(loan, "rate_change", LATER + timedelta(days=30), rate="0", today=LATER)
    assert moved(done) == {}
    assert close(loan, LATER + timedelta(days=40)).failed == {}
    interest = balance("loan.interest", loan.number)
    close(loan, LATER + timedelta(days=50))
    assert balance("loan.interest", loan.number) == interest
    assert unproven() == []


def test_an_extension_adds_instalments(loan):
    done = adjusted(loan, "extend", LATER, instalments=6)
    rows = done.difference["rows"]
    assert len(rows) == 18
    assert [before for before, _ in rows[12:]] == [None] * 6
    assert len(standing(loan, LATER).instalments) == 18
    assert unproven() == []


def test_a_due_date_to_come_is_moved(loan):
    due = standing(loan, LATER).instalments[2].due_on
    # The fourteenth of the month is what the plan counts; what is adjusted by a holiday is not.
    plan = due.replace(day=TODAY.day)
    done = adjusted(
        loan, "move_due_date", plan, to=(plan + timedelta(days=10)).isoformat(), today=LATER
    )
    before, after = done.difference["rows"][2]
    assert before["due_on"] < after["due_on"]
    assert close(loan, LATER + timedelta(days=30)).failed == {}
    assert unproven() == []


def test_what_is_open_is_spread_anew(loan):
    first = LATER + timedelta(days=30)
    done = adjusted(loan, "re_age", LATER, first_due_date=first.isoformat(), instalments=24)
    assert moved(done) == {}
    now = standing(loan, LATER)
    assert now.days_past_due == 0
    assert now.instalments[-1].due_on > first + timedelta(days=600)
    assert close(loan, first + timedelta(days=10)).failed == {}
    assert unproven() == []


@pytest.mark.parametrize("behaviour", ["regular", "zero_interest", "accelerate"])
def test_a_loan_that_is_charged_off_still_owes_and_is_paid(loan, pool, behaviour):
    adjusted(loan, "charge_off", LATER, behaviour=behaviour)
    assert loan.state == "active"
    interest = balance("loan.interest", loan.number)
    close(loan, LATER + timedelta(days=10))
    earns = balance("loan.interest", loan.number) > interest
    assert earns == (behaviour == "regular")
    paid(loan, "5000", LATER + timedelta(days=10))
    assert unproven() == []


def test_a_written_off_loan_takes_recoveries_and_earns_nothing(loan, pool):
    done = adjusted(loan, "write_off", LATER)
    assert loan.state == "written_off"
    assert moved(done)["loan.principal"] == -1_000_000
    assert balance("loan.principal", loan.number) == balance("loan.interest", loan.number) == 0
    assert balance("income.interest", pool.code) == 0
    assert balance("fund.lent", pool.code) == 0
    assert limits_of(loan.institution).used.minor_units == 0
    now = standing(loan, LATER + timedelta(days=9))
    assert now.interest_accrued.minor_units == now.due_now.minor_units == 0
    day = LATER + timedelta(days=20)
    assert close(loan, day).loans == 0
    (got,) = paid(loan, "400000", day)
    assert loan.events.get(sequence=3).type == "recovery"
    assert got.split.principal.minor_units == 400_000 * M
    assert balance("fund.available", pool.code) == 19_400_000 * M
    assert unproven() == []
    # All of the principal, then interest: what was given up becomes income when it is paid.
    paid(loan, "600500", day + timedelta(days=1))
    assert balance("income.interest", pool.code) == 500 * M
    assert unproven() == []


def test_money_of_before_the_write_off_is_a_repayment_and_lowers_the_loss(loan, pool):
    adjusted(loan, "write_off", LATER)
    loan.refresh_from_db()
    done = late_receipt(loan, "400000", LATER - timedelta(days=5), LATER + timedelta(days=5))
    assert done.type == "repayment"
    assert loan.state == "written_off"
    assert moved(done)["fund.available"] < 0
    assert unproven() == []


def test_a_write_off_that_is_reversed_lets_the_loan_go_on(loan, pool):
    interest = balance("loan.interest", loan.number)
    adjusted(loan, "write_off", LATER)
    adjusted(loan, "reversal", LATER, target=2)
    assert loan.state == "active"
    assert balance("loan.interest", loan.number) == interest
    assert close(loan, LATER + timedelta(days=5)).loans == 1
    adjusted(loan, "reversal", LATER + timedelta(days=5), target=3)
    assert loan.state == "written_off"
    assert unproven() == []


def test_a_loan_is_not_written_off_under_its_recoveries(loan):
    adjusted(loan, "write_off", LATER)
    paid(loan, "5000", LATER + timedelta(days=1))
    with pytest.raises(NotAdjustable, match=r"event 3 \(recovery of .*\) would break"):
        proposed(loan, "reversal", LATER + timedelta(days=1), target=2)


def test_a_closed_loan_whose_repayment_is_reversed_owes_again(loan, pool):
    day = LATER + timedelta(days=1)
    paid(loan, str(payoff(loan, day).decimal), day)
    close(loan, day)
    assert loan.state == "closed"
    with pytest.raises(NotAdjustable, match="nothing is owed that could be written off"):
        proposed(loan, "write_off", day)
    adjusted(loan, "reversal", day, target=2)
    assert loan.state == "active"
    assert balance("loan.principal", loan.number) == 1_000_000 * M
    assert close(loan, day + timedelta(days=9)).loans == 1
    assert unproven() == []


def test_a_charge_on_a_closed_loan_opens_it(loan):
    day = LATER + timedelta(days=1)
    paid(loan, str(payoff(loan, day).decimal + 20), day)
    close(loan, day)
    adjusted(loan, "charge", day, "15")
    assert loan.state == "closed", "paid from what was overpaid"
    adjusted(loan, "charge", day, "15")
    assert loan.state == "active"
    assert balance("loan.charges", loan.number) == 10 * M
    assert unproven() == []


def test_what_is_overpaid_is_refunded_and_no_more(loan, pool):
    day = LATER + timedelta(days=1)
    paid(loan, str(payoff(loan, day).decimal + 20), day)
    with pytest.raises(NotAdjustable, match=r"amount: only 20.00 is overpaid"):
        proposed(loan, "refund", day, "21")
    adjusted(loan, "refund", day, "20")
    assert balance("loan.overpaid", loan.number) == 0
    assert balance("receipts.unallocated", pool.code) == 20 * M
    assert unproven() == []


def test_a_payment_that_its_bank_takes_back_is_due_again(loan, pool):
    paid(loan, "50000", LATER)
    done = adjusted(loan, "chargeback", LATER + timedelta(days=2), "50000", target=2)
    assert done.event.target.sequence == 2
    assert balance("loan.principal", loan.number) > 1_000_000 * M - 50_000 * M
    assert balance("receipts.unallocated", pool.code) == 50_000 * M
    assert unproven() == []


@pytest.mark.parametrize("kind", ["goodwill_credit", "interest_waiver"])
def test_what_the_lender_credits_lowers_income_and_takes_nobodys_money(loan, pool, kind):
    earned = balance("income.interest", pool.code)
    done = adjusted(loan, kind, LATER, "1000")
    assert "receipts.unallocated" not in moved(done)
    assert balance("income.interest", pool.code) == earned - 1000 * M
    assert unproven() == []


def test_a_loan_that_is_credited_to_its_last_cent_is_closed(loan, pool):
    owed = str(payoff(loan, LATER).decimal)
    adjusted(loan, "goodwill_credit", LATER, owed)
    assert close(loan, LATER + timedelta(days=1)).failed == {}
    assert loan.state == "closed"
    assert balance("fund.lent", pool.code) == 0
    assert balance("fund.available", pool.code) == 19_000_000 * M, "the principal is lost"
    assert unproven() == []


def test_two_officers_book_at_once_and_it_is_booked_once(own_database):
    from functools import partial

    from tests.loans.conftest import CALM
    from tests.loans.factories import loans_pool
    from together.controls.rules.lifecycle import NotPossibleNow
    from together.treasury.operations import payouts
    from together.treasury.operations.rails import rail

    rail().set_conditions(CALM)
    drawn = active_loan(
        loans_pool(),
        lambda batch: payouts.work(batch=batch, worker="w", rail=rail(), seconds=20),
    )
    asked = proposed(drawn, "charge", TODAY, "250")
    approve(asked.approval)
    officers = [person("loan_officer") for _ in range(4)]
    answers = at_once(
        *[partial(servicing.book, adjustment=asked, by=one, at=at(TODAY)) for one in officers],
        refusals=(NotPossibleNow,),
    )
    refused = [one for one in answers if one is NotPossibleNow]
    assert len(refused) == 3
    assert drawn.events.count() == 2
    assert balance("loan.charges", drawn.number) == 250 * M
    assert unproven() == []


def test_a_receipt_on_the_wrong_loan_is_taken_off_and_given_to_the_right_one(loan, pool, pay):
    right = active_loan(pool, pay)
    close(right, LATER)
    (wrong,) = paid(loan, "5000", LATER)
    adjusted(loan, "reversal", LATER, target=2)
    assert balance("receipts.unallocated", pool.code) == 5000 * M
    # Its reference still names the wrong loan: the system does not allocate it a second time.
    assert receipts.allocate(pool=pool, at=at(LATER)) == []
    (waits,) = receipts.waiting(pool)
    assert waits.reason == "it was taken off a loan again: a person says whose it is"
    receipts.assign(line=wrong.line, loan=right, by=person("loan_officer"), at=at(LATER))
    assert balance("receipts.unallocated", pool.code) == 0
    assert receipts.waiting(pool) == []
    with pytest.raises(NotAdjustable, match="target: a reversed receipt is not reversed back"):
        proposed(loan, "reversal", LATER, target=3)
    assert unproven() == []


def test_a_receipt_is_proposed_for_one_loan_and_booked_on_another_only_if_it_is_free(
    loan, pool, pay
):
    other = active_loan(pool, pay)
    line = receipt(pool, "5000", LATER - timedelta(days=9), reference="thanks")
    given = {"reason": "Late", "by": person("loan_officer"), "at": at(LATER)}
    asked = servicing.propose_receipt(loan=loan, line=line, **given)
    approve(asked.approval)
    receipts.assign(line=line, loan=other, by=given["by"], at=at(LATER))
    with pytest.raises(NotAdjustable, match="allocated already"):
        servicing.book(adjustment=asked, by=given["by"], at=at(LATER))
    with pytest.raises(NotAdjustable, match="allocated already"):
        servicing.propose_receipt(loan=loan, line=line, **given)
    assert unproven() == []


def test_a_line_that_is_no_receipt_of_the_pool_is_no_money_for_a_loan(loan):
    from tests.factories import funded_pool

    line = receipt(funded_pool("other"), "5", LATER, reference="?")
    with pytest.raises(NotAdjustable, match="is no receipt of the pool"):
        servicing.propose_receipt(
            loan=loan, line=line, reason="?", by=person("loan_officer"), at=at(LATER)
        )


def test_a_merchants_refund_comes_in_with_its_line(loan):
    line = receipt(loan, "700", LATER - timedelta(days=1))
    asked = servicing.propose_receipt(
        loan=loan,
        line=line,
        kind="merchant_refund",
        reason="From the venue",
        by=person("loan_officer"),
        at=at(LATER),
    )
    assert booked(asked).event.type == "merchant_refund"
    assert unproven() == []


def test_nothing_is_proposed_for_a_loan_that_is_not_drawn(pool):
    from tests.loans.factories import committed_loan

    with pytest.raises(NotAdjustable, match="nothing is drawn yet"):
        proposed(committed_loan(pool), "charge", TODAY, "5")
