"""Term sheets: issued, superseded, accepted by the institution in time; drawn only then."""

import hashlib
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from loans.models import Loan, TermSheet
from loans.operations import (
    applications,
    conditions,
    covenants,
    drawdowns,
    guarantees,
    offers,
    term_sheets,
)
from loans.operations.term_sheets import BadTermSheet, NotAcceptable, NotAccepted
from loans.queries.term_sheets import accepted as accepted_of
from loans.rules.products import terms_of
from tests.factories import NOW, TODAY, person, usdc
from tests.loans import factories as lending
from tests.loans.collateral import markets, pledged, secured
from together.controls.models import Approval, AuditRecord, Document
from together.controls.operations import documents
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow

COVENANT = {
    "kind": "financial",
    "ratio": "equity_ratio",
    "bound": "0.25",
    "every_months": 3,
    "due_days": 45,
    "cure_days": 30,
}
pytestmark = pytest.mark.django_db


@pytest.fixture
def loan(pool):
    return lending.unaccepted_loan(pool)


def ask(loan, at=NOW):
    return drawdowns.ask(loan=loan, by=person("loan_officer"), at=at)


def test_a_sheet_says_what_was_agreed_and_its_pdf_is_filed(loan):
    sheet = lending.issued(loan)
    assert (sheet.number, sheet.version, sheet.state) == ("TS-0001", 1, "issued")
    assert sheet.terms_digest == loan.terms_digest
    filed = sheet.document
    assert (filed.kind, filed.subject, filed.media_type) == (
        "term_sheet",
        loan.number,
        "application/pdf",
    )
    said = json.dumps(sheet.content, ensure_ascii=False)
    for word in (loan.institution.lei, "1,000,000", "12 %", "ACT/360", "admission of fault"):
        assert word in said
    canonical = json.dumps(
        sheet.content, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()
    assert hashlib.sha256(canonical).hexdigest() == sheet.digest
    assert AuditRecord.objects.filter(what="term_sheet.issued", subject="TS-0001").exists()


def test_a_sheet_tells_security_covenants_conditions_and_guarantees(pool):
    markets()
    asked = secured(pool)
    pledged(asked, "15")
    by = person("loan_officer")
    covenants.agree(application=asked, said=COVENANT, by=by, at=NOW)
    conditions.agree(application=asked, text="The agreement is signed", by=by, at=NOW)
    guarantees.agree(
        application=asked, guarantor="Harbour Holdings", amount=usdc("500000"), by=by, at=NOW
    )
    ready = lending.approved(asked)
    loan = applications.approve(application=ready, on=TODAY, by=by, at=NOW)
    lending.issued(loan)
    kept = TermSheet.objects.get().content
    told = {one["heading"]: one for one in kept["sections"]}
    assert "at most 72.00 %" in told["Security"]["paragraphs"][0]
    assert told["Security"]["grids"][0]["rows"][0][1] == "15 BTC"
    covenant = told["Covenants"]["grids"][0]["rows"][0]
    assert covenant == [
        "Equity over total assets: at least 25.00 %",
        "CV-0001",
        "every 3 months",
        "45 days",
        "30 days",
    ]
    condition = told["Conditions precedent"]["grids"][0]["rows"][0]
    assert condition == ["The agreement is signed", "CN-0001", "open"]
    guarantee = told["Guarantees"]["grids"][0]["rows"][0]
    assert guarantee == ["Harbour Holdings", "GU-0001", "-", str(usdc("500000"))]


def test_default_interest_and_prepayment_are_told(pool):
    terms = {
        **terms_of("level_monthly", rate="0.12", instalments=60),
        "default_interest": {"rate": "0.18", "on_interest": True},
        "prepayment": "shorten",
    }
    sheet = lending.issued(lending.unaccepted_loan(pool, terms=terms))
    told = {one["heading"]: one for one in sheet.content["sections"]}
    pairs = dict(told["Terms"]["pairs"])
    assert pairs["Default interest"] == "18 % a year on overdue principal and interest"
    assert pairs["Paid before it is due"] == "leaves fewer instalments"
    (schedule,) = [one for head, one in told.items() if head.startswith("Schedule")]
    rows = schedule["grids"][0]["rows"]
    assert (len(rows), rows[-1][4]) == (60, "0.00")
    assert sum(Decimal(row[1].replace(",", "")) for row in rows) == 1_000_000


def test_only_an_officer_issues(loan):
    admin = person("institution_admin", scope=loan.institution.number)
    for by in (admin, person("credit_checker")):
        with pytest.raises(NotAllowed):
            term_sheets.issue(loan=loan, lapses_on=TODAY + timedelta(days=9), by=by, at=NOW)
    assert not TermSheet.objects.exists()


@pytest.mark.parametrize("days", [-1, 0, 91])
def test_a_sheet_lapses_after_today_and_within_three_months(loan, days):
    with pytest.raises(BadTermSheet, match=r"lapses_on: .* must be after"):
        lending.issued(loan, days=days)
    assert not TermSheet.objects.exists()


def test_issuing_again_supersedes_the_version_before(loan):
    first = lending.issued(loan)
    second = lending.issued(loan, days=30)
    first.refresh_from_db()
    assert (first.state, second.version, second.state) == ("superseded", 2, "issued")
    with pytest.raises(NotPossibleNow, match="superseded"):
        lending.accept(first)


def test_what_was_accepted_is_not_superseded(loan):
    sheet = lending.accepted(loan)
    with pytest.raises(NotPossibleNow, match="accepted"):
        lending.issued(loan)
    assert accepted_of(loan) == sheet
    assert Document.objects.filter(kind="term_sheet").count() == 1


def test_a_failure_halfway_leaves_nothing(loan, monkeypatch):
    first = lending.issued(loan)

    def fails(*args, **kwargs):
        raise RuntimeError("the printer is broken")

    monkeypatch.setattr(offers.paper_pdf, "content", fails)
    with pytest.raises(RuntimeError):
        lending.issued(loan)
    first.refresh_from_db()
    assert first.state == "issued"
    assert TermSheet.objects.count() == Document.objects.filter(kind="term_sheet").count() == 1


def test_an_acceptance_names_person_moment_digest_and_words(loan):
    sheet = lending.issued(loan)
    manager = person("institution_manager", scope=loan.institution.number)
    lending.accept(sheet, by=manager)
    assert (sheet.state, sheet.accepted_by, sheet.accepted_at) == ("accepted", manager, NOW)
    told = AuditRecord.objects.get(what="term_sheet.accepted", subject=sheet.number)
    assert told.details == {
        "loan": loan.number,
        "digest": sheet.digest,
        "wording": "acceptance/1",
    }
    with pytest.raises(NotPossibleNow, match="accepted"):
        lending.accept(sheet)


def test_only_admin_and_manager_of_the_institution_accept(loan):
    sheet = lending.issued(loan)
    own = loan.institution.number
    for role, scope in (
        ("institution_viewer", own),
        ("institution_admin", "I-9999"),
        ("loan_officer", ""),
        ("committee", ""),
    ):
        with pytest.raises(NotAllowed):
            lending.accept(sheet, by=person(role, scope=scope))
    sheet.refresh_from_db()
    assert sheet.state == "issued"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"may_sign": False}, "may_sign: must be ticked"),
        ({"digest": "0" * 64}, "digest: '000000000000' is not that of the sheet"),
        ({"wording": "acceptance/0"}, "wording: 'acceptance/0' is not the one in use"),
        ({"at": NOW + timedelta(days=14)}, "it lapsed on"),
    ],
)
def test_a_sheet_is_accepted_as_seen_in_time_by_who_may_sign(loan, asked, why):
    sheet = lending.issued(loan)
    with pytest.raises(NotAcceptable, match=why):
        lending.accept(sheet, **asked)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.accepted_by) == ("issued", None)


def test_a_sheet_is_accepted_on_its_last_day(loan):
    sheet = lending.issued(loan)
    assert lending.accept(sheet, at=NOW + timedelta(days=13)).state == "accepted"


def test_a_sheet_whose_document_was_withdrawn_is_not_accepted(loan):
    sheet = lending.issued(loan)
    documents.withdraw(
        document=sheet.document, reason="Sent in error", by=person("loan_officer"), at=NOW
    )
    with pytest.raises(NotAcceptable, match="document was withdrawn"):
        lending.accept(TermSheet.objects.get())


def test_nothing_is_drawn_before_its_sheet_is_accepted(loan):
    with pytest.raises(NotAccepted, match="no term sheet was issued"):
        ask(loan)
    sheet = lending.issued(loan)
    with pytest.raises(NotAccepted, match=r"TS-0001 waits for .* to accept it in the portal"):
        ask(loan)
    with pytest.raises(NotAccepted, match="TS-0001 lapsed on"):
        ask(loan, at=NOW + timedelta(days=20))
    loan.refresh_from_db()
    assert (loan.state, loan.disbursement) == ("committed", None)
    lending.accept(sheet)
    ask(loan)
    loan.refresh_from_db()
    assert loan.state == "drawing"
    with pytest.raises(NotPossibleNow, match="drawing"):
        lending.issued(loan)


def test_the_database_lets_no_loan_be_drawn_on_a_sheet_that_is_only_issued(loan):
    lending.issued(loan)
    with (
        pytest.raises(DatabaseError, match="no term sheet of its terms was accepted"),
        transaction.atomic(),
    ):
        Loan.objects.filter(pk=loan.pk).update(state="drawing")


def test_a_loan_that_was_given_back_is_drawn_again_on_the_same_sheet(loan):
    from together.treasury.operations import disbursements

    lending.accepted(loan)
    order = ask(loan)
    disbursements.withdraw(disbursement=order, by=person("treasury_officer"), at=NOW)
    drawdowns.take_back(at=NOW)
    loan.refresh_from_db()
    assert loan.state == "committed"
    again = ask(loan)
    assert Approval.objects.filter(kind="loan.drawdown", subject=again.number).exists()


def test_the_pdf_is_taken_out_by_its_institution_only_and_that_is_written_down(loan):
    sheet = lending.issued(loan)
    viewer = person("institution_viewer", scope=loan.institution.number)
    assert term_sheets.take_out(sheet=sheet, by=viewer, at=NOW).startswith(b"%PDF-")
    assert documents.access.AccessRecord.objects.filter(by=viewer, subject=loan.number).exists()
    stranger = person("institution_admin", scope="I-9999")
    with pytest.raises(NotAllowed):
        term_sheets.take_out(sheet=sheet, by=stranger, at=NOW)
