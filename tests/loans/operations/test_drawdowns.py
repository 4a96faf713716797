"""A drawdown that the treasury gives up is asked for again, and nothing is paid twice."""

import pytest
from django.db import DatabaseError, transaction

from loans.models import Loan
from loans.operations import drawdowns
from tests.factories import NOW, TODAY, approve, person
from tests.loans.factories import committed_loan
from together.controls.models import Approval, AuditRecord
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.models import Account
from together.treasury.models import Instruction
from together.treasury.operations import disbursements, payouts
from together.treasury.operations.rails import rail


def give_up(order):
    disbursements.withdraw(disbursement=order, by=person("treasury_officer"), at=NOW)


def test_a_drawdown_that_was_given_up_is_drawn_the_second_time(pool):
    loan = committed_loan(pool)
    first = drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)
    approve(Approval.objects.get(subject=first.number))
    give_up(first)
    assert [taken.number for taken in drawdowns.take_back(at=NOW)] == [loan.number]
    assert drawdowns.take_back(at=NOW) == []
    loan.refresh_from_db()
    assert (loan.state, loan.disbursement) == ("committed", None)
    assert AuditRecord.objects.filter(what="loan.drawdown_given_up").count() == 1

    second = drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)
    approve(Approval.objects.get(subject=second.number))
    (batch,) = disbursements.release(
        disbursement=second, on=TODAY, by=person("treasury_officer"), at=NOW
    )
    payouts.work(batch=batch, worker="w", rail=rail(), seconds=20)
    assert [drawn.number for drawn in drawdowns.record_drawn(on=TODAY, at=NOW)] == [loan.number]
    assert list(rail().paid(wallet=pool.main_account.identifier)) == [f"{loan.number}-DRAWDOWN-2"]
    assert set(Instruction.objects.values_list("state", flat=True)) == {"ready", "settled"}
    assert Account.objects.get(chart_id="loan.principal").balance == loan.amount


def test_a_drawdown_that_is_on_its_way_is_not_taken_back(pool):
    loan = committed_loan(pool)
    drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)
    assert drawdowns.take_back(at=NOW) == []
    with pytest.raises(NotPossibleNow):
        drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)


def test_the_database_takes_no_loan_back_whose_drawdown_stands(pool):
    loan = committed_loan(pool)
    drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)
    for change in ({"state": "committed"}, {"state": "committed", "disbursement": None}):
        with pytest.raises(DatabaseError, match="terms stay"), transaction.atomic():
            Loan.objects.filter(pk=loan.pk).update(**change)
