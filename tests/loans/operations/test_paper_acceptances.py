"""Term sheets signed on paper: recorded by one, approved by another, and as good as accepted."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import PaperAcceptance, TermSheet
from loans.operations import drawdowns, paper_acceptances, term_sheets
from loans.operations.paper_acceptances import BadPaper, Scan
from loans.operations.term_sheets import NotAcceptable, NotAccepted
from loans.rules.term_sheets import ON_PAPER
from tests.factories import NOW, TODAY, approve, person
from tests.loans import papers
from tests.loans.factories import accept, issued, unaccepted_loan
from together.console.queries.approvals import withdrawn
from together.controls.models import Approval, AuditRecord, Document
from together.controls.operations import approvals, documents
from together.controls.operations.approvals import NotApproved
from together.controls.operations.documents import NotADocument
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow


@pytest.fixture
def loan(pool):
    return unaccepted_loan(pool)


@pytest.fixture
def sheet(loan):
    return issued(loan)


def test_a_sheet_signed_on_paper_is_accepted_once_a_second_officer_approved_it(loan, sheet):
    paper = papers.recorded(sheet)
    request = papers.request_of(paper)
    assert request.roles == ["credit_checker"]
    assert request.effect["document_digest"] == paper.document.content_id
    assert request.effect["sheet_digest"] == sheet.digest
    with pytest.raises(NotAccepted, match=f"{paper.number} waits to be put into effect"):
        term_sheets.demand(loan, TODAY)
    papers.taken(papers.approved(paper))
    sheet.refresh_from_db()
    assert (sheet.state, sheet.accepted_by, sheet.accepted_at) == ("accepted", None, NOW)
    assert (sheet.wording, paper.signed_by) == (ON_PAPER, "Ines Harbour")
    told = AuditRecord.objects.filter(subject__in=[paper.number, sheet.number]).order_by("id")
    assert [one.what for one in told] == [
        "term_sheet.issued",
        "paper_acceptance.proposed",
        "term_sheet.paper.requested",
        "term_sheet.paper.approved",
        "term_sheet.accepted",
        "paper_acceptance.accepted",
    ]
    # Exactly as by e-acceptance: the loan may be drawn.
    term_sheets.demand(loan, TODAY)
    assert drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)


def test_nothing_takes_effect_that_was_not_approved(sheet):
    paper = papers.recorded(sheet)
    with pytest.raises(NotApproved):
        papers.taken(paper)
    with pytest.raises(DatabaseError), transaction.atomic():
        TermSheet.objects.filter(pk=sheet.pk).update(
            state="accepted", accepted_at=NOW, wording=ON_PAPER
        )


def test_who_recorded_it_does_not_decide_it(sheet):
    both = person("loan_officer", "credit_checker")
    paper = papers.recorded(sheet, by=both)
    with pytest.raises(approvals.MayNotDecide):
        approvals.decide(approval=papers.request_of(paper), verdict="approved", by=both, at=NOW)


def test_the_approval_is_bound_to_the_bytes_and_to_the_version(sheet):
    paper = papers.approved(papers.recorded(sheet))
    officer = person("loan_officer")
    for changed in (
        {"signed_by": "Otto"},
        {"signed_as": "owner"},
        {"document_digest": "0" * 64},
        {"sheet_digest": "0" * 64},
        {"signed_on": TODAY + timedelta(days=1)},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            PaperAcceptance.objects.filter(pk=paper.pk).update(**changed)
    documents.withdraw(document=paper.document, reason="Another page", by=officer, at=NOW)
    with pytest.raises(BadPaper, match="was withdrawn"):
        papers.taken(paper)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"name": " "}, "signed_by: '' must be stated"),
        ({"function": ""}, "signed_as: '' must be stated"),
        ({"on": TODAY - timedelta(days=1)}, "signed_on: 2025-10-13 is not between 2025-10-14"),
        ({"on": TODAY + timedelta(days=1)}, "signed_on: 2025-10-15 is not between"),
        ({"scan": Scan("signed.csv", b"a,b")}, "document: 'signed.csv' must be a PDF"),
    ],
)
def test_each_fault_is_named_and_nothing_is_filed(sheet, changed, rule):
    papers_before = Document.objects.count()
    with pytest.raises(BadPaper, match=rule):
        papers.recorded(sheet, **changed)
    assert Document.objects.count() == papers_before
    assert not PaperAcceptance.objects.exists()


def test_the_sheet_as_it_was_sent_is_no_signed_one(sheet):
    scan = Scan("signed.pdf", bytes(sheet.document.content.data))
    with pytest.raises(BadPaper, match="with no signature"):
        papers.recorded(sheet, scan=scan)
    with pytest.raises(NotADocument):
        papers.recorded(sheet, scan=Scan("signed.exe", b"MZ"))


def test_the_same_scan_is_recorded_once(pool, sheet):
    scan = Scan("signed.pdf", b"%PDF-1.7 the same")
    first = papers.recorded(sheet, scan=scan)
    with pytest.raises(NotPossibleNow, match="waits already"):
        papers.recorded(sheet)
    other = issued(unaccepted_loan(pool))
    with pytest.raises(BadPaper, match=f"recorded before, as {first.number}"):
        papers.recorded(other, scan=scan)
    paper_acceptances.withdraw(paper=first, by=person("loan_officer"), at=NOW)
    assert papers.recorded(sheet, scan=scan)


def test_officers_record_and_put_into_effect_and_nobody_else(sheet):
    for who in (
        person("credit_checker"),
        person("institution_admin", scope=sheet.loan.institution.number),
    ):
        with pytest.raises(NotAllowed):
            papers.recorded(sheet, by=who)
    paper = papers.approved(papers.recorded(sheet))
    with pytest.raises(NotAllowed):
        papers.taken(paper, by=person("credit_checker"))


def test_it_takes_effect_once(sheet):
    paper = papers.taken(papers.approved(papers.recorded(sheet)))
    with pytest.raises(NotPossibleNow):
        papers.taken(paper)
    with pytest.raises(NotPossibleNow):
        paper_acceptances.withdraw(paper=paper, by=person("loan_officer"), at=NOW)
    with pytest.raises(NotPossibleNow):
        papers.recorded(sheet)
    with pytest.raises(NotPossibleNow):
        accept(sheet)


def test_a_sheet_that_was_accepted_or_superseded_meanwhile_stays_so(loan, sheet):
    paper = papers.recorded(sheet)
    request = papers.request_of(paper)
    assert not withdrawn([request]).exists()
    issued(loan)
    assert withdrawn([request]).get() == request
    approve(request)
    with pytest.raises(NotPossibleNow):
        papers.taken(paper)
    newest = loan.term_sheets.order_by("-version").first()
    second = papers.approved(papers.recorded(newest))
    accept(newest)
    with pytest.raises(NotPossibleNow):
        papers.taken(second)


def test_a_sheet_lapses_for_paper_as_well(sheet):
    paper = papers.approved(papers.recorded(sheet))
    with pytest.raises(NotAcceptable, match="lapsed"):
        papers.taken(paper, at=NOW + timedelta(days=14))
    assert papers.taken(paper, at=NOW + timedelta(days=13)).state == "accepted"


def test_a_failure_halfway_leaves_nothing(sheet, monkeypatch):
    paper = papers.approved(papers.recorded(sheet))

    def broken(**_):
        raise RuntimeError("disk")

    monkeypatch.setattr(paper_acceptances, "record", broken)
    with pytest.raises(RuntimeError):
        papers.taken(paper)
    paper.refresh_from_db()
    sheet.refresh_from_db()
    assert (paper.state, sheet.state) == ("proposed", "issued")
    assert Approval.objects.filter(subject=paper.number).count() == 1
