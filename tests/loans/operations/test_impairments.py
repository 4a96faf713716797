"""Impairments: assessed as of a closed day, approved row by row, booked; stages and the watch list."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from loans.models import Impairment, LoanImpairment, Watch
from loans.operations import impairments, watches
from loans.operations.impairments import BadImpairment
from loans.operations.watches import NotWatched
from loans.queries import impairments as assessed
from loans.queries import proofs_of_books
from loans.queries.policies import policy_in_force
from loans.rules.products import terms_of
from tests.factories import NOW, TODAY, approve, person, usdc
from tests.loans.factories import active_loan, at, balance, close, committed_loan, paid
from together.controls.models import Approval, AuditRecord
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow

DAY = timedelta(days=1)


def proposed(pool, as_of=TODAY, **named) -> Impairment:
    asked = impairments.propose(
        pool=pool, as_of=as_of, **{"by": person("treasury_officer"), "at": at(as_of), **named}
    )
    return Impairment.objects.get(number=asked.subject)


def booked(pool, as_of=TODAY) -> Impairment:
    made = proposed(pool, as_of)
    approve(Approval.objects.get(kind="loan.impairment", subject=made.number), at=at(as_of))
    impairments.book(impairment=made, by=person("treasury_officer"), at=at(as_of))
    made.refresh_from_db()
    return made


def demand_proven() -> None:
    assert [check for check in proofs_of_books.checks() if not check.holds] == []


def bullet(*, quarters: int) -> dict:
    return terms_of("bullet", rate="0.12", instalments=quarters)


def test_a_performing_loan_is_expected_to_lose_a_year_of_defaults(pool, pay):
    loan = active_loan(pool, pay)
    made = booked(pool)
    (row,) = made.rows.all()
    # A borrower of grade A: PD 0.5 %, LGD 45 % as nothing secures it; less the time value, and
    # less than on a million for a year, as instalments come back.
    assert (row.stage, row.grade, row.probability, row.given_default) == (
        1,
        "A",
        "0.005000",
        "0.450000",
    )
    assert row.exposure == usdc("1000000").minor_units
    assert 0 < row.allowance < usdc("2250").minor_units
    assert row.allowance % 10_000 == 0
    assert balance("loan.allowance", loan.number) == row.allowance == made.allowance
    assert balance("expense.allowance", pool.code) == row.allowance
    assert row.suspended == 0
    demand_proven()
    assert AuditRecord.objects.filter(what="impairment.booked", subject=made.number).exists()


def test_what_is_committed_counts_as_if_it_were_drawn(pool):
    loan = committed_loan(pool)
    made = booked(pool)
    (row,) = made.rows.all()
    assert (row.loan, row.exposure) == (loan, loan.amount)
    # PD x LGD of the whole commitment, for a year, not discounted: no rate runs yet.
    assert row.allowance == usdc("2250").minor_units


def test_a_loan_moves_through_the_stages_and_back(pool, pay):
    loan = active_loan(pool, pay)
    first = booked(pool).rows.get()
    month = TODAY + timedelta(days=31)
    for days, number in ((20, 1), (31, 2), (90, 3)):
        on = month + timedelta(days=days)
        close(loan, on)
        made = booked(pool, on)
        row = made.rows.get()
        assert row.stage == number, days
        demand_proven()
    assert row.suspended == assessed.owed_besides(pool, on)[loan.number] > 0
    # 45 % of the principal, whatever it owes besides: that is in suspense.
    assert row.allowance == usdc("450000").minor_units
    assert balance("loan.suspended", loan.number) == row.suspended
    assert balance("income.suspended", pool.code) == -row.suspended
    assert row.allowance > first.allowance
    assert assessed.rows_of([loan], on) == {loan.pk: row}
    assert assessed.rows_of([loan], TODAY) == {loan.pk: first}
    assert assessed.rows_of([loan], TODAY - DAY) == {}


def test_a_watched_loan_is_expected_to_lose_a_whole_life_of_defaults(pool, pay):
    loan = active_loan(pool, pay, terms=bullet(quarters=12))
    year = assessed.assess(pool, TODAY, policy_in_force())[0]
    watch = watches.put_on(
        loan=loan, reason="Its auditor resigned", by=person("compliance"), at=NOW
    )
    life = assessed.assess(pool, TODAY, policy_in_force())[0]
    assert (year.stage, life.stage) == (1, 2)
    assert life.reason == "on the watch list: Its auditor resigned"
    assert year.allowance * 2 < life.allowance < year.allowance * 3
    with pytest.raises(NotWatched, match=f"is on the list as {watch.number}"):
        watches.put_on(loan=loan, reason="again", by=person("compliance"), at=NOW)


def test_who_put_a_loan_on_the_list_does_not_take_it_off(pool, pay):
    loan, officer = active_loan(pool, pay), person("loan_officer")
    for bad in (" ", "x" * 181):
        with pytest.raises(NotWatched, match="reason: must be given"):
            watches.put_on(loan=loan, reason=bad, by=officer, at=NOW)
    watch = watches.put_on(loan=loan, reason="A rumour", by=officer, at=NOW)
    with pytest.raises(NotWatched, match="does not take it off"):
        watches.take_off(watch=watch, reason="No more", by=officer, at=NOW)
    with pytest.raises(DatabaseError, match="by somebody else"), transaction.atomic():
        Watch.objects.update(taken_off_by=officer, taken_off_at=NOW, taken_off_for="x")
    other = person("credit_checker")
    watches.take_off(watch=watch, reason="It was wrong", by=other, at=NOW)
    with pytest.raises(NotPossibleNow, match="was taken off"):
        watches.take_off(watch=watch, reason="It was wrong", by=other, at=NOW)
    with pytest.raises(NotAllowed):
        watches.put_on(loan=loan, reason="x", by=person("claims_officer"), at=NOW)


def test_the_day_is_closed_past_and_after_the_last_one(pool, pay):
    loan = active_loan(pool, pay)
    with pytest.raises(BadImpairment, match="is to come"):
        proposed(pool, TODAY + DAY, at=NOW)
    with pytest.raises(BadImpairment, match=f"loan {loan.number} is closed up to {TODAY}"):
        proposed(pool, TODAY + DAY)
    made = proposed(pool)
    with pytest.raises(BadImpairment, match=f"{made} of {pool.code} waits"):
        proposed(pool)
    impairments.withdraw(impairment=made, by=person("treasury_officer"), at=NOW)
    with pytest.raises(NotApproved):
        impairments.book(impairment=made, by=person("treasury_officer"), at=NOW)
    last = booked(pool)
    with pytest.raises(BadImpairment, match=f"not after {TODAY}, which {last} is booked for"):
        proposed(pool)
    with pytest.raises(NotAllowed):
        proposed(pool, TODAY, by=person("loan_officer"))


def test_a_pool_without_loans_has_nothing_to_assess(pool):
    with pytest.raises(BadImpairment, match="has no loan that is owed or committed"):
        proposed(pool)


def test_what_was_set_aside_for_the_last_loan_is_given_back_once_it_is_repaid(pool, pay):
    loan = active_loan(pool, pay)
    first = booked(pool)
    assert balance("loan.allowance", loan.number) == first.allowance > 0
    paid(loan, "1000000", TODAY)
    close(loan, TODAY + DAY)
    assert loan.state == "closed"
    made = proposed(pool, TODAY + DAY)
    assert (made.allowance, made.suspended, made.rows.count()) == (0, 0, 0)
    # What the approval is about is what is given back.
    request = Approval.objects.get(kind="loan.impairment", subject=made.number)
    assert request.amount_cents * 10**4 == first.allowance
    approve(request, at=at(TODAY + DAY))
    impairments.book(impairment=made, by=person("treasury_officer"), at=at(TODAY + DAY))
    assert balance("loan.allowance", loan.number) == 0
    demand_proven()
    with pytest.raises(BadImpairment, match="has no loan that is owed or committed"):
        proposed(pool, TODAY + 2 * DAY)


def test_only_what_was_approved_is_booked(pool, pay):
    active_loan(pool, pay)
    made = proposed(pool)
    with pytest.raises(NotApproved):
        impairments.book(impairment=made, by=person("treasury_officer"), at=NOW)
    with pytest.raises(DatabaseError, match="is not what was approved"), transaction.atomic():
        Impairment.objects.filter(pk=made.pk).update(state="booked")
    approve(Approval.objects.get(kind="loan.impairment", subject=made.number))
    other = committed_loan(pool)
    with transaction.atomic():
        extra = LoanImpairment(
            impairment=made, loan=other, stage=1, reason="smuggled", days_past_due=0, grade="A",
            probability="0", given_default="0", exposure=0, allowance=0, suspended=0,
        )  # fmt: skip
        extra.save(force_insert=True)
        with pytest.raises(DatabaseError, match="is not what was approved"), transaction.atomic():
            Impairment.objects.filter(pk=made.pk).update(state="booked")
        transaction.set_rollback(True)
    impairments.book(impairment=made, by=person("treasury_officer"), at=NOW)
    with pytest.raises(NotPossibleNow):
        impairments.book(impairment=made, by=person("treasury_officer"), at=NOW)
    demand_proven()


def test_a_loan_that_is_paid_off_keeps_no_allowance(pool, pay):
    loan = active_loan(pool, pay)
    booked(pool)
    on = TODAY + DAY
    close(loan, on)
    paid(loan, "1000400", on)
    committed_loan(pool)
    made = booked(pool, on)
    assert loan.number not in made.rows.values_list("loan__number", flat=True)
    assert balance("loan.allowance", loan.number) == 0
    demand_proven()


def test_the_number_of_queries_does_not_grow_with_the_loans(pool, pay):
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assessed.assess(pool, TODAY, policy_in_force())
        return len(caught)

    active_loan(pool, pay)
    few = queries()
    for _ in range(3):
        active_loan(pool, pay, amount="100000")
    assert queries() == few
