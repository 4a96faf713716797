"""Notices in the portal: read and taken out by their own institution's people, new ones marked."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from loans.operations import letters
from tests.console.factories import signed_in, signing_in
from tests.factories import NOW
from tests.loans.factories import close
from tests.portal import factories as lending
from together.notices.models import Notice
from together.notices.queries import notices

pytestmark = pytest.mark.django_db
MONTH_END = date(2025, 10, 31)


@pytest.fixture
def houses():
    """Give two institutions, each with a loan that a month's statement was written of."""
    pool = lending.loans_pool()
    found = []
    for name in ("Harbour Trading", "Northern Liquidity"):
        one = lending.institution(name)
        found.append((one, lending.active_loan(pool, one)))
    for _, loan in found:
        close(loan, date(2025, 11, 5))
    said = letters.send_notices(on=date(2025, 11, 5), at=NOW + timedelta(days=22))
    assert (said.notices, said.failed) == (4, {})
    return found


def unmasked(answer) -> bytes:
    """Give an answer without the tokens of its forms, which differ each time."""
    return re.sub(rb'value="[A-Za-z0-9]{64}"', b"", answer.content)


@pytest.mark.parametrize("role", ["institution_admin", "institution_viewer"])
def test_own_people_read_them_take_them_out_and_see_what_is_new(houses, role):
    (mine, loan), (_, foreign) = houses
    client = signed_in(lending.member(mine, role))
    assert "2 notices" in client.get("/portal/").content.decode()
    page = client.get("/portal/notices/").content.decode()
    assert page.count(">new<") == 2
    assert foreign.number not in page
    letter = Notice.objects.get(about=loan.number, kind="invoice")
    taken = client.get(f"/portal/notices/{letter.number}/pdf/")
    assert taken.content == bytes(letter.content.data)
    assert f'filename="{letter.number}.pdf"' in taken["Content-Disposition"]
    assert client.get("/portal/notices/").content.decode().count(">new<") == 1
    shown = client.get(f"/portal/loans/{loan.number}/").content.decode()
    assert "INV-000" in shown
    assert f"/portal/notices/{letter.number}/pdf/" in shown


def test_they_are_chosen_by_kind_and_loan(houses):
    (mine, loan), (_, foreign) = houses
    client = signed_in(lending.member(mine))
    one = client.get(f"/portal/notices/?kind=statement&loan={loan.number}")
    assert one.content.decode().count("/pdf/") == 1
    foreign_one = client.get(f"/portal/notices/?loan={foreign.number}").content.decode()
    assert "is not one of the available choices" in foreign_one
    assert f"/portal/loans/{foreign.number}/" not in foreign_one
    assert b"Nothing of that kind" in client.get("/portal/notices/?kind=default").content
    assert client.get("/portal/notices/?kind=nonsense&page=x").status_code == 200


def test_a_foreign_notice_looks_like_a_missing_one(houses):
    (mine, _), (_, foreign) = houses
    client = signed_in(lending.member(mine))
    number = Notice.objects.filter(about=foreign.number).first().number
    for path in ("/portal/notices/{}/pdf/", "/api/v1/notices/{}/"):
        refused, missing = (client.get(path.format(one)) for one in (number, "N-9999"))
        assert refused.status_code == 404
        assert unmasked(refused) == unmasked(missing)
    assert signed_in(signing_in("loan_officer")).get("/portal/notices/").status_code == 404


def test_the_database_keeps_them_apart_where_the_code_forgets(houses, monkeypatch):
    (mine, loan), (_, foreign) = houses
    monkeypatch.setattr(notices, "of_owners", lambda owners: Notice.objects.order_by("-id"))
    client = signed_in(lending.member(mine))
    page = client.get("/portal/notices/").content.decode()
    assert loan.number in page
    assert foreign.number not in page
    number = Notice.objects.filter(about=foreign.number).first().number
    assert client.get(f"/portal/notices/{number}/pdf/").status_code == 404


def test_the_list_asks_as_often_for_many_as_for_few(houses, django_assert_max_num_queries):
    (mine, _), _ = houses
    client = signed_in(lending.member(mine))
    client.get("/portal/notices/")
    with django_assert_max_num_queries(14):
        client.get("/portal/notices/")


def test_the_api_gives_own_notices_with_the_digest_of_their_pdf(houses):
    (mine, loan), _ = houses
    client = signed_in(lending.member(mine))
    found = client.get("/api/v1/notices/?kind=invoice").json()["results"]
    letter = Notice.objects.get(about=loan.number, kind="invoice")
    assert [(one["number"], one["sha256"]) for one in found] == [(letter.number, letter.content_id)]
    officer = signed_in(signing_in("auditor"))
    assert len(officer.get("/api/v1/notices/").json()["results"]) == 4
    assert timezone.now() > NOW
