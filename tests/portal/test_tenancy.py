"""An institution sees its own; what belongs to others answers like what does not exist."""

import re

import pytest
from django.test import Client

from tests import factories
from tests.console.factories import signed_in, signing_in
from tests.loans.credit import recent
from tests.portal import factories as lending
from together.treasury.models import Disbursement

pytestmark = pytest.mark.django_db

ROLES = ("institution_admin", "institution_manager", "institution_viewer")


@pytest.fixture
def houses():
    """Give two institutions, each with a drawn and a committed loan."""
    pool = lending.loans_pool()
    found = []
    for name in ("Harbour Trading", "Northern Liquidity"):
        one = lending.institution(name)
        found.append((one, lending.active_loan(pool, one), lending.committed_loan(pool, one)))
    return found


def _paths(loan: str, application: str) -> list[tuple[str, str]]:
    return [
        ("GET", f"/portal/loans/{loan}/"),
        ("GET", f"/portal/loans/{loan}/schedule.csv"),
        ("GET", f"/portal/loans/{loan}/statement.csv"),
        ("GET", f"/portal/applications/{application}/"),
        ("GET", f"/api/v1/loans/{loan}/"),
        ("GET", f"/api/v1/loans/{loan}/standing/"),
        ("GET", f"/api/v1/applications/{application}/"),
    ]


def _answer(client: Client, method: str, path: str) -> tuple[int, bytes]:
    answer = client.generic(method, path)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, re.sub(rb'value="[A-Za-z0-9]{64}"', b"", content)


@pytest.mark.parametrize("role", ROLES)
def test_own_things_answer_and_others_look_exactly_like_missing_ones(houses, role):
    (mine, loan, _), (_, foreign, _) = houses
    client = signed_in(lending.member(mine, role))
    own = _paths(loan.number, loan.application.number)
    other = _paths(foreign.number, foreign.application.number)
    none = _paths("L-9999", "A-9999")
    for (method, path), (_, foreign_path), (_, missing_path) in zip(own, other, none, strict=True):
        assert _answer(client, method, path)[0] == 200, path
        refused = _answer(client, method, foreign_path)
        assert refused[0] == 404, foreign_path
        assert refused == _answer(client, method, missing_path), foreign_path


@pytest.mark.parametrize("role", ["", "loan_officer", "treasury_approver"])
def test_the_portal_does_not_exist_for_who_has_no_institution(houses, role):
    loan = houses[0][1]
    client = signed_in(signing_in(role) if role else signing_in())
    assert client.get("/portal/").status_code == 404
    assert client.get(f"/portal/loans/{loan.number}/").status_code == 404


def test_who_is_not_signed_in_is_sent_to_sign_in_or_told_401(houses, client):
    loan = houses[0][1]
    answer = client.get(f"/portal/loans/{loan.number}/")
    assert answer.url.startswith("/accounts/login/")
    assert client.get(f"/api/v1/loans/{loan.number}/").status_code == 401


def test_lists_hold_own_loans_only(houses):
    (mine, loan, committed), (other, foreign, _) = houses
    client = signed_in(lending.member(mine))
    page = client.get("/portal/").content.decode()
    assert loan.number in page
    assert foreign.number not in page
    assert other.legal_name not in page
    rows = client.get("/api/v1/loans/").json()["results"]
    assert [row["number"] for row in rows] == [loan.number, committed.number]


def test_a_viewer_reads_and_does_not_act(houses):
    mine, _, committed = houses[0]
    client = signed_in(lending.member(mine, "institution_viewer"))
    path = f"/portal/loans/{committed.number}/"
    assert b"Ask for the drawdown" not in client.get(path).content
    assert client.post(f"{path}draw/").status_code == 404
    assert not Disbursement.objects.filter(kind="drawdown", subject=committed.number).exists()


def test_an_admin_of_another_institution_cannot_draw(houses):
    (_, _, committed), (other, _, _) = houses
    client = signed_in(lending.member(other))
    assert client.post(f"/portal/loans/{committed.number}/draw/").status_code == 404


def test_an_admin_draws_once_and_is_then_refused_in_words(houses):
    mine, _, committed = houses[0]
    recent(mine)
    client = signed_in(lending.member(mine))
    path = f"/portal/loans/{committed.number}/"
    assert b"Ask for the drawdown" in client.get(path).content
    assert client.post(f"{path}draw/").status_code == 302
    again = client.post(f"{path}draw/")
    assert again.status_code == 409
    assert b"Refused." in again.content


def test_a_person_of_one_institution_with_a_role_in_two_sees_both(houses):
    from together.controls.operations import people

    (mine, loan, _), (other, foreign, _) = houses
    person = lending.member(mine)
    people.grant(
        person=person,
        role="institution_viewer",
        scope=other.number,
        by=factories.administrator(),
        at=factories.NOW,
    )
    client = signed_in(person)
    assert client.get(f"/portal/loans/{loan.number}/").status_code == 200
    assert client.get(f"/portal/loans/{foreign.number}/").status_code == 200
