"""Applications in the portal: what each waits for, answers, documents, and withdrawing."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from loans.operations import information_requests
from tests.console.factories import signed_in, signing_in
from tests.factories import person
from tests.loans import collateral
from tests.loans.credit import underwritten
from tests.portal import factories as lending
from together.console.queries.tasks.mine import tasks_of
from together.controls.models import AccessRecord, Document

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked():
    return lending.application(lending.loans_pool(), lending.institution())


def path(asked, what: str = "") -> str:
    return f"/portal/applications/{asked.number}/{what}"


def text(answer) -> str:
    return answer.content.decode()


def masked(answer) -> bytes:
    return re.sub(rb'value="[A-Za-z0-9]{64}"', b"", answer.content)


def question(asked):
    now = timezone.now()
    return information_requests.ask(
        application=asked,
        question="Which exchange holds it?",
        due_on=now.date() + timedelta(days=7),
        by=person("loan_officer"),
        at=now,
    )


def pdf(name: str, data: bytes = b"%PDF-1.7 x") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_the_page_says_what_it_waits_for_and_nothing_of_what_is_inside(asked):
    client = signed_in(lending.member(asked.institution))
    assert "A loan officer looks at your figures" in text(client.get(path(asked)))
    underwritten(asked)
    shown = text(client.get(path(asked)))
    assert "a loan officer proposes it" in shown
    assert "Sound, and open about what it lost" not in shown


def test_a_question_is_answered_with_files_once(asked):
    client = signed_in(lending.member(asked.institution, "institution_manager"))
    one = question(asked)
    assert one.number in text(client.get("/portal/"))
    assert "Which exchange holds it?" in text(client.get(path(asked)))
    address = f"/portal/questions/{one.number}/answer/"
    empty = client.post(address, {f"{one.number}-text": ""})
    assert empty.status_code == 400
    bad = client.post(
        address,
        {f"{one.number}-text": "All of it", f"{one.number}-attached": [pdf("a.exe", b"MZ")]},
    )
    assert bad.status_code == 409
    assert "is none of .pdf" in text(bad)
    assert "All of it" in text(bad)
    given = {
        f"{one.number}-text": "Kraken, all of it",
        f"{one.number}-attached": [pdf("a.pdf"), pdf("b.pdf", b"%PDF-1.7 b")],
    }
    assert client.post(address, given).status_code == 302
    shown = text(client.get(path(asked)))
    for words in ("Kraken, all of it", "a.pdf", "b.pdf"):
        assert words in shown
    assert one.number not in text(client.get("/portal/"))
    again = client.post(address, {**given, f"{one.number}-attached": [pdf("a.pdf")]})
    assert again.status_code == 409
    assert Document.objects.filter(subject=asked.number, kind="answer").count() == 2


def test_documents_are_filed_and_taken_out_and_those_of_officers_are_not_there(asked):
    who = lending.member(asked.institution)
    client = signed_in(who)
    given = {"file": pdf("q4.pdf"), "kind": "financials", "title": "Balance sheet"}
    assert client.post(path(asked, "documents/"), given).status_code == 302
    assert client.post(path(asked, "documents/"), {}).status_code == 400
    own = Document.objects.get(subject=asked.number)
    inside = collateral.evidence(asked)
    shown = text(client.get(path(asked)))
    assert own.number in shown
    assert inside.number not in shown
    answer = client.get(f"/portal/documents/{own.number}/")
    assert answer.content == b"%PDF-1.7 x"
    assert "attachment" in answer["Content-Disposition"]
    assert AccessRecord.objects.filter(subject=asked.number, by=who).exists()
    missing = client.get("/portal/documents/D-9999/")
    for number in (inside.number,):
        refused = client.get(f"/portal/documents/{number}/")
        assert refused.status_code == 404
        assert masked(refused) == masked(missing)


def test_it_is_withdrawn_with_a_reason_before_it_is_decided(asked):
    client = signed_in(lending.member(asked.institution))
    assert f"Withdraw {asked.number}" in text(client.get(path(asked)))
    assert client.post(path(asked, "withdraw/"), {"reason": ""}).status_code == 400
    assert client.post(path(asked, "withdraw/"), {"reason": "Another lender"}).status_code == 302
    shown = text(client.get(path(asked)))
    assert "Another lender" in shown
    assert f"Withdraw {asked.number}" not in shown
    again = client.post(path(asked, "withdraw/"), {"reason": "Twice"})
    assert again.status_code == 409
    page = signed_in(signing_in("loan_officer")).get(
        f"/console/loans/application/{asked.pk}/change/"
    )
    assert "Another lender" in text(page)
    late = client.post(
        path(asked, "documents/"), {"file": pdf("a.pdf"), "kind": "other", "title": "Late"}
    )
    assert late.status_code == 409


def test_viewers_do_not_act_and_strangers_see_nothing(asked):
    one = question(asked)
    viewer = signed_in(lending.member(asked.institution, "institution_viewer"))
    shown = text(viewer.get(path(asked)))
    assert "An Admin or Manager of your institution answers it." in shown
    assert "Withdraw A-" not in shown
    stranger = signed_in(lending.member(lending.institution("Else")))
    for address in (
        path(asked, "withdraw/"),
        path(asked, "documents/"),
        f"/portal/questions/{one.number}/answer/",
    ):
        assert viewer.post(address).status_code == 404
        refused = stranger.post(address)
        missing = address.replace(asked.number, "A-9999").replace(one.number, "IR-9999")
        assert refused.status_code == 404
        assert masked(refused) == masked(stranger.post(missing))


def test_an_officer_asks_and_withdraws_in_the_console(asked):
    client = signed_in(signing_in("loan_officer"))
    base = f"/console/loans/application/{asked.pk}/act/ask/"
    assert "is not proposed before it is answered" in text(client.get(base))
    past = {"question": "Why?", "due_on": "2020-01-01"}
    assert "due_on: 2020-01-01 must be after" in text(client.post(base, past))
    soon = (timezone.now().date() + timedelta(days=3)).isoformat()
    answer = client.post(base, {"question": "Why?", "due_on": soon})
    assert answer.status_code == 302
    shown = text(client.get(answer.url))
    assert "Why?" in shown
    assert "to answer it in the portal" in shown
    one = asked.information.get()
    address = f"/console/loans/informationrequest/{one.pk}/act/withdraw/"
    assert client.post(address, {"reason": "Known"}).status_code == 302
    assert "withdrawn" in text(client.get("/console/loans/informationrequest/"))


def test_who_waits_for_an_answer_is_told_by_tasks_and_by_the_list_of_stages(asked):
    one, officer = question(asked), signing_in("loan_officer")
    now = timezone.now()
    mine = [task for task in tasks_of(officer, now) if asked.number in task.name]
    assert mine == []
    later = now + timedelta(days=8, hours=1)
    late = [task for task in tasks_of(officer, later) if asked.number in task.name]
    assert [task.kind for task in late] == ["application.information"]
    page = text(signed_in(officer).get("/console/reports/applications-by-stage/"))
    assert "Information asked for: its institution answers" in page
    assert one.state == "open"
