"""Drafts: an institution writes one, and it lands as any application does, once."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from loans.models import Application, CollateralRequest, Draft, DraftFile
from loans.operations import applications, draft_files, drafts
from loans.operations.drafts import BadDraft, Overtaken
from loans.rules.products import terms_of
from tests.factories import NOW, approve, person
from tests.factories import pool as retail
from tests.loans import institution_side as making
from tests.loans.collateral import markets
from tests.loans.credit import underwritten
from tests.loans.factories import application
from tests.loans.parties import institution
from together.controls.models import AuditRecord, Document
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.treasury.rules.programmes import PoolProgramme


@pytest.fixture
def lending(pool):
    """Give a pool that somebody asked for a loan before."""
    application(pool)
    return pool


def trail(subject: str) -> list[str]:
    return list(
        AuditRecord.objects.filter(subject=subject).order_by("id").values_list("what", flat=True)
    )


def test_a_draft_lands_as_the_application_that_an_officer_would_have_entered(lending):
    markets()
    one = making.with_file(making.draft(**making.SECURED))
    asked = making.submitted(one)
    assert (asked.state, asked.submitted_by) == ("submitted", one.started_by)
    assert asked.amount == 1_250_000_000_000
    terms = terms_of("level_monthly", rate="0.065", instalments=12)
    assert asked.terms == {**terms, "secured": {"most_ltv": "0.7"}}
    assert asked.figures == {"equity_ratio": {"value": "0.45"}}
    paper = Document.objects.get(subject=asked.number)
    assert (paper.kind, paper.name, paper.filed_by) == ("financials", "q4.pdf", one.started_by)
    offer = CollateralRequest.objects.get(application=asked)
    assert (offer.kind, offer.quantity, offer.kept_by) == ("pledge", 20 * 10**8, "Harbour Custody")
    one.refresh_from_db()
    assert (one.state, one.application) == ("submitted", asked)
    assert trail(one.number) == ["draft.started", "draft.submitted"]
    assert trail(asked.number) == ["application.submitted", "document.filed"]


def test_what_follows_is_not_shortened(lending):
    asked = making.submitted(making.draft())
    with pytest.raises(applications.underwriting.NotRecommended):
        applications.propose(application=asked, by=person("loan_officer"), at=NOW)
    underwritten(asked)
    request = applications.propose(application=asked, by=person("loan_officer"), at=NOW)
    approve(request)
    loan = applications.approve(application=asked, on=NOW.date(), by=person("loan_officer"), at=NOW)
    assert loan.amount == asked.amount


def test_the_same_form_sent_twice_begins_one_draft_and_submitted_twice_it_is_one(lending):
    mine, key = institution(), uuid4()
    who = making.acting(mine)
    first, again = (
        drafts.start(institution=mine, key=key, values=making.WHOLE, by=who, at=NOW)
        for _ in range(2)
    )
    assert first == again
    made, same = (drafts.submit(draft=first, version=1, by=who, at=NOW) for _ in range(2))
    assert made == same
    assert Application.objects.filter(institution=mine).count() == 1


def test_it_is_kept_incomplete_and_submitted_only_complete(lending):
    one = making.draft(amount="", rate="lots")
    assert one.content["rate"] == "lots"
    with pytest.raises(BadDraft) as refused:
        making.submitted(one)
    assert "amount: " in str(refused.value)
    assert "rate: 'lots' must be per cent" in str(refused.value)
    assert not Application.objects.filter(institution=one.institution).exists()
    values = {**one.content, "amount": "5", "rate": "5"}
    one = drafts.save(draft=one, version=1, values=values, by=one.started_by, at=NOW)
    assert making.submitted(one).amount == 5_000_000


def test_the_rules_of_terms_hold_as_for_an_officer(lending):
    one = making.draft(amount="0.001")
    asked, _, wrong = drafts.read(one, NOW.date())
    assert asked is not None or wrong
    one = making.draft(pool="nowhere")
    with pytest.raises(BadDraft, match="pool: 'nowhere' must be one of loans"):
        making.submitted(one)


def test_a_pool_that_is_not_given_for_loans_is_not_offered(pool):
    retail(given_for=PoolProgramme.RETAIL)
    with pytest.raises(BadDraft, match="pool: "):
        making.submitted(making.draft(pool="retail"))


def test_who_changes_what_somebody_else_changed_meanwhile_is_told(lending):
    one = making.draft()
    other = making.acting(one.institution, "institution_manager")
    drafts.save(draft=one, version=1, values={"amount": "7"}, by=other, at=NOW)
    with pytest.raises(Overtaken, match=str(other)):
        drafts.save(draft=one, version=1, values={"amount": "8"}, by=one.started_by, at=NOW)
    with pytest.raises(Overtaken):
        drafts.submit(draft=one, version=1, by=one.started_by, at=NOW)
    one.refresh_from_db()
    assert one.content == {"amount": "7"}


def test_saving_the_same_again_changes_nothing(lending):
    one = making.draft()
    same = drafts.save(draft=one, version=9, values=one.content, by=one.started_by, at=NOW)
    assert same.version == 1


@pytest.mark.parametrize("role", ["institution_viewer", "loan_officer", "stranger"])
def test_only_admin_and_manager_of_the_institution_write_one(lending, role):
    one = making.draft()
    if role == "stranger":
        who = making.acting(institution())
    elif role == "loan_officer":
        who = person(role)
    else:
        who = making.acting(one.institution, role)
    upload = draft_files.Upload("other", "Title", "a.pdf", b"%PDF-1.7")
    for act in (
        lambda: drafts.start(institution=one.institution, key=uuid4(), values={}, by=who, at=NOW),
        lambda: drafts.save(draft=one, version=1, values={}, by=who, at=NOW),
        lambda: drafts.submit(draft=one, version=1, by=who, at=NOW),
        lambda: drafts.discard(draft=one, by=who, at=NOW),
        lambda: draft_files.add(draft=one, upload=upload, by=who, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert Draft.objects.count() == 1


def test_files_are_added_once_checked_and_taken_off(lending):
    one = making.with_file(making.draft())
    one = making.with_file(one)
    assert one.files.count() == 1
    for kind, title, name, data, rule in (
        ("secret", "Title", "a.pdf", b"%PDF-1.7", "kind: 'secret'"),
        ("other", " ", "a.pdf", b"%PDF-1.7", "title: "),
        ("other", "Title", "a.exe", b"MZ", "is none of .pdf"),
        ("other", "Title", "a.pdf", b"", "it is empty"),
    ):
        with pytest.raises(BadDraft, match=rule):
            draft_files.add(
                draft=one,
                upload=draft_files.Upload(kind, title, name, data),
                by=one.started_by,
                at=NOW,
            )
    draft_files.remove(file=one.files.get(), by=one.started_by, at=NOW)
    assert not DraftFile.objects.exists()


def test_what_is_over_stays(lending):
    one = making.with_file(making.draft())
    drafts.discard(draft=one, by=one.started_by, at=NOW)
    one.refresh_from_db()
    for act in (
        lambda: drafts.save(draft=one, version=9, values={}, by=one.started_by, at=NOW),
        lambda: drafts.submit(draft=one, version=one.version, by=one.started_by, at=NOW),
        lambda: drafts.discard(draft=one, by=one.started_by, at=NOW),
        lambda: draft_files.remove(file=one.files.get(), by=one.started_by, at=NOW),
    ):
        with pytest.raises(NotPossibleNow):
            act()
    with pytest.raises(DatabaseError), transaction.atomic():
        DraftFile.objects.all().delete()


def test_a_halfway_failure_leaves_nothing(lending, monkeypatch):
    one = making.with_file(making.draft())

    def broken(**_):
        raise RuntimeError("disk")

    monkeypatch.setattr(drafts.documents, "take_in", broken)
    with pytest.raises(RuntimeError):
        making.submitted(one)
    one.refresh_from_db()
    assert one.state == "open"
    assert not Application.objects.filter(institution=one.institution).exists()
    assert trail(one.number) == ["draft.started"]
