"""Conditions precedent: no money goes out before two people say what became of each."""

import pytest
from django.db import DatabaseError, transaction

from loans.models import Condition, Loan
from loans.operations import applications, conditions, drawdowns
from loans.operations.conditions import BadCondition, ConditionsOpen
from loans.rules.states import ConditionState
from tests.factories import NOW, TODAY, approve, person
from tests.loans.credit import shown
from tests.loans.factories import accepted, application, approved
from together.controls.models import Approval, AuditRecord
from together.controls.operations import approvals, documents
from together.controls.operations.approvals import MayNotDecide, NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow

TEXT = "The security agreement is signed"


@pytest.fixture
def asked(pool):
    return application(pool)


def agreed(of, text: str = TEXT, **named) -> Condition:
    given = {"application": of, "text": text, "by": person("loan_officer"), "at": NOW}
    return conditions.agree(**{**given, **named})


def lent(of) -> Loan:
    """Commit the loan of an application."""
    ready = approved(of)
    return applications.approve(application=ready, on=TODAY, by=person("loan_officer"), at=NOW)


def satisfied(condition: Condition, **named) -> Approval:
    """Say that a condition is satisfied, by a document that is filed for it."""
    if "document" not in named:
        named["document"] = shown(condition.application.institution, "legal").number
    given = {"outcome": ConditionState.SATISFIED, "by": person("loan_officer"), "at": NOW}
    return conditions.propose(condition=condition, **{**given, **named})


def waived(condition: Condition, **named) -> Approval:
    given = {"outcome": ConditionState.WAIVED, "note": "The parent guarantees instead"}
    return conditions.propose(
        condition=condition, by=person("loan_officer"), at=NOW, **{**given, **named}
    )


def settle(condition: Condition, approval: Approval) -> Condition:
    conditions.settle(condition=condition, approval=approval, by=person("loan_officer"), at=NOW)
    condition.refresh_from_db()
    return condition


def test_no_money_goes_out_while_a_condition_is_open(asked):
    first, second = agreed(asked), agreed(asked, "The board has agreed")
    loan, officer = lent(asked), person("loan_officer")
    accepted(loan)
    with pytest.raises(ConditionsOpen, match=f"{first.number} .*{second.number}"):
        drawdowns.ask(loan=loan, by=officer, at=NOW)
    for condition, outcome in ((first, satisfied(first)), (second, waived(second))):
        with pytest.raises(NotApproved):
            settle(condition, outcome)
        approve(outcome)
    assert settle(first, Approval.objects.get(subject=first.number)).state == "satisfied"
    with pytest.raises(ConditionsOpen, match=second.number):
        drawdowns.ask(loan=loan, by=officer, at=NOW)
    assert settle(second, Approval.objects.get(subject=second.number)).state == "waived"
    assert drawdowns.ask(loan=loan, by=officer, at=NOW).number == "D-00001"
    assert AuditRecord.objects.filter(what="condition.waived", subject=second.number).exists()


def test_the_database_lets_no_loan_be_drawn_while_a_condition_is_open(asked):
    agreed(asked)
    loan = lent(asked)
    accepted(loan)
    with pytest.raises(DatabaseError, match="a condition precedent is open"), transaction.atomic():
        Loan.objects.filter(pk=loan.pk).update(state="drawing")


def test_the_approval_of_a_loan_binds_its_conditions(asked):
    made = agreed(asked)
    effect = applications.effect(approved(asked))
    assert effect["conditions"] == [{"number": made.number, "text": TEXT}]


def test_who_says_so_does_not_agree_to_it(asked):
    condition = agreed(asked)
    lent(asked)
    both = person("loan_officer", "credit_checker")
    request = satisfied(condition, by=both)
    with pytest.raises(MayNotDecide):
        approvals.decide(approval=request, verdict="approved", by=both, at=NOW)


def test_a_waiver_of_a_large_loan_needs_the_committee(pool):
    large = application(pool, amount="2000001")
    condition = agreed(large)
    lent(large)
    assert waived(condition).roles == ["credit_checker", "committee"]
    assert satisfied(condition).roles == ["credit_checker"]


@pytest.mark.parametrize("text", [" ", "x" * 401])
def test_a_condition_says_what_must_be_so(asked, text):
    with pytest.raises(BadCondition, match="text: must say"):
        agreed(asked, text)
    assert Condition.objects.count() == 0


def test_an_outcome_rests_on_something(asked):
    condition = agreed(asked)
    lent(asked)
    with pytest.raises(BadCondition, match="document: 'D-0666' is none of the borrower"):
        satisfied(condition, document="D-0666")
    with pytest.raises(BadCondition, match="note: must say why"):
        waived(condition, note=" ")
    with pytest.raises(BadCondition, match="note: must have up to 400"):
        waived(condition, note="x" * 401)
    with pytest.raises(NotPossibleNow):
        waived(condition, outcome=ConditionState.OPEN)


def test_a_document_that_was_withdrawn_since_shows_nothing(asked):
    condition = agreed(asked)
    lent(asked)
    paper = shown(asked.institution, "legal")
    request = satisfied(condition, document=paper.number)
    approve(request)
    documents.withdraw(document=paper, reason="Unsigned", by=paper.filed_by, at=NOW)
    with pytest.raises(BadCondition, match=paper.number):
        settle(condition, request)


def test_conditions_are_added_and_taken_off_before_the_proposal_only(asked):
    first, second = agreed(asked), agreed(asked, "Another")
    officer = person("loan_officer")
    conditions.remove(condition=second, by=officer, at=NOW)
    with pytest.raises(NotPossibleNow):
        conditions.remove(condition=second, by=officer, at=NOW)
    with pytest.raises(NotPossibleNow, match="is not proposed yet"):
        satisfied(first)
    approved(asked)
    with pytest.raises(NotPossibleNow):
        agreed(asked)
    with pytest.raises(NotPossibleNow):
        conditions.remove(condition=first, by=officer, at=NOW)
    assert [one["number"] for one in conditions.terms(asked)] == [first.number]


def test_a_closed_condition_stays_closed(asked):
    condition = agreed(asked)
    lent(asked)
    request = satisfied(condition)
    approve(request)
    settle(condition, request)
    with pytest.raises(NotPossibleNow):
        settle(condition, request)
    with pytest.raises(NotPossibleNow):
        waived(condition)


def test_only_a_loan_officer_agrees_conditions(asked):
    for stranger in ("credit_checker", "treasury_officer"):
        with pytest.raises(NotAllowed):
            agreed(asked, by=person(stranger))


@pytest.mark.parametrize(
    "change",
    [
        {"state": "satisfied"},
        {"state": "waived", "note": "x"},
        {"state": "removed"},
        {"text": "Nothing"},
        {"document": "D-0001"},
    ],
)
def test_the_database_keeps_a_condition_as_it_was_agreed(asked, change):
    condition = agreed(asked)
    lent(asked)
    with pytest.raises(DatabaseError), transaction.atomic():
        Condition.objects.filter(pk=condition.pk).update(**change)
