"""Amendment letters: what is agreed with the borrower is booked once it accepted just that."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from loans.models import AmendmentLetter, Event
from loans.operations import amendment_letters, servicing
from loans.operations.amendment_letters import BadLetter, NotAgreed, NotAnswerable, Promised
from loans.operations.servicing import LoanHasChanged
from loans.rules.adjustments import KINDS
from loans.rules.amendments import is_agreed
from loans.rules.products import terms_of
from tests.factories import TODAY, approve, person
from tests.loans import papers
from tests.loans.factories import (
    active_loan,
    adjusted,
    agree,
    at,
    close,
    offered,
    paid,
    proposed,
)
from together.console.queries.approvals import withdrawn
from together.controls.models import AuditRecord, Document
from together.controls.operations import documents
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow

DAY = timedelta(days=1)
LATER = TODAY + 30 * DAY
SPREAD = {"first_due_date": "2025-12-15", "instalments": 24}


@pytest.fixture
def loan(pool, pay):
    """Give a loan of one million at 6 %, interest each quarter, all back after a year."""
    lent = active_loan(pool, pay, terms=terms_of("bullet", rate="0.06", instalments=4))
    close(lent, LATER)
    return lent


@pytest.fixture
def asked(loan):
    """Give a restructure that its stages approved."""
    made = proposed(loan, "re_age", LATER, today=LATER, **SPREAD)
    approve(made.approval)
    return made


def book(asked, *, days: int = 0):
    return servicing.book(
        adjustment=asked, by=person("loan_officer"), at=at(LATER + timedelta(days=days))
    )


def told(letter: AmendmentLetter) -> str:
    return json.dumps(letter.content, ensure_ascii=False)


def test_a_restructure_is_booked_once_its_borrower_accepted_it(loan, asked):
    with pytest.raises(NotAgreed, match="no amendment letter was issued"):
        book(asked)
    letter = offered(asked)
    assert (letter.number, letter.version, letter.state) == ("AL-0001", 1, "issued")
    assert letter.effect_digest == asked.approval.effect_digest
    assert bytes(letter.document.content.data).startswith(b"%PDF-")
    with pytest.raises(NotAgreed, match=f"AL-0001 waits for {loan.institution} to accept it"):
        book(asked)
    agree(letter)
    assert book(asked).event.type == "re_age"
    trail = AuditRecord.objects.filter(subject=letter.number).order_by("id")
    assert [one.what for one in trail] == ["amendment_letter.issued", "amendment_letter.accepted"]
    assert trail.last().details["wording"] == "amendment/1"


def test_a_borrower_is_told_what_it_pays_and_not_what_we_say_of_it(asked):
    letter = offered(asked)
    worth = asked.difference["modification"]
    said = told(letter)
    for word in (
        "What is open on 13 Nov 2025 is spread over 24 instalments, one every month",
        "the first due on 15 Dec 2025",
        "Instalments before and after",
        "original effective rate",
        f"{worth['per_cent']} %",
        asked.approval.effect_digest,
        "Borrower and lender compare the two",
    ):
        assert word in said
    for word in (asked.reason, "loss", "Loss", "income.", "checker", "amount to approve"):
        assert word not in said
    (schedule,) = (one for one in letter.content["sections"] if "Instalments" in one["heading"])
    assert len(schedule["grids"][0]["rows"]) == 24


def test_each_kind_is_told_in_one_sentence(loan):
    sentences = {
        "rate_change": ({"rate": "0.02"}, "the loan earns 2 % a year"),
        "extend": ({"instalments": 3}, "3 instalments follow at the end"),
        "move_due_date": ({"to": "2026-02-14"}, "What is due on 14 Jan 2026 is due on 14 Feb 2026"),
    }
    for kind, (further, sentence) in sentences.items():
        on = TODAY.replace(year=2026, month=1) if kind == "move_due_date" else LATER
        made = proposed(loan, kind, on, today=LATER, **further)
        approve(made.approval)
        letter = offered(made, at=at(LATER))
        assert sentence in told(letter)
        assert ("Rate a year" in told(letter)) == (kind == "rate_change")


def test_taking_an_agreed_change_back_needs_the_borrower_as_well(loan):
    adjusted(loan, "extend", LATER, today=LATER, instalments=2)
    back = proposed(loan, "reversal", LATER, target=2)
    approve(back.approval)
    with pytest.raises(NotAgreed):
        book(back)
    assert "The extension that was agreed before is taken back" in told(offered(back))
    agree(back.letters.get())
    assert book(back).event.type == "reversal"
    # A reversal of the reversal is agreed again; that of a fee is not.
    again = proposed(loan, "reversal", LATER, target=3)
    approve(again.approval)
    with pytest.raises(NotAgreed):
        book(again)
    servicing.withdraw(adjustment=again, by=person("loan_officer"), at=at(LATER))
    adjusted(loan, "charge", LATER, "250")
    fee = proposed(loan, "reversal", LATER, target=4)
    approve(fee.approval)
    assert book(fee).event.type == "reversal"


@pytest.mark.django_db
def test_rules_and_database_agree_on_what_is_agreed():
    with connection.cursor() as cursor:
        for kind in KINDS:
            cursor.execute("SELECT loans_is_agreed_with_borrower(%s, NULL)", [kind])
            assert cursor.fetchone() == (is_agreed(kind),)


def test_the_database_records_no_change_that_was_not_accepted(loan, asked):
    letter = offered(asked)
    event = Event(
        loan=loan,
        sequence=2,
        type="re_age",
        on=asked.on,
        further=asked.further,
        adjustment=asked,
        recorded_at=at(LATER),
    )
    with pytest.raises(DatabaseError, match="did not accept it"), transaction.atomic():
        event.save(force_insert=True)
    agree(letter)
    event.save(force_insert=True)


# What is refused.


def test_only_what_is_approved_and_agreed_is_offered(loan):
    waits = proposed(loan, "re_age", LATER, today=LATER, **SPREAD)
    with pytest.raises(NotApproved):
        offered(waits)
    fee = proposed(loan, "charge", LATER, "250")
    approve(fee.approval)
    with pytest.raises(BadLetter, match="type: its borrower need not agree to a charge"):
        offered(fee)
    approve(waits.approval)
    for days in (0, 91):
        with pytest.raises(BadLetter, match=r"lapses_on: .* must be after 2025-11-13"):
            offered(waits, days=days)
    assert not AmendmentLetter.objects.exists()
    assert not Document.objects.filter(kind="amendment_letter").exists()


def test_officers_issue_and_only_the_borrowers_own_people_answer(loan, asked):
    for who in (person("credit_checker"), person("institution_admin", scope="I-9999")):
        with pytest.raises(NotAllowed):
            amendment_letters.issue(
                adjustment=asked, lapses_on=LATER + 14 * DAY, by=who, at=at(LATER)
            )
    letter = offered(asked)
    mine = loan.institution.number
    for who in (
        person("loan_officer"),
        person("institution_viewer", scope=mine),
        person("institution_admin", scope="I-9999"),
    ):
        with pytest.raises(NotAllowed):
            agree(letter, by=who)
        with pytest.raises(NotAllowed):
            amendment_letters.decline(letter=letter, words="No", by=who, at=at(LATER))
    agree(letter, by=person("institution_manager", scope=mine))


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"may_sign": False}, "may_sign: must be ticked"),
        ({"digest": "0" * 64}, "digest: '000000000000' is not that of the letter"),
        ({"wording": "acceptance/1"}, "wording: 'acceptance/1' is not the one in use"),
    ],
)
def test_what_was_not_said_is_named(asked, said, rule):
    letter = offered(asked)
    with pytest.raises(NotAnswerable, match=rule):
        agree(letter, **said)
    letter.refresh_from_db()
    assert letter.state == "issued"


def test_a_letter_lapses_by_itself_and_another_one_is_issued(asked):
    letter = offered(asked)
    with pytest.raises(NotAnswerable, match="it lapsed on 2025-11-27"):
        agree(letter, at=at(LATER + 14 * DAY))
    with pytest.raises(NotAgreed, match="AL-0001 lapsed on 2025-11-27"):
        book(asked, days=14)
    second = offered(asked, at=at(LATER + 14 * DAY))
    letter.refresh_from_db()
    assert (letter.state, second.version) == ("superseded", 2)
    with pytest.raises(NotPossibleNow):
        agree(letter, at=at(LATER + 14 * DAY))
    agree(second)
    assert book(asked, days=15).state == "booked"


def test_it_is_answered_once(asked):
    letter = agree(offered(asked))
    admin = person("institution_admin", scope=letter.loan.institution.number)
    with pytest.raises(NotPossibleNow):
        agree(letter)
    with pytest.raises(NotPossibleNow):
        amendment_letters.decline(letter=letter, words="No", by=admin, at=at(LATER))
    with pytest.raises(NotPossibleNow):
        offered(asked)


def test_a_borrower_declines_with_words_and_is_asked_anew(asked):
    letter = offered(asked)
    admin = person("institution_admin", scope=letter.loan.institution.number)
    for words in (" ", "x" * 401):
        with pytest.raises(NotAnswerable, match=r"words: .* must say why"):
            amendment_letters.decline(letter=letter, words=words, by=admin, at=at(LATER))
    amendment_letters.decline(letter=letter, words=" Too long ", by=admin, at=at(LATER))
    letter.refresh_from_db()
    assert (letter.state, letter.words, letter.answered_by) == ("declined", "Too long", admin)
    with pytest.raises(NotAgreed, match="was declined by its borrower: Too long"):
        book(asked)
    agree(offered(asked))
    letter.refresh_from_db()
    assert letter.state == "declined"
    assert book(asked).state == "booked"


def test_what_the_loan_has_outrun_is_neither_offered_nor_accepted_nor_booked(loan, asked):
    letter = offered(asked)
    paid(loan, "5000", LATER)
    with pytest.raises(NotAnswerable, match="has changed since: another amendment is needed"):
        agree(letter)
    with pytest.raises(BadLetter, match="has changed since"):
        offered(asked)
    with pytest.raises(LoanHasChanged):
        book(asked)
    servicing.withdraw(adjustment=asked, by=person("loan_officer"), at=at(LATER))
    letter.refresh_from_db()
    assert letter.state == "withdrawn"


def test_what_was_accepted_binds_until_it_cannot_be_booked_any_more(loan, asked):
    letter = agree(offered(asked))
    officer = person("loan_officer")
    with pytest.raises(Promised, match=f"its borrower accepted {letter.number}"):
        servicing.withdraw(adjustment=asked, by=officer, at=at(LATER))
    with pytest.raises(DatabaseError, match="its borrower accepted it"), transaction.atomic():
        type(asked).objects.filter(pk=asked.pk).update(
            state="withdrawn", ended_by=officer, ended_at=at(LATER)
        )
    paid(loan, "5000", LATER)
    servicing.withdraw(adjustment=asked, by=officer, at=at(LATER))
    letter.refresh_from_db()
    assert letter.state == "accepted"


def test_a_letter_whose_pdf_was_withdrawn_is_not_accepted(asked):
    letter = offered(asked)
    documents.withdraw(
        document=letter.document, reason="A slip", by=person("loan_officer"), at=at(LATER)
    )
    with pytest.raises(NotAnswerable, match="its document was withdrawn"):
        agree(letter)


def test_half_way_failure_leaves_nothing(asked, monkeypatch):
    letter = offered(asked)
    monkeypatch.setattr(amendment_letters, "record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        agree(letter)
    with pytest.raises(ZeroDivisionError):
        offered(asked)
    letter.refresh_from_db()
    assert letter.state == "issued"
    assert AmendmentLetter.objects.count() == 1
    assert Document.objects.filter(kind="amendment_letter").count() == 1


def test_a_letter_signed_on_paper_is_approved_and_counts(asked):
    letter = offered(asked)
    paper = papers.recorded(letter, at=at(LATER), on=LATER)
    request = papers.request_of(paper)
    assert (request.kind, request.roles) == ("amendment.paper", ["credit_checker"])
    assert request.effect["effect_digest"] == asked.approval.effect_digest
    assert request.effect["letter_digest"] == letter.digest
    with pytest.raises(NotAgreed, match=f"{paper.number} waits to be put into effect"):
        book(asked)
    with pytest.raises(NotApproved):
        papers.taken(paper, at=at(LATER))
    with pytest.raises(DatabaseError), transaction.atomic():
        AmendmentLetter.objects.filter(pk=letter.pk).update(
            state="accepted", answered_at=at(LATER), wording="paper/1"
        )
    papers.taken(papers.approved(paper, at=at(LATER)), at=at(LATER))
    letter.refresh_from_db()
    assert (letter.state, letter.answered_by, letter.wording) == ("accepted", None, "paper/1")
    assert book(asked).state == "booked"


def test_a_paper_is_overtaken_by_an_answer_in_the_portal(asked):
    letter = offered(asked)
    paper = papers.recorded(letter, at=at(LATER), on=LATER)
    request = papers.request_of(paper)
    assert not withdrawn([request]).exists()
    agreed_in_portal = agree(letter)
    assert withdrawn([request]).get() == request
    with pytest.raises(NotPossibleNow):
        papers.taken(papers.approved(paper, at=at(LATER)), at=at(LATER))
    assert agreed_in_portal.wording == "amendment/1"
