"""My tasks: what waits for whom, until when, in as many queries for many as for few."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loans.models import Institution, Verification
from loans.operations import applications, conditions, drawdowns, profiles, verifications
from tests import world, world_loans
from tests.console.factories import OFFICERS
from tests.factories import NOW, TODAY, approve, person, usdc
from tests.loans import factories as lending
from tests.loans import parties
from tests.loans.credit import underwritten
from tests.loans.parties import institution, papers
from together.console.queries.tasks.mine import kept, tasks_of
from together.controls.models import Approval, Decision, Person
from together.controls.operations import approvals, documents
from together.treasury.models import Pool

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def kinds(who: Person, now=NOW) -> list[str]:
    return [task.kind for task in tasks_of(who, now)]


def test_an_application_is_the_task_of_whose_turn_it_is_at_every_stage():
    pool, borrower = lending.loans_pool(), institution()
    officer, checker = person("loan_officer"), person("credit_checker")
    treasurer, approver = person("treasury_officer"), person("treasury_approver")
    asked = lending.application(pool, borrower=borrower)
    seen = []

    def turn(*people: Person) -> None:
        seen.append([kinds(one) for one in people])

    turn(officer, checker)
    underwritten(asked)
    conditions.agree(application=asked, text="The board has agreed", by=officer, at=NOW)
    turn(officer, checker)
    request = applications.propose(application=asked, by=officer, at=NOW)
    turn(officer, checker)
    approve(request)
    turn(officer, checker)
    loan = applications.approve(application=asked, on=TODAY, by=officer, at=NOW)
    turn(officer, checker)
    sheet = lending.issued(loan, days=3)
    turn(officer, checker)
    assert seen == [
        [["application.worksheet"], []],
        [["application.propose"], []],
        [["condition.open"], ["approval"]],
        [["application.commit", "condition.open"], []],
        [["loan.term_sheet", "condition.open"], []],
        [["loan.term_sheet.lapsing", "condition.open"], []],
    ]
    lending.accept(sheet)
    assert kinds(officer) == ["condition.open"]
    assert kinds(treasurer) == kinds(approver) == []


def test_a_drawdown_is_decided_and_then_released():
    pool = lending.loans_pool()
    loan = lending.committed_loan(pool)
    officer, treasurer = person("loan_officer"), person("treasury_officer")
    approver = person("treasury_approver")
    assert kinds(officer) == ["loan.draw"]
    order = drawdowns.ask(loan=loan, by=officer, at=NOW)
    assert [kinds(one) for one in (officer, treasurer, approver)] == [[], [], ["approval.money"]]
    approve(Approval.objects.get(kind="loan.drawdown", subject=order.number))
    (task,) = tasks_of(treasurer, NOW)
    assert (task.kind, task.to, task.key) == (
        "payment.release",
        "treasury_disbursement",
        str(order.pk),
    )
    assert task.name.startswith(order.number)
    assert task.due_at == NOW + timedelta(hours=6)


def test_a_decision_is_of_one_person_once_and_never_of_who_asked():
    pool = lending.loans_pool()
    asked = underwritten(lending.application(pool, amount="3000000"))
    both = person("loan_officer", "credit_checker", "committee")
    checker, member = person("credit_checker", "committee"), person("committee")
    request = applications.propose(application=asked, by=both, at=NOW)
    assert [kinds(one) for one in (both, checker, member)] == [[], ["approval"], []]
    approvals.decide(
        approval=request, verdict=Decision.Verdict.APPROVED, by=checker, at=NOW + 2 * DAY
    )
    assert [kinds(one) for one in (both, checker, member)] == [[], [], ["approval"]]
    (task,) = tasks_of(member, NOW)
    # The second stage waits since the first one was passed.
    assert (task.since, task.due_at) == (NOW + 2 * DAY, NOW + 3 * DAY)
    assert asked.number in task.name


def test_who_asked_carries_out_what_was_approved_and_takes_back_what_was_declined():
    borrower = institution()
    officer, checker, other = person("loan_officer"), person("compliance"), person("loan_officer")
    asked = verifications.propose(
        institution=borrower,
        documents=papers(borrower),
        expires_on=TODAY + 500 * DAY,
        finding="All agrees",
        by=officer,
        at=NOW,
    )
    proposed = Verification.objects.get(number=asked.subject)
    assert kinds(officer) == []
    approve(asked)
    (task,) = tasks_of(officer, NOW)
    assert (task.kind, task.to, task.key) == (
        "request.approved",
        "loans_verification",
        str(proposed.pk),
    )
    assert kinds(other) == kinds(checker) == []
    verifications.put_in_force(verification=proposed, by=officer, at=NOW)
    assert kinds(officer) == []
    change = parties.profile_change(borrower, limit=usdc("9000000"))
    request = Approval.objects.get(kind="institution.profile", subject=change.number)
    who = request.requested_by
    approvals.decide(
        approval=request,
        verdict=Decision.Verdict.DECLINED,
        reason="Too much",
        by=person("credit_checker"),
        at=NOW,
    )
    assert kinds(who) == ["request.declined"]
    profiles.withdraw(change=change, by=who, at=NOW)
    assert kinds(who) == []


@pytest.fixture
def everything():
    world.build()


def test_the_small_world_has_tasks_of_every_area(everything):
    now = NOW + timedelta(days=690)
    found = {role: set(kinds(person(role), now)) for role in OFFICERS}
    assert found["loan_officer"] >= {
        "application.worksheet",
        "condition.open",
        "verification.expiring",
        "margin_call.open",
        "receipt.waiting",
    }
    assert found["compliance"] >= {"approval"}
    assert found["treasury_officer"] >= {"break.open"}
    assert found["treasury_approver"] >= {"approval", "approval.money"}
    assert found["auditor"] == found["security_administrator"] == set()


def test_what_is_overdue_longest_stands_first_and_filters_keep_what_they_say(everything):
    officer, now = person("loan_officer"), NOW + timedelta(days=3)
    found = tasks_of(officer, now)
    assert [one.due_at for one in found] == sorted(one.due_at for one in found)
    late = kept(found, now, kind="", is_overdue=True)
    assert 0 < len(late) < len(tasks_of(officer, NOW + timedelta(days=900)))
    assert all(one.due_at <= now for one in late)
    calls = kept(found, now, kind="margin_call.open", is_overdue=False)
    assert [one.whose for one in calls] == ["Alpha Markets"]


def test_three_rows_cost_as_many_queries_as_thirty(everything):
    # Somebody with every role of the console asks every question.
    everybody = person(*OFFICERS)

    def count() -> tuple[int, int]:
        again = Person.objects.get(pk=everybody.pk)
        with CaptureQueriesContext(connection) as captured:
            found = tasks_of(again, NOW)
        return len(captured), len(found)

    _add(range(3))
    before, few = count()
    _add(range(3, 33))
    after, many = count()
    assert many == few + 60
    assert after == before <= 24


def _add(numbers: range) -> None:
    """Submit applications of the small world's institution, each with a document that expires."""
    borrower, pool = Institution.objects.get(), Pool.objects.get()
    by = Person.objects.get(username="loan-officer")
    for n in numbers:
        asked = world_loans._asked(borrower, pool, f"A-1{n:03d}", by)
        documents.file(
            area="loans",
            subject=asked.number,
            kind="other",
            title=f"Letter {n}",
            name="letter.pdf",
            data=b"%PDF-1.7 letter",
            expires_on=TODAY + 5 * DAY,
            by=by,
            at=NOW,
        )
