"""Requests for information: asked by an officer, answered once, and nothing goes on meanwhile."""

from datetime import timedelta

import pytest

from loans.operations import applications, information_requests, withdrawals
from loans.operations.information_requests import Attachment, BadQuestion, NotAnswered
from loans.queries import information
from loans.queries.stages import stage_on
from tests.factories import NOW, TODAY, person
from tests.loans import institution_side as making
from tests.loans.credit import underwritten
from tests.loans.factories import application
from tests.loans.parties import institution
from together.controls.models import AuditRecord, Document
from together.controls.operations.documents import NotADocument
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow

PDF = Attachment("proof.pdf", b"%PDF-1.7 proof")


def answered(one, *, by=None, at=NOW, **named) -> None:
    who = by or making.acting(one.application.institution)
    given = {"text": "Binance, until March", "files": [PDF], **named}
    information_requests.answer(request=one, by=who, at=at, **given)
    one.refresh_from_db()


def test_a_question_waits_for_the_institution_and_its_answer_for_the_officer(pool):
    asked = application(pool)
    one = making.asked(asked)
    stage = stage_on(asked, TODAY)
    assert (stage.code, stage.role, stage.since) == ("information", "institution_admin", NOW)
    assert stage.lapses_on == one.due_on + timedelta(days=1)
    later = NOW + timedelta(hours=5)
    answered(one, at=later)
    assert (one.state, one.answer) == ("answered", "Binance, until March")
    paper = Document.objects.get(number=one.documents[0])
    assert (paper.subject, paper.kind, paper.filed_by) == (asked.number, "answer", one.ended_by)
    stage = stage_on(asked, TODAY)
    assert (stage.code, stage.role, stage.since) == ("submitted", "loan_officer", later)
    told = AuditRecord.objects.filter(subject=one.number).order_by("id")
    assert [record.what for record in told] == ["information.asked", "information.answered"]


def test_nothing_is_proposed_while_it_is_open(pool):
    asked = underwritten(application(pool))
    one = making.asked(asked)
    officer = person("loan_officer")
    with pytest.raises(NotAnswered, match=one.number):
        applications.propose(application=asked, by=officer, at=NOW)
    answered(one)
    assert applications.propose(application=asked, by=officer, at=NOW)


def test_it_is_answered_once(pool):
    one = making.asked(application(pool))
    answered(one)
    with pytest.raises(NotPossibleNow):
        answered(one)
    assert Document.objects.filter(kind="answer").count() == 1
    with pytest.raises(NotPossibleNow):
        information_requests.withdraw(
            request=one, reason="Known", by=person("loan_officer"), at=NOW
        )


def test_an_officer_withdraws_a_question_with_a_reason(pool):
    asked = application(pool)
    one, officer = making.asked(asked), person("loan_officer")
    with pytest.raises(BadQuestion, match="reason: "):
        information_requests.withdraw(request=one, reason=" ", by=officer, at=NOW)
    information_requests.withdraw(request=one, reason="It is known", by=officer, at=NOW)
    with pytest.raises(NotPossibleNow):
        answered(one)
    information_requests.demand_answered(asked)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"question": " "}, "question: "),
        ({"question": "x" * 1001}, "question: "),
        ({"due_on": TODAY}, "due_on: 2025-10-14 must be after 2025-10-14"),
        ({"due_on": TODAY + timedelta(days=91)}, "due_on: "),
    ],
)
def test_a_question_has_words_and_a_day(pool, changed, rule):
    with pytest.raises(BadQuestion, match=rule):
        making.asked(application(pool), **changed)


def test_an_answer_has_words_and_files_of_kinds_that_are_filed(pool):
    one = making.asked(application(pool))
    with pytest.raises(BadQuestion, match="answer: "):
        answered(one, text=" ")
    with pytest.raises(BadQuestion, match="files: 11"):
        answered(one, files=[PDF] * 11)
    with pytest.raises(NotADocument, match=r"none of \.pdf"):
        answered(one, files=[PDF, Attachment("x.exe", b"MZ")])
    one.refresh_from_db()
    assert one.state == "open"
    assert not Document.objects.filter(kind="answer").exists()


def test_officers_ask_and_the_institution_answers_and_nobody_else(pool):
    asked = application(pool)
    for role in ("credit_checker", "treasury_officer"):
        with pytest.raises(NotAllowed):
            information_requests.ask(
                application=asked,
                question="Why?",
                due_on=TODAY + timedelta(days=3),
                by=person(role),
                at=NOW,
            )
    one = making.asked(asked)
    for who in (
        person("loan_officer"),
        making.acting(institution()),
        making.acting(asked.institution, "institution_viewer"),
    ):
        with pytest.raises(NotAllowed):
            answered(one, by=who)


def test_nothing_is_asked_of_an_application_that_is_over(pool):
    asked = application(pool)
    one = making.asked(asked)
    withdrawals.withdraw(
        application=asked, reason="Another lender", by=making.acting(asked.institution), at=NOW
    )
    with pytest.raises(NotPossibleNow):
        making.asked(asked)
    with pytest.raises(NotPossibleNow):
        answered(one)


def test_what_is_not_answered_in_time_is_told_to_officers(pool):
    asked = application(pool)
    one, officer = making.asked(asked), person("loan_officer")
    assert list(information.overdue(one.due_on, officer)) == []
    assert list(information.overdue(one.due_on + timedelta(days=1), officer)) == [one]
