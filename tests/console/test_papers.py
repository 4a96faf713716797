"""The console's pages of term sheets signed on paper: recorded, approved by another, in effect."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from loans.models import PaperAcceptance
from loans.operations import confidentialities
from tests.console.factories import signed_in, signing_in
from tests.loans import papers
from tests.portal import factories as lending
from tests.portal.test_term_sheets import issued
from together.console.queries.tasks.mine import tasks_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def sheet():
    return issued(
        lending.committed_loan(lending.loans_pool(), lending.institution(), is_accepted=False)
    )


def typed(**changed) -> dict:
    return {
        "file": SimpleUploadedFile("signed.pdf", b"%PDF-1.7 signed"),
        "signed_by": "Ines Harbour",
        "signed_as": "chief financial officer",
        "signed_on": timezone.now().date().isoformat(),
        **changed,
    }


def text(answer) -> str:
    return answer.content.decode()


def test_a_signature_is_recorded_approved_and_put_into_effect_by_page(sheet):
    officer = signing_in("loan_officer")
    client = signed_in(officer)
    act = f"/console/loans/termsheet/{sheet.pk}/act/signed-on-paper/"
    shown = text(client.get(act))
    assert sheet.digest[:12] in shown
    assert "A credit checker looks at the document as well" in shown
    bad = client.post(act, typed(signed_on="2020-01-01"))
    assert bad.status_code == 409
    assert "signed_on: 2020-01-01 is not between" in text(bad)
    assert "Ines Harbour" in text(bad)
    made = client.post(act, typed())
    paper = PaperAcceptance.objects.get()
    assert made.url == f"/console/loans/paperacceptance/{paper.pk}/change/"
    assert "a credit checker to approve it" in text(client.get(made.url))

    checker = signing_in("credit_checker")
    waiting = [one for one in tasks_of(checker, timezone.now()) if paper.number in one.name]
    assert [one.kind for one in waiting] == ["approval"]
    request = papers.request_of(paper)
    inbox = signed_in(checker)
    page = f"/console/controls/approval/{request.pk}/"
    assert "Term sheet signed on paper" in text(inbox.get(f"{page}change/"))
    papers.approved(paper, at=timezone.now())

    mine = [one for one in tasks_of(officer, timezone.now()) if paper.number in one.name]
    assert [one.kind for one in mine] == ["request.approved"]
    done = client.post(f"/console/loans/paperacceptance/{paper.pk}/act/accept/")
    assert done.status_code == 302
    shown = text(client.get(f"/console/loans/termsheet/{sheet.pk}/change/"))
    assert "Ines Harbour, chief financial officer, on paper" in shown
    assert "accepted" in text(client.get("/console/loans/paperacceptance/"))
    portal = signed_in(lending.member(sheet.loan.institution))
    shown = text(portal.get(f"/portal/term-sheets/{sheet.number}/"))
    assert "Ines Harbour, chief financial officer, on paper" in shown
    assert "Ask for the drawdown" in text(portal.get(f"/portal/loans/{sheet.loan.number}/"))


def test_of_a_confidential_application_it_is_hidden_but_from_who_decides_it(sheet):
    now = timezone.now()
    application = sheet.loan.application
    owner = application.submitted_by
    confidentialities.make(application=application, reason="A merger", by=owner, at=now)
    paper = papers.recorded(sheet, by=owner, at=now, on=now.date())
    address = f"/console/loans/paperacceptance/{paper.pk}/change/"
    document = f"/console/controls/document/{paper.document.pk}/change/"
    other = signed_in(signing_in("loan_officer"))
    assert other.get(address).status_code == 403
    assert other.get(document).status_code == 403
    assert paper.number not in text(other.get("/console/loans/paperacceptance/"))
    request = f"/console/controls/approval/{papers.request_of(paper).pk}/change/"
    assert other.get(request).status_code == 403
    checker = signed_in(signing_in("credit_checker"))
    for one in (address, document, request):
        assert checker.get(one).status_code == 200
    papers.approved(paper, at=now)
    assert signed_in(signing_in("credit_checker")).get(address).status_code == 403


def test_lists_cost_the_same_for_many(sheet, django_assert_max_num_queries):
    papers.recorded(sheet, at=timezone.now(), on=timezone.now().date())
    client = signed_in(signing_in("loan_officer"))
    client.get("/console/loans/paperacceptance/")
    with django_assert_max_num_queries(30):
        assert client.get("/console/loans/paperacceptance/").status_code == 200
