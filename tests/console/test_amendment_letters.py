"""Amendments by page: approved, offered by letter, answered, booked; and whose task each step is."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loans.models import Adjustment, AmendmentLetter, PaperAcceptance
from loans.operations import amendment_letters, servicing
from loans.operations.servicing import Facts
from tests import factories
from tests.console.factories import signed_in, signing_in
from tests.factories import NOW, TODAY
from tests.loans import papers
from tests.loans.factories import adjusted, agree
from tests.portal import factories as lending
from together.console.queries.tasks.mine import tasks_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def loan():
    return lending.active_loan(lending.loans_pool(), lending.institution())


@pytest.fixture
def lou():
    return signing_in("loan_officer")


def extended(loan, by, number: int = 3, *, is_approved: bool = True) -> Adjustment:
    asked = servicing.propose(
        loan=loan,
        facts=Facts("extend", TODAY, further={"instalments": number}),
        reason="Weak: watch it",
        by=by,
        at=NOW,
    )
    if is_approved:
        factories.approve(asked.approval)
    return asked


def page_of(record) -> str:
    return f"/console/loans/{record._meta.model_name}/{record.pk}/change/"


def act(record, name: str) -> str:
    return f"/console/loans/{record._meta.model_name}/{record.pk}/act/{name}/"


def text(answer) -> str:
    return answer.content.decode()


def until(days: int = 14) -> dict[str, str]:
    return {"lapses_on": (timezone.now().date() + timedelta(days=days)).isoformat()}


def work_of(person, asked) -> list[str]:
    now = timezone.now()
    names = {asked.number, *(one.number for one in asked.letters.all())}
    return [one.kind for one in tasks_of(person, now) if any(name in one.name for name in names)]


def test_an_extension_is_offered_accepted_and_booked_by_page(loan, lou):
    client, asked = signed_in(lou), extended(loan, lou, is_approved=False)
    assert "Waits for the stages of its approval" in text(client.get(page_of(asked)))
    factories.approve(asked.approval)
    page = text(client.get(page_of(asked)))
    assert "Waits for a loan officer to issue its amendment letter" in page
    assert act(asked, "book") not in page
    assert work_of(lou, asked) == ["request.approved"]
    shown = text(client.get(act(asked, "letter")))
    assert "Present value after" in shown
    assert "not the reason" in shown
    bad = client.post(act(asked, "letter"), until(0))
    assert bad.status_code == 409
    assert "lapses_on:" in text(bad)
    made = client.post(act(asked, "letter"), until())
    letter = AmendmentLetter.objects.get()
    assert made.url == page_of(letter)
    page = text(client.get(made.url))
    assert "its borrower to answer it in the portal" in page
    assert "3 instalments follow at the end" in page
    assert letter.digest in page
    # It is with the borrower now, and nobody of the house is asked to do anything.
    assert work_of(lou, asked) == []
    assert "its borrower to accept or decline" in text(client.get(page_of(asked)))
    agree(letter, at=timezone.now())
    assert work_of(lou, asked) == ["request.approved"]
    page = text(client.get(page_of(asked)))
    assert "to book it: its borrower accepted it" in page
    refused = client.post(act(asked, "withdraw"))
    assert refused.status_code == 409
    assert "which binds both" in text(refused)
    assert "is booked as event 2" in text(client.post(act(asked, "book"), follow=True))


def test_what_was_declined_is_a_task_with_the_words(loan, lou):
    client, asked = signed_in(lou), extended(loan, lou)
    client.post(act(asked, "letter"), until())
    letter = asked.letters.get()
    admin = lending.member(loan.institution)
    now = timezone.now()
    amendment_letters.decline(letter=letter, words="Too long for us", by=admin, at=now)
    assert work_of(lou, asked) == ["loan.amendment.declined"]
    page = text(client.get(page_of(asked)))
    assert "its borrower declined; withdraw it or offer it anew" in page
    assert "Too long for us" in page
    assert client.post(act(asked, "withdraw")).status_code == 302
    assert work_of(lou, asked) == []


def test_a_letter_that_lapses_soon_or_did_is_a_task(loan, lou):
    client, asked = signed_in(lou), extended(loan, lou)
    client.post(act(asked, "letter"), until(3))
    assert work_of(lou, asked) == ["loan.amendment.lapsing"]
    later = timezone.now() + timedelta(days=4)
    (task,) = [one for one in tasks_of(lou, later) if one.kind == "loan.amendment.lapsing"]
    assert task.is_overdue(later)
    adjusted(loan, "charge", TODAY, "5")
    # What the loan has outrun is the officer's again.
    assert work_of(lou, asked) == ["request.approved"]
    assert "has changed since" in text(client.get(page_of(asked.letters.get())))


def test_a_letter_is_signed_on_paper_by_page(loan, lou):
    client, asked = signed_in(lou), extended(loan, lou)
    client.post(act(asked, "letter"), until())
    letter = asked.letters.get()
    shown = text(client.get(act(letter, "signed-on-paper")))
    assert letter.digest[:12] in shown
    typed = {
        "file": SimpleUploadedFile("signed.pdf", b"%PDF-1.7 signed"),
        "signed_by": "Ines Harbour",
        "signed_as": "chief financial officer",
        "signed_on": timezone.now().date().isoformat(),
    }
    made = client.post(act(letter, "signed-on-paper"), typed)
    paper = PaperAcceptance.objects.get()
    assert made.url == page_of(paper)
    assert letter.number in text(client.get(made.url))
    checker = signed_in(signing_in("credit_checker"))
    request = f"/console/controls/approval/{papers.request_of(paper).pk}/change/"
    assert "Amendment letter signed on paper" in text(checker.get(request))
    papers.approved(paper, at=timezone.now())
    assert "AL-0001 is accepted." in text(client.post(act(paper, "accept"), follow=True))
    page = text(client.get(page_of(letter)))
    assert "Ines Harbour, chief financial officer, on paper" in page
    listed = text(client.get("/console/loans/paperacceptance/?offer=letter"))
    assert paper.number in listed
    assert paper.number not in text(client.get("/console/loans/paperacceptance/?offer=sheet"))


def test_lists_filter_search_and_cost_the_same_for_many(loan, lou):
    client = signed_in(signing_in("auditor"))
    addresses = ["/console/loans/amendmentletter/", "/console/loans/adjustment/"]

    def cost() -> list[int]:
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            found.append(len(captured))
        return found

    assert "No letter was issued" in text(client.get(addresses[0]))
    now = timezone.now()

    def letter(number: int) -> AmendmentLetter:
        return amendment_letters.issue(
            adjustment=extended(loan, lou, number),
            lapses_on=now.date() + timedelta(days=9),
            by=lou,
            at=now,
        )

    first = letter(1)
    before = cost()
    for number in range(2, 6):
        letter(number)
    assert cost() == before
    assert first.number in text(client.get(f"{addresses[0]}?state=issued"))
    assert first.number not in text(client.get(f"{addresses[0]}?state=lapsed"))
    assert first.number in text(client.get(f"{addresses[0]}?q={first.adjustment.number}"))
