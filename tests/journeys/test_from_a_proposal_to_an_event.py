"""The life of an adjustment: a fee, a mistake, a returned wire, a restructure, a loss, a recovery."""

from datetime import timedelta

import pytest

from loans.models import Adjustment
from loans.operations import receipts, servicing
from loans.operations.effects import NotAdjustable
from loans.operations.servicing import Facts, LoanHasChanged
from loans.queries.books import booked
from loans.queries.standing import standing
from tests.factories import TODAY, approve, person
from tests.loans.conftest import CALM
from tests.loans.factories import active_loan, at, balance, close, loans_pool, receipt, unproven
from tests.loans.factories import agreed as accepted
from together.controls.models import AuditRecord, Decision
from together.controls.operations import approvals
from together.controls.operations.approvals import MayNotDecide, NotApproved
from together.treasury.operations import payouts
from together.treasury.operations.rails import rail

M = 10**6


def test_what_happens_to_a_loan_besides_its_schedule(own_database):
    rail().set_conditions(CALM)
    pool = loans_pool("20000000")

    def pay(batch: str) -> None:
        payouts.work(batch=batch, worker="w", rail=rail(), seconds=20)

    # Alpha owes 1m at 12 % over a year. Forty days in, its accounts come late.
    loan = active_loan(pool, pay)
    officer, checker = person("loan_officer"), person("credit_checker")
    day = TODAY + timedelta(days=40)
    close(loan, day)

    # An officer proposes a fee. What it changes is shown before anybody agrees: one instalment,
    # and two lines of the books.
    fee = servicing.propose(
        loan=loan,
        facts=Facts("charge", day, 1500 * M, {"kind": "fee"}),
        reason="Audited accounts came late",
        by=officer,
        at=at(day),
    )
    changed = [(was, now) for was, now in fee.difference["rows"] if was != now]
    assert len(changed) == 1
    assert fee.difference["entry"] == [
        ["loan.charges", loan.number, 1500 * M],
        ["income.charges", pool.code, -1500 * M],
    ]
    # Nobody approves what they asked for, and nothing is booked before somebody has.
    with pytest.raises(MayNotDecide):
        approvals.decide(
            approval=fee.approval, verdict=Decision.Verdict.APPROVED, by=officer, at=at(day)
        )
    with pytest.raises(NotApproved):
        servicing.book(adjustment=fee, by=officer, at=at(day))
    approvals.decide(
        approval=fee.approval, verdict=Decision.Verdict.APPROVED, by=checker, at=at(day)
    )

    # Meanwhile money comes in: the loan is not the one that was shown any more.
    receipt(loan, "20000", day)
    receipts.allocate(pool=pool, at=at(day))
    with pytest.raises(LoanHasChanged):
        servicing.book(adjustment=fee, by=officer, at=at(day))
    servicing.withdraw(adjustment=fee, by=officer, at=at(day))
    charged = agreed(loan, Facts("charge", day, 1500 * M), "Proposed anew", officer, day)
    assert balance("loan.charges", loan.number) == 1500 * M

    # It is the first time: half of it is waived. The fee cannot be reversed under its waiver.
    agreed(loan, Facts("charge_waiver", day, 750 * M), "For the first time", officer, day)
    fee_event = charged.event
    with pytest.raises(NotAdjustable, match=r"event 4 .* would break"):
        servicing.propose(
            loan=loan,
            facts=Facts("reversal", day, target=fee_event),
            reason="A mistake",
            by=officer,
            at=at(day),
        )
    assert unproven() == []

    # Twenty days later the payer's bank takes the 20,000 back. The event is reversed: it is as if
    # it had never been, from its own day on, and booked today. The money is unallocated again.
    later = day + timedelta(days=20)
    close(loan, later)
    before = balance("loan.principal", loan.number)
    returned = agreed(
        loan,
        Facts("reversal", later, target=loan.events.get(sequence=2)),
        "The wire was returned",
        officer,
        later,
    )
    assert returned.event.on == later
    assert balance("loan.principal", loan.number) > before
    assert balance("receipts.unallocated", pool.code) == 20_000 * M
    (waits,) = receipts.waiting(pool)
    assert "a person says whose it is" in waits.reason

    # Another payment had come in thirty days ago; its statement comes today. It is proposed with
    # the bank's date, and the days since then earn less.
    late = receipt(loan, "50000", later - timedelta(days=30))
    asked = servicing.propose_receipt(
        loan=loan, line=late, reason="The statement was late", by=officer, at=at(later)
    )
    moved = {account: amount for account, _, amount in asked.difference["entry"]}
    assert moved["income.interest"] > 0
    approve(asked.approval)
    servicing.book(adjustment=asked, by=officer, at=at(later))
    assert unproven() == []

    # It cannot keep up: what is open is spread over two years. Nothing moves in the books today,
    # but it pays more interest in all, and that is the amount that is approved.
    first = later + timedelta(days=30)
    spread = Facts(
        "re_age", later, further={"first_due_date": first.isoformat(), "instalments": 24}
    )
    restructured = agreed(loan, spread, "Restructured", officer, later)
    assert restructured.difference["entry"] == []
    assert restructured.approval.amount_cents > 0
    assert standing(loan, later).days_past_due == 0

    # Two months later it is insolvent: interest stops, then all is given up. The committee is not
    # needed below 2m.
    end = later + timedelta(days=60)
    close(loan, end)
    stop = Facts("charge_off", end, further={"behaviour": "zero_interest"})
    agreed(loan, stop, "Insolvent", officer, end)
    assert loan.state == "active"
    agreed(loan, Facts("write_off", end), "Little is expected", officer, end)
    assert loan.state == "written_off"
    assert balance("loan.principal", loan.number) == balance("loan.interest", loan.number) == 0
    assert unproven() == []

    # What the administrator still pays is a recovery: the pool gets its principal back.
    free = balance("fund.available", pool.code)
    receipt(loan, "100000", end + timedelta(days=30))
    receipts.allocate(pool=pool, at=at(end + timedelta(days=30)))
    assert loan.events.order_by("sequence").last().type == "recovery"
    assert balance("fund.available", pool.code) - free == 100_000 * M
    assert booked(loan).overpaid == 0
    assert unproven() == []

    # Every step stands in the trail, and every event but three has its approved adjustment.
    told = set(AuditRecord.objects.filter(subject=loan.number).values_list("what", flat=True))
    assert told >= {"loan.adjustment_proposed", "loan.adjustment_withdrawn", "loan.reversal"}
    alone = loan.events.filter(adjustment=None).values_list("type", flat=True)
    assert list(alone) == ["drawdown", "repayment", "recovery"]


def agreed(loan, facts: Facts, reason: str, officer, day) -> Adjustment:
    """Propose, approve by who may, and book."""
    asked = servicing.propose(loan=loan, facts=facts, reason=reason, by=officer, at=at(day))
    approve(asked.approval)
    accepted(asked)
    done = servicing.book(adjustment=asked, by=officer, at=at(day))
    loan.refresh_from_db()
    return done
