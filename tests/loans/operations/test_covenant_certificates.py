"""Compliance certificates: who files and signs them, and what an officer finds in them."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import Certificate, CovenantTest, Examination
from loans.operations import contacts, covenant_certificates, covenant_tests
from loans.operations.covenant_certificates import (
    BadCertificate,
    NotExaminable,
    OwnCertificate,
    Signed,
    Upload,
)
from loans.rules.contacts import Details
from tests.factories import TODAY, person
from tests.loans.covenants import (
    ACCOUNTS,
    DAY,
    DUE,
    EQUITY,
    QUARTER,
    THIN,
    accounts,
    drawn,
    examined,
    filed,
    opened,
    waived,
)
from tests.loans.factories import at
from together.controls.models import AccessRecord, AuditRecord, Document
from together.controls.operations import documents
from together.controls.operations.documents import NotADocument
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow


@pytest.fixture
def test(pool, pay) -> CovenantTest:
    drawn(pool, pay)
    return opened()


@pytest.fixture
def told(pool, pay) -> CovenantTest:
    """Give the test of an information covenant."""
    drawn(pool, pay, ACCOUNTS)
    return opened()


def judged(certificate, *, is_delivered=True, note="", by=None, on=DUE):
    return covenant_certificates.judge(
        certificate=certificate,
        is_delivered=is_delivered,
        note=note,
        by=by or person("loan_officer"),
        at=at(on),
    )


def test_the_institution_files_and_an_officer_finds_it_kept(test):
    made = filed(test)
    assert (made.number, made.document.kind) == ("CC-0001", "certificate")
    assert made.document.subject == test.loan.number
    found = examined(test, accounts(test))
    assert (found.figure, found.outcome, test.state) == ("1/2", "kept", "kept")
    said = AuditRecord.objects.get(what="certificate.examined").details
    assert said["figure"] == "0.5000"


def test_one_certificate_is_for_several_tests_and_its_accounts_are_kept(pool, pay):
    loan = drawn(pool, pay, EQUITY, ACCOUNTS)
    opened()
    filed(
        CovenantTest.objects.first(),
        tests=[*CovenantTest.objects.all(), CovenantTest.objects.first()],
        accounts=Upload("q4.pdf", b"%PDF-1.7 accounts"),
    )
    assert Certificate.objects.count() == 2
    assert Document.objects.filter(kind="certificate").count() == 1
    assert Document.objects.filter(subject=loan.institution.number, name="q4.pdf").exists()


def test_a_contact_signs_what_an_officer_files_and_another_officer_examines(test):
    details = Details("Ines", "authorised_signatory", "ines@example.test", "+442079460018")
    officer = person("loan_officer")
    contact = contacts.enter(
        institution=test.loan.institution, details=details, starts_on=TODAY, by=officer, at=at(DUE)
    )
    made = filed(test, by=officer, signed=Signed(contact, DUE))
    assert made.signatory == "Ines"
    with pytest.raises(OwnCertificate, match="CC-0001"):
        covenant_certificates.examine(
            certificate=made, spread=accounts(test), by=officer, at=at(DUE)
        )
    with pytest.raises(DatabaseError, match="did not file it"), transaction.atomic():
        Examination.objects.create(
            certificate=made,
            spread=test.loan.institution.spreads.first(),
            figure="1/2",
            outcome="kept",
            examined_by=officer,
            examined_at=at(DUE),
        )


def test_a_certificate_says_what_is_wrong(test):
    stranger = person("institution_admin", scope="I-9999")
    own = person("institution_admin", scope=test.loan.institution.number)
    viewer = person("institution_viewer", scope=test.loan.institution.number)
    for signed, words in (
        (Signed(stranger, DUE), "signed_by: .* does not sign for"),
        (Signed(viewer, DUE), "signed_by: .* does not sign for"),
        (Signed(own, QUARTER - DAY), "signed_on: 2025-12-30 is not between"),
        (Signed(own, DUE + DAY), "signed_on: 2026-02-15 is not between"),
    ):
        with pytest.raises(BadCertificate, match=words):
            filed(test, by=own, signed=signed)
    for by in (stranger, viewer, person("credit_checker")):
        with pytest.raises(NotAllowed):
            filed(test, by=by, signed=Signed(own, DUE))
    with pytest.raises(NotADocument, match=r"file: 'x\.exe'"):
        filed(test, certificate=Upload("x.exe", b"MZ"))
    with pytest.raises(BadCertificate, match="tests: must name"):
        filed(test, tests=[])
    assert not Certificate.objects.exists()
    assert not Document.objects.filter(kind="certificate").exists()


def test_certificates_of_two_periods_are_filed_one_by_one(test):
    later = opened(QUARTER + timedelta(days=95))
    with pytest.raises(BadCertificate, match="one loan and one period"):
        filed(test, tests=[test, later])


def test_a_figure_that_nothing_shows_is_not_known_and_changes_nothing(test):
    filed(test)
    bare = accounts(test, evidence={})
    found = examined(test, bare)
    assert (found.outcome, found.figure, test.state) == ("not known", "1/2", "due")
    assert found.why.startswith("no document shows the balance sheet")
    assert covenant_tests.watch(at=at(DUE + DAY)).overdue == [test.number]
    shown = accounts(test, DUE + DAY, replaces=bare, note="What shows it came")
    assert examined(test, shown, DUE + DAY).outcome == "kept"
    assert test.state == "cured"


def test_only_accounts_of_just_the_period_count(test):
    made = filed(test)
    of_before = test.loan.institution.spreads.order_by("ends_on").last()
    with pytest.raises(NotExaminable, match="is not of"):
        examined(test, of_before)
    first = accounts(test)
    accounts(test, replaces=first, note="A slip", amounts=THIN)
    with pytest.raises(NotExaminable, match="was replaced"):
        examined(test, first)
    assert made.examinations.count() == 0


def test_corrected_accounts_turn_a_kept_test_into_a_breach(test):
    filed(test)
    first = accounts(test)
    examined(test, first)
    again = accounts(test, replaces=first, note="Equity was overstated", amounts=THIN)
    later = DUE + timedelta(days=9)
    assert examined(test, again, later).outcome == "breached"
    assert (test.state, test.cure_until) == ("breached", later + timedelta(days=30))


def test_the_newest_certificate_counts(test):
    first = filed(test)
    filed(test)
    with pytest.raises(NotPossibleNow, match="CC-0002 took the place of CC-0001"):
        examined(test, accounts(test), certificate=first)


def test_a_withdrawn_document_shows_nothing(test):
    made = filed(test)
    documents.withdraw(
        document=made.document, reason="Not signed", by=person("loan_officer"), at=at(DUE)
    )
    with pytest.raises(NotExaminable, match="was withdrawn; ask for another"):
        examined(test, accounts(test))
    assert covenant_tests.watch(at=at(DUE + DAY)).overdue == [test.number]


def test_what_was_delivered_is_judged_by_an_officer(told):
    made = filed(told)
    with pytest.raises(NotExaminable, match="note: must say what is wanting"):
        judged(made, is_delivered=False)
    assert judged(made, is_delivered=False, note="Page 3 is missing").outcome == "not known"
    with pytest.raises(NotAllowed):
        judged(made, by=made.filed_by)
    assert judged(made).outcome == "kept"
    told.refresh_from_db()
    assert told.state == "kept"


def test_each_kind_is_examined_in_its_own_way(test, pool, pay):
    made = filed(test)
    with pytest.raises(NotExaminable, match="CC-0001 is for no information covenant"):
        judged(made)


def test_nothing_is_certified_that_was_waived(test):
    covenant_tests.watch(at=at(DUE + DAY))
    waived(test, DUE + DAY)
    with pytest.raises(NotPossibleNow, match="no certificate is waited for"):
        filed(test, DUE + DAY)


def test_a_failure_halfway_leaves_nothing(test, monkeypatch):
    def broken(**_):
        raise RuntimeError("the audit trail is full")

    monkeypatch.setattr(covenant_certificates, "record", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        filed(test)
    assert not Certificate.objects.exists()
    assert not Document.objects.filter(kind="certificate").exists()


def test_the_document_is_taken_out_by_its_institution_only_and_that_is_written_down(test):
    made = filed(test)
    viewer = person("institution_viewer", scope=test.loan.institution.number)
    data = covenant_certificates.take_out(certificate=made, by=viewer, at=at(DUE))
    assert data.startswith(b"%PDF-")
    assert AccessRecord.objects.filter(by=viewer, subject=test.loan.number).exists()
    with pytest.raises(NotAllowed):
        covenant_certificates.take_out(
            certificate=made, by=person("institution_admin", scope="I-9999"), at=at(DUE)
        )


@pytest.mark.parametrize(
    ("figure", "outcome"), [("1/4", "breached"), ("24999999/100000000", "kept"), ("x", "kept")]
)
def test_the_database_compares_the_exact_figure_with_the_bound(test, figure, outcome):
    made, spread, officer = filed(test), accounts(test), person("loan_officer")
    with pytest.raises(DatabaseError, match="what its figure makes"), transaction.atomic():
        Examination.objects.create(
            certificate=made,
            spread=spread,
            figure=figure,
            outcome=outcome,
            examined_by=officer,
            examined_at=at(DUE),
        )
