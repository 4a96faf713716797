"""Applying in the portal: a draft, its documents, what is missing, and one application of it."""

import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from loans.models import Application, Draft
from loans.operations import drafts
from tests import factories
from tests.console.factories import signed_in, signing_in
from tests.loans import institution_side as making
from tests.portal import factories as lending
from together.console.queries.tasks.mine import tasks_of
from together.controls.models import Document

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine():
    """Give an institution that may ask a pool that others asked before."""
    lending.application(lending.loans_pool(), lending.institution("Northern Liquidity"))
    return lending.institution()


@pytest.fixture
def admin(mine):
    return lending.member(mine)


def pdf(name: str = "q4.pdf", data: bytes = b"%PDF-1.7 accounts") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def started(client, **changed) -> Draft:
    key = uuid4()
    answer = client.post("/portal/drafts/new/", {**making.WHOLE, "key": key, **changed})
    assert answer.status_code == 302
    return Draft.objects.get(key=key)


def path(draft: Draft, what: str = "") -> str:
    return f"/portal/drafts/{draft.number}/{what}"


def text(answer) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("role", ["institution_admin", "institution_manager"])
def test_an_application_is_written_documented_submitted_and_lands_with_the_officers(mine, role):
    who = lending.member(mine, role)
    client = signed_in(who)
    assert "/portal/drafts/new/" in text(client.get("/portal/"))
    assert "loans" in text(client.get("/portal/drafts/new/"))
    draft = started(client, rate="")
    shown = text(client.get(path(draft)))
    assert "It cannot be submitted yet" in shown
    assert "Rate asked for, % a year" in shown
    values = {**making.WHOLE, "version": draft.version, "purpose": "Inventory"}
    assert client.post(path(draft, "save/"), values).status_code == 302
    given = {"file": pdf(), "kind": "financials", "title": "Balance sheet"}
    assert client.post(path(draft, "files/"), given).status_code == 302
    shown = text(client.get(path(draft)))
    for words in ("Balance sheet", "Interest in all", "1,250,000.00 USDC", "Submit it as saved"):
        assert words in shown
    assert draft.number in text(client.get("/portal/"))
    draft.refresh_from_db()
    answer = client.post(path(draft, "submit/"), {"version": draft.version})
    asked = Application.objects.get(institution=mine)
    assert answer.url == f"/portal/applications/{asked.number}/"
    assert asked.submitted_by == who
    assert "A loan officer looks at your figures" in text(client.get(answer.url))
    officer = signing_in("loan_officer")
    waiting = [one for one in tasks_of(officer, timezone.now()) if asked.number in one.name]
    assert [one.kind for one in waiting] == ["application.worksheet"]
    page = text(signed_in(officer).get(f"/console/loans/application/{asked.pk}/change/"))
    assert str(who) in page
    assert Document.objects.get(subject=asked.number).number in page


def test_sent_twice_it_is_one_draft_and_one_application(mine, admin):
    client, key = signed_in(admin), uuid4()
    for _ in range(2):
        client.post("/portal/drafts/new/", {**making.WHOLE, "key": key})
    draft = Draft.objects.get()
    urls = {client.post(path(draft, "submit/"), {"version": 1}).url for _ in range(2)}
    assert urls == {f"/portal/applications/{Application.objects.get(institution=mine).number}/"}


def test_what_is_wrong_is_named_and_nothing_typed_is_lost(mine, admin):
    client = signed_in(admin)
    long = {**making.WHOLE, "purpose": "y" * 300, "amount": "my amount", "key": uuid4()}
    bad = client.post("/portal/drafts/new/", long)
    assert bad.status_code == 400
    assert "my amount" in text(bad)
    assert not Draft.objects.exists()
    draft = started(client, amount="my amount", instalments="0")
    assert "my amount" in text(client.get(path(draft)))
    bad = client.post(path(draft, "submit/"), {"version": 1})
    assert bad.status_code == 409
    for words in (
        "amount: &#x27;my amount&#x27; must be an amount such as 1,250,000.00",
        "must be a whole number from 1 to 360",
    ):
        assert words in text(bad)
    exe = {"file": pdf("x.exe", b"MZ"), "kind": "other", "title": "My title"}
    bad = client.post(path(draft, "files/"), exe)
    assert bad.status_code == 409
    assert "is none of .pdf" in text(bad)
    assert "My title" in text(bad)
    assert client.post(path(draft, "files/"), {}).status_code == 400
    assert not Application.objects.filter(institution=mine).exists()


def test_what_somebody_else_changed_meanwhile_is_not_lost_either(mine, admin):
    client = signed_in(admin)
    draft = started(client)
    other = lending.member(mine, "institution_manager")
    drafts.save(draft=draft, version=1, values={"amount": "7"}, by=other, at=timezone.now())
    bad = client.post(path(draft, "save/"), {**making.WHOLE, "version": 1, "purpose": "Mine"})
    assert bad.status_code == 409
    assert str(other) in text(bad)
    assert 'value="Mine"' in text(bad)
    draft.refresh_from_db()
    assert draft.content == {"amount": "7"}


def test_files_are_taken_off_and_a_draft_is_discarded(mine, admin):
    client = signed_in(admin)
    draft = started(client)
    client.post(path(draft, "files/"), {"file": pdf(), "kind": "other", "title": "One"})
    file = draft.files.get()
    assert client.post(path(draft, f"files/{file.pk}/remove/")).status_code == 302
    assert client.post(path(draft, f"files/{file.pk}/remove/")).status_code == 404
    assert client.post(path(draft, "discard/")).status_code == 302
    assert client.post(path(draft, "discard/")).status_code == 409
    assert "discarded" in text(client.get(path(draft)))
    assert draft.number not in text(client.get("/portal/"))


def test_a_viewer_reads_and_others_see_nothing(mine, admin):
    draft = started(signed_in(admin))
    viewer = signed_in(lending.member(mine, "institution_viewer"))
    shown = text(viewer.get(path(draft)))
    assert "You may read it." in shown
    assert "Save the draft" not in shown
    assert "New application" not in text(viewer.get("/portal/"))
    stranger = signed_in(lending.member(lending.institution("Else")))
    missing = draft.number.replace("DA-0001", "DA-9999")

    def masked(answer) -> bytes:
        return re.sub(rb'value="[A-Za-z0-9]{64}"', b"", answer.content)

    for what in ("save/", "files/", "submit/", "discard/", "files/1/remove/"):
        assert viewer.post(path(draft, what)).status_code == 404
        refused = stranger.post(path(draft, what))
        assert refused.status_code == 404
        assert masked(refused) == masked(stranger.post(f"/portal/drafts/{missing}/{what}"))
    refused = stranger.get(path(draft))
    assert refused.status_code == 404
    assert masked(refused) == masked(stranger.get(f"/portal/drafts/{missing}/"))
    assert draft.number not in text(stranger.get("/portal/"))
    officer = signed_in(factories_officer())
    assert officer.get(path(draft)).status_code == 404


def factories_officer():
    return signing_in("loan_officer")


def test_a_person_of_two_institutions_says_for_which(mine, admin):
    from together.controls.operations import people

    other = lending.institution("Second House")
    people.grant(
        person=admin,
        role="institution_admin",
        scope=other.number,
        by=factories.administrator(),
        at=factories.NOW,
    )
    client = signed_in(admin)
    assert "Second House" in text(client.get("/portal/drafts/new/"))
    assert started(client, institution=other.number).institution == other
    bad = client.post("/portal/drafts/new/", {**making.WHOLE, "institution": "I-9999"})
    assert bad.status_code == 400
