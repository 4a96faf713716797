"""Confidential applications: no form offers their papers, and no search remembers them."""

import pytest
from django.utils import timezone

from loans.operations import conditions, confidentialities
from tests.console.factories import signed_in, signing_in
from tests.factories import NOW, person
from tests.loans.credit import shown, spread
from tests.loans.factories import application, loans_pool
from tests.loans.parties import institution

pytestmark = pytest.mark.django_db
TITLE = "The merger plan"


@pytest.fixture
def owner():
    return signing_in("loan_officer", name="olga")


@pytest.fixture
def asked(owner):
    """Give a confidential application with a paper, and another of the same borrower."""
    made = application(loans_pool(), borrower=institution(), by=owner, confidential_for="A merger")
    shown(made.institution, subject=made.number, title=TITLE)
    return made


def text(answer) -> str:
    return answer.content.decode()


def test_no_form_of_evidence_offers_its_papers_to_who_may_not_open_them(asked, owner):
    mine = asked.institution
    open_one = application(asked.pool, borrower=mine, by=person("loan_officer"))
    made = conditions.agree(application=open_one, text="x", by=person("loan_officer"), at=NOW)
    entered = spread(mine)
    open_one.state, open_one.proposed_by, open_one.proposed_at = "proposed", owner, NOW
    forms = (
        f"/console/loans/institution/{mine.pk}/act/accounts/",
        f"/console/loans/spread/{entered.pk}/act/replace/",
        f"/console/loans/application/{open_one.pk}/act/guarantee/",
    )
    other = signed_in(signing_in("loan_officer"))
    allowed = signed_in(owner)
    for address in forms:
        assert TITLE in text(allowed.get(address)), address
        assert TITLE not in text(other.get(address)), address
    open_one.save(update_fields=["state", "proposed_by", "proposed_at"])
    address = f"/console/loans/condition/{made.pk}/act/satisfied/"
    assert TITLE in text(allowed.get(address))
    assert TITLE not in text(other.get(address))


def test_a_page_of_accounts_names_its_paper_by_number_only(asked):
    paper = shown(asked.institution, subject=asked.number, title="Another plan", name="p.pdf")
    entered = spread(asked.institution, evidence={"balance": paper.number}, by=asked.submitted_by)
    page = text(
        signed_in(signing_in("loan_officer")).get(f"/console/loans/spread/{entered.pk}/change/")
    )
    assert paper.number in page
    assert "Another plan" not in page


def test_a_search_finds_it_only_as_long_as_access_lasts(asked, owner):
    guest = signing_in("loan_officer", name="gast")
    client = signed_in(guest)
    address = f"/console/search/?extended=1&s={asked.number}"

    def found() -> bool:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        return f"/console/loans/application/{asked.pk}/" in text(answer)

    assert not found()
    now = timezone.now()
    held = asked.confidentialities.get()
    let_in = confidentialities.grant(confidentiality=held, to=guest, by=owner, at=now)
    assert found()
    confidentialities.end(grant=let_in, reason="Away", by=owner, at=now)
    assert not found()


def test_a_search_takes_whatever_is_typed(asked):
    client = signed_in(signing_in("loan_officer"))
    assert client.get("/console/search/").content == b""
    assert "Applications" in text(client.get("/console/search/?s=applications"))
    assert client.get("/console/search/?extended=1&s=loan&page=many").status_code == 200


def test_an_act_on_what_was_closed_meanwhile_looks_like_a_missing_page(asked, owner, monkeypatch):
    from loans.operations import hidden

    def closed(*_):
        raise hidden.Hidden("there is no application")

    monkeypatch.setattr("loans.operations.applications.demand_seen", closed)
    client = signed_in(owner)
    address = f"/console/loans/application/{asked.pk}/act/decline/"
    refused = client.post(address, {"reason": "No"})
    missing = client.get("/console/loans/application/9999/act/decline/")
    assert (refused.status_code, missing.status_code) == (404, 404)
