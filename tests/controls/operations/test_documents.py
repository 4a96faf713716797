"""Documents: filed, taken out by who may, withdrawn once; each look is in the access log."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from tests.factories import NOW, TODAY, person
from together.controls.models import AccessRecord, AuditRecord, Document, DocumentContent
from together.controls.operations import access, documents
from together.controls.operations.documents import NotADocument
from together.controls.operations.people import NotAllowed
from together.controls.queries import documents as filed
from together.controls.rules.lifecycle import NotPossibleNow

PDF = b"%PDF-1.7 extract"


@pytest.fixture
def officer(own_database):
    return person("loan_officer")


def put(officer, **changed):
    said = {
        "area": "loans",
        "subject": "I-0001",
        "kind": "kyb.register",
        "title": "Extract of the register",
        "name": "../extract.pdf",
        "data": PDF,
        "by": officer,
        "at": NOW,
    }
    return documents.file(**{**said, **changed})


def test_a_document_is_filed_with_its_digest_and_taken_out_unchanged(officer):
    filed_one = put(officer)
    assert (filed_one.number, filed_one.name) == ("D-0001", "extract.pdf")
    assert documents.take_out(document=filed_one, by=officer, at=NOW) == PDF
    assert AccessRecord.objects.get().what == "document D-0001"
    assert AuditRecord.objects.get(what="document.filed").details["document"] == "D-0001"


def test_the_same_bytes_are_kept_once(officer):
    put(officer), put(officer, subject="I-0002")
    assert (DocumentContent.objects.count(), Document.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"title": " "}, "title: '' must be stated"),
        ({"data": b""}, "file: it is empty"),
        ({"name": "extract.html"}, "file: 'extract.html' is none of"),
        ({"issued_on": TODAY + timedelta(days=1)}, "issued_on: .* is in the future"),
        ({"issued_on": TODAY, "expires_on": TODAY}, "expires_on: .* is not after"),
    ],
)
def test_what_is_no_document_is_refused_and_leaves_nothing(officer, changed, fault):
    with pytest.raises(NotADocument, match=fault):
        put(officer, **changed)
    assert (Document.objects.count(), DocumentContent.objects.count()) == (0, 0)


def test_only_who_may_read_a_programme_takes_its_documents_out(officer):
    filed_one = put(officer)
    with pytest.raises(NotAllowed, match=r"needs a role with 'loans\.read'"):
        documents.take_out(document=filed_one, by=person("claims_officer"), at=NOW)
    with pytest.raises(NotAllowed, match=r"'claims\.write'"):
        put(officer, area="claims")
    assert not AccessRecord.objects.exists()


def test_a_document_is_withdrawn_once_and_stays(officer):
    filed_one = put(officer)
    with pytest.raises(NotADocument, match="reason"):
        documents.withdraw(document=filed_one, reason=" ", by=officer, at=NOW)
    documents.withdraw(document=filed_one, reason="of another entity", by=officer, at=NOW)
    with pytest.raises(NotPossibleNow, match="D-0001 is withdrawn already"):
        documents.withdraw(document=filed_one, reason="again", by=officer, at=NOW)
    assert [one.withdrawn_for for one in filed.of("I-0001")] == ["of another entity"]
    assert list(filed.valid(["I-0001"], TODAY)) == []
    for change in ({"title": "else"}, {"withdrawn_for": ""}):
        with pytest.raises(DatabaseError, match="stays as it was filed"), transaction.atomic():
            Document.objects.update(**change)


def test_what_expires_is_evidence_until_its_day_and_told_before(officer):
    put(officer, issued_on=date(2025, 1, 1), expires_on=TODAY + timedelta(days=20))
    put(officer, kind="other", expires_on=TODAY + timedelta(days=90))
    assert filed.valid(["I-0001"], TODAY).count() == 2
    assert filed.valid(["I-0001"], TODAY + timedelta(days=20)).count() == 1
    assert [one.number for one in filed.expiring(TODAY, days=30)] == ["D-0001"]
    assert not filed.expiring(TODAY, days=90, kinds=["kyb.owners"]).exists()


def test_a_page_opened_again_at_once_is_one_look(officer):
    for minutes in (0, 3, 10):
        access.look(subject="A-0001", by=officer, at=NOW + timedelta(minutes=minutes))
    access.look(subject="A-0001", by=person("committee"), at=NOW)
    assert [str(one.by) for one in filed.looks("A-0001")].count(str(officer)) == 2
    assert AccessRecord.objects.count() == 3
