"""Payments of awards: each instructed once, booked when the rail took it, and when it came back."""

import pytest
from django.db import connections

from retail_claims import tasks
from retail_claims.operations import payments
from retail_claims.queries import proofs_of_books
from tests import factories
from tests.factories import NOW, TODAY
from tests.retail_claims import factories as claims
from together.controls.models import Approval
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.models import Account, Entry
from together.treasury.models import Instruction
from together.treasury.operations import disbursements, payouts, statements
from together.treasury.operations.disbursements import PaidAlready
from together.treasury.operations.rails import rail
from together.treasury.operations.rails.simulated import Conditions

CALM = Conditions(
    latency=0, lateness=0.2, timeout_before=0, timeout_after=0, late=0, repeated_lines=0, returned=0
)


@pytest.fixture
def officer(own_database):
    rail().set_conditions(CALM)
    return factories.person("claims_officer")


@pytest.fixture
def treasurer(officer):
    return factories.person("treasury_officer")


def usdc(text):
    return factories.usdc(text).minor_units


def balance(code):
    return sum(Account.objects.filter(chart_id=code).values_list("balance", flat=True))


def released(run, by):
    prepared = payments.prepare(run=run, by=by, at=NOW)
    factories.approve(Approval.objects.get(kind="retail.payout", subject=prepared.number))
    return disbursements.release(disbursement=prepared, on=TODAY, by=by, at=NOW)


def paid(run, by):
    for batch in released(run, by):
        payouts.work(batch=batch, worker="w1", rail=rail(), seconds=20)


def reconciled(run):
    pool, number = run.programme.pool, 0
    while text := rail().statement(wallet=pool.main_account.identifier, after=number):
        file = statements.import_file(
            account=pool.main_account, data=text.encode(), by=None, at=NOW
        )
        number = file.statements.get().number


def failing():
    return [check for check in proofs_of_books.checks() if not check.holds]


def test_each_award_is_instructed_to_the_payee_of_its_person(officer, treasurer, tmp_path):
    run = claims.published(tmp_path, by=officer)
    prepared = payments.prepare(run=run, by=treasurer, at=NOW)
    assert (prepared.count, prepared.total) == (2, usdc("300"))
    assert set(Instruction.objects.values_list("subject", "payee", "amount")) == {
        (f"{run.number}:ann", "ann", usdc("100")),
        (f"{run.number}:bob", "bob1", usdc("200")),
    }


def test_awards_are_prepared_once(officer, treasurer, tmp_path):
    run = claims.published(tmp_path, by=officer)
    payments.prepare(run=run, by=treasurer, at=NOW)
    with pytest.raises(PaidAlready):
        payments.prepare(run=run, by=treasurer, at=NOW)
    assert Instruction.objects.count() == 2


def test_a_run_that_is_not_published_is_not_paid(officer, treasurer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    with pytest.raises(NotPossibleNow, match="only a published run is paid"):
        payments.prepare(run=run, by=treasurer, at=NOW)


def test_a_claims_officer_prepares_no_payments(officer, tmp_path):
    run = claims.published(tmp_path, by=officer)
    with pytest.raises(NotAllowed):
        payments.prepare(run=run, by=officer, at=NOW)


def test_what_the_rail_took_is_booked_as_paid_once(officer, treasurer, tmp_path):
    run = claims.published(tmp_path, by=officer)
    paid(run, treasurer)
    assert payments.book_paid(run=run, on=TODAY) == usdc("300")
    assert payments.book_paid(run=run, on=TODAY) == 0
    assert (balance("expense.awards"), balance("fund.paid")) == (usdc("300"), -usdc("300"))
    assert Entry.objects.filter(kind="AWARDS_PAID").count() == 1


def test_the_background_books_every_published_run(officer, treasurer, tmp_path):
    run = claims.published(tmp_path, by=officer)
    paid(run, treasurer)
    tasks.book_paid()
    tasks.book_paid()
    assert (balance("expense.awards"), balance("fund.paid")) == (usdc("300"), -usdc("300"))


def test_nothing_is_booked_before_the_rail_took_it(officer, treasurer, tmp_path):
    run = claims.published(tmp_path, by=officer)
    released(run, treasurer)
    assert payments.book_paid(run=run, on=TODAY) == 0
    assert not Entry.objects.filter(kind="AWARDS_PAID").exists()


def test_an_award_that_comes_back_is_no_expense_any_more(officer, treasurer, tmp_path):
    run = claims.published(tmp_path, by=officer)
    paid(run, treasurer)
    payments.book_paid(run=run, on=TODAY)
    Instruction.objects.filter(payee="ann").update(state="returned")
    assert payments.book_paid(run=run, on=TODAY) == -usdc("100")
    assert payments.book_paid(run=run, on=TODAY) == 0
    assert (balance("expense.awards"), balance("fund.paid")) == (usdc("200"), -usdc("200"))


def test_taken_and_returned_before_the_first_booking_is_booked_both_ways(
    officer, treasurer, tmp_path
):
    run = claims.published(tmp_path, by=officer)
    paid(run, treasurer)
    Instruction.objects.filter(payee="ann").update(state="returned")
    assert payments.book_paid(run=run, on=TODAY) == usdc("200")
    assert balance("expense.awards") == usdc("200")
    kinds = sorted(Entry.objects.filter(kind__startswith="AWARDS").values_list("kind", flat=True))
    assert kinds == ["AWARDS_PAID", "AWARDS_RETURNED"]


def test_every_proof_holds_before_during_and_after_the_payments(officer, treasurer, tmp_path):
    run = claims.published(tmp_path, by=officer, pool={"amount": "1000", "appeals_reserve": "50"})
    assert failing() == [], "before anything is prepared"
    paid(run, treasurer)
    assert [check.name for check in failing()] == [
        f"run {run.number}: paid for good in the books"
    ], "taken, and not booked yet"
    payments.book_paid(run=run, on=TODAY)
    assert failing() == [], "paid, and on no statement yet"
    reconciled(run)
    assert failing() == [], "paid and on statements"
    assert len(proofs_of_books.checks()) == 12


def test_an_instruction_that_the_owner_of_the_database_changed_is_found(
    officer, treasurer, tmp_path
):
    run = claims.published(tmp_path, by=officer)
    paid(run, treasurer)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE treasury_instruction DISABLE TRIGGER USER")
        cursor.execute("UPDATE treasury_instruction SET payee = 'mallory' WHERE payee = 'ann'")
    names = [check.name for check in failing()]
    assert f"run {run.number}: awards without their instruction, or the reverse" in names
