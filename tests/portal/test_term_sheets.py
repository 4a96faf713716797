"""Term sheets in the portal: read by the institution, accepted by who acts for it."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse
from django.utils import timezone

from loans.models import TermSheet
from loans.operations import term_sheets
from loans.rules.term_sheets import WORDING
from tests import factories
from tests.console.factories import signed_in, signing_in
from tests.portal import factories as lending

pytestmark = pytest.mark.django_db


def issued(loan, days: int = 14) -> TermSheet:
    now = timezone.now()
    return term_sheets.issue(
        loan=loan,
        lapses_on=now.date() + timedelta(days=days),
        by=factories.person("loan_officer"),
        at=now,
    )


@pytest.fixture
def mine():
    return lending.institution()


@pytest.fixture
def loan(mine):
    return lending.committed_loan(lending.loans_pool(), mine, is_accepted=False)


def typed(sheet: TermSheet, **changed) -> dict[str, str]:
    given = {"may_sign": "on", "digest": sheet.digest, "wording": WORDING, **changed}
    return {name: value for name, value in given.items() if value}


def path(sheet: TermSheet) -> str:
    return f"/portal/term-sheets/{sheet.number}/"


@pytest.mark.parametrize("role", ["institution_admin", "institution_manager"])
def test_admin_and_manager_read_it_take_the_pdf_and_accept_it(mine, loan, role):
    sheet = issued(loan)
    who = lending.member(mine, role)
    client = signed_in(who)
    assert sheet.number in client.get("/portal/").content.decode()
    before = client.get(f"/portal/loans/{loan.number}/").content.decode()
    assert path(sheet) in before
    assert "Ask for the drawdown" not in before
    page = client.get(path(sheet)).content.decode()
    for word in (sheet.digest, "1,000,000", "I am entitled to sign", "in goodwill"):
        assert word in page
    taken = client.get(f"{path(sheet)}pdf/")
    assert taken.content.startswith(b"%PDF-")
    assert f'filename="{sheet.number}.pdf"' in taken["Content-Disposition"]
    answer = client.post(f"{path(sheet)}accept/", typed(sheet), follow=True)
    assert "Ask for the drawdown" in answer.content.decode()
    sheet.refresh_from_db()
    assert (sheet.state, sheet.accepted_by) == ("accepted", who)
    after = client.get(path(sheet)).content.decode()
    assert "Accept this term sheet" not in after
    assert str(who) in after
    again = client.post(f"{path(sheet)}accept/", typed(sheet))
    assert again.status_code == 409
    assert b"Refused." in again.content


def test_a_viewer_reads_it_and_does_not_accept(mine, loan):
    sheet = issued(loan)
    client = signed_in(lending.member(mine, "institution_viewer"))
    page = client.get(path(sheet)).content.decode()
    assert "An Admin or Manager of your institution accepts it" in page
    assert "may_sign" not in page
    assert client.get(f"{path(sheet)}pdf/").status_code == 200
    assert client.post(f"{path(sheet)}accept/", typed(sheet)).status_code == 404
    sheet.refresh_from_db()
    assert sheet.state == "issued"


def test_what_is_wrong_is_told_and_nothing_is_accepted(mine, loan):
    sheet = issued(loan)
    client = signed_in(lending.member(mine))
    for changed, status, why in (
        ({"may_sign": ""}, 400, b"Tick that you accept it and may sign."),
        ({"digest": "0" * 64}, 409, b"is not that of the sheet"),
        ({"wording": "acceptance/0"}, 409, b"is not the one in use"),
    ):
        answer = client.post(f"{path(sheet)}accept/", typed(sheet, **changed))
        assert answer.status_code == status
        assert why in answer.content
    sheet.refresh_from_db()
    assert sheet.state == "issued"


def test_a_foreign_sheet_looks_exactly_like_a_missing_one(mine, loan):
    foreign = issued(loan)
    other = lending.institution("Northern Liquidity")
    own = issued(lending.committed_loan(loan.pool, other, is_accepted=False))
    client = signed_in(lending.member(other))
    assert client.get(path(own)).status_code == 200

    def seen(number: str, end: str, data: dict | None) -> tuple[int, bytes]:
        address = f"/portal/term-sheets/{number}/{end}"
        answer = client.get(address) if data is None else client.post(address, data)
        return answer.status_code, re.sub(rb'value="[A-Za-z0-9]{64}"', b"", answer.content)

    for end, data in (("", None), ("pdf/", None), ("accept/", typed(foreign))):
        refused = seen(foreign.number, end, data)
        assert refused[0] == 404
        assert refused == seen("TS-9999", end, data)
    assert foreign.number not in client.get("/portal/").content.decode()


def test_the_portals_sheet_does_not_exist_for_officers(loan):
    sheet = issued(loan)
    client = signed_in(signing_in("loan_officer"))
    assert client.get(path(sheet)).status_code == 404
    assert client.post(f"{path(sheet)}accept/", typed(sheet)).status_code == 404


def test_a_sheet_that_lapsed_says_so_and_is_refused(mine, loan):
    long_ago = lending.NOW
    sheet = term_sheets.issue(
        loan=loan,
        lapses_on=long_ago.date() + timedelta(days=14),
        by=factories.person("loan_officer"),
        at=long_ago,
    )
    client = signed_in(lending.member(mine))
    page = client.get(path(sheet)).content.decode()
    assert "lapsed" in page
    assert "may_sign" not in page
    answer = client.post(f"{path(sheet)}accept/", typed(sheet))
    assert answer.status_code == 409
    assert b"it lapsed on" in answer.content


def test_accepting_asks_again_who_somebody_is(mine, loan, settings):
    sheet = issued(loan)
    admin = lending.member(mine)
    TOTP.activate(admin, generate_totp_secret())
    settings.MFA_REQUIRED = True
    answer = signed_in(admin).post(f"{path(sheet)}accept/", typed(sheet))
    assert answer.url.startswith(reverse("account_reauthenticate"))
    sheet.refresh_from_db()
    assert sheet.state == "issued"


def test_a_next_version_shows_what_it_changes(mine, loan):
    first, second = issued(loan, days=14), issued(loan, days=20)
    client = signed_in(lending.member(mine))
    assert "What changed" not in client.get(path(first)).content.decode()
    page = client.get(path(second)).content.decode()
    for word in (
        "What changed since version 1",
        f"Compared with {first.number}",
        f"{first.lapses_on - timedelta(days=1):%d %b %Y}",
        "Present value of the two offers",
        "two offers are compared and not a debt",
    ):
        assert word in page
