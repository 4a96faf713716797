"""Drawdowns go where the institution confirmed; what is given up is asked for again, paid once."""

import pytest
from django.db import DatabaseError, transaction

from loans.models import Loan
from loans.operations import drawdown_releases, drawdowns
from loans.operations.drawdowns import NoDestination
from tests import factories
from tests.factories import NOW, TODAY, approve, person
from tests.loans.factories import committed_loan
from tests.loans.parties import screened
from tests.treasury.files import address, american, handed_over
from together.controls.models import Approval, AuditRecord
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.models import Account
from together.treasury.formats import transfer_list
from together.treasury.models import Destination, Instruction
from together.treasury.operations import accounts, destinations, disbursements, payouts
from together.treasury.operations.accounts import NotOfThePool
from together.treasury.operations.rails import rail
from together.treasury.rules.destinations import Details


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
    (batch,) = drawdown_releases.release(
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


# --- where it goes --------------------------------------------------------------------------------
def ask_for(loan, **named):
    # Where it is paid to may have changed since it was screened.
    screened(loan.institution)
    return drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW, **named)


def revoke(destination):
    destinations.revoke(destination=destination, reason="x", by=person("compliance"), at=NOW)


def test_a_loan_goes_to_the_confirmed_destination_of_its_institution(pool):
    loan = committed_loan(pool)
    ask_for(loan)
    paid = Instruction.objects.get()
    [own] = Destination.objects.filter(owner=loan.institution.lei)
    assert (paid.destination, paid.payee) == (own, own.identifier)


def test_a_loan_without_a_usable_destination_is_not_drawn(pool):
    loan = committed_loan(pool)
    revoke(Destination.objects.get(owner=loan.institution.lei))
    with pytest.raises(NoDestination, match="no confirmed destination by exchange in USDC"):
        ask_for(loan)
    factories.destination(loan.institution.lei, at=NOW)
    with pytest.raises(NoDestination):
        ask_for(loan)
    assert not Instruction.objects.exists()


def test_one_of_several_destinations_has_to_be_chosen(pool):
    loan = committed_loan(pool)
    other = factories.destination(loan.institution.lei)
    with pytest.raises(NoDestination, match=other.number):
        ask_for(loan)
    ask_for(loan, destination=other)
    assert Instruction.objects.get().payee == other.payee


def test_a_destination_of_somebody_else_is_refused(pool):
    loan = committed_loan(pool)
    with pytest.raises(NoDestination):
        ask_for(loan, destination=factories.destination("SOMEBODY"))
    assert not Instruction.objects.exists()


def test_a_loan_is_not_paid_from_an_account_of_another_asset(pool):
    loan = committed_loan(pool)
    account = accounts.open_account(
        pool=pool,
        code="loans-usd",
        kind="bank",
        asset="USD",
        identifier="000111222",
        servicer="CHASUS33",
        holder="Together Initiative",
        by=person("treasury_officer"),
        at=NOW,
    )
    to = factories.destination(loan.institution.lei, details=american())
    with pytest.raises(NotOfThePool, match="loans-usd keeps USD"):
        ask_for(loan, account=account, destination=to)
    assert not Instruction.objects.exists()


def test_a_loan_is_paid_on_a_chain_by_a_list(pool):
    loan = committed_loan(pool)
    details = Details("chain", "USDC", address(), "1")
    to = factories.destination(loan.institution.lei, details=details)
    order = ask_for(loan, account=factories.account(pool, "chain"))
    approve(Approval.objects.get(kind="loan.drawdown", subject=order.number))
    drawdown_releases.release(disbursement=order, on=TODAY, by=person("treasury_officer"), at=NOW)
    file = handed_over(order.batches.get())
    assert transfer_list.read(bytes(file.data)).transfers[0].to == to.identifier
