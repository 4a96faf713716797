"""Amendment letters in the portal: read by the institution, answered by who acts for it."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse
from django.utils import timezone

from loans.models import AmendmentLetter
from loans.operations import amendment_letters, servicing
from loans.operations.servicing import Facts
from loans.rules.amendments import WORDING
from tests import factories
from tests.console.factories import signed_in, signing_in
from tests.loans.factories import paid
from tests.portal import factories as lending

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine():
    return lending.institution()


@pytest.fixture
def loan(mine):
    return lending.active_loan(lending.loans_pool(), mine)


def issued(loan, days: int = 14, at=None) -> AmendmentLetter:
    """Propose an extension, let it be approved, and issue its letter."""
    at = at or timezone.now()
    officer = factories.person("loan_officer")
    facts = Facts("extend", factories.TODAY, further={"instalments": 3})
    asked = servicing.propose(
        loan=loan, facts=facts, reason="Weak: watch it", by=officer, at=lending.NOW
    )
    factories.approve(asked.approval)
    return amendment_letters.issue(
        adjustment=asked, lapses_on=at.date() + timedelta(days=days), by=officer, at=at
    )


def typed(letter: AmendmentLetter, **changed) -> dict[str, str]:
    given = {"may_sign": "on", "digest": letter.digest, "wording": WORDING, **changed}
    return {name: value for name, value in given.items() if value}


def path(letter: AmendmentLetter) -> str:
    return f"/portal/amendment-letters/{letter.number}/"


def text(answer) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("role", ["institution_admin", "institution_manager"])
def test_admin_and_manager_read_it_take_the_pdf_and_accept_it(mine, loan, role):
    letter = issued(loan)
    who = lending.member(mine, role)
    client = signed_in(who)
    assert f"Amendment letter {letter.number}" in text(client.get("/portal/"))
    assert path(letter) in text(client.get(f"/portal/loans/{loan.number}/"))
    page = text(client.get(path(letter)))
    for word in (letter.digest, "3 instalments follow at the end", "Present value", "in goodwill"):
        assert word in page
    # What officers wrote to each other is not told.
    assert "Weak" not in page
    taken = client.get(f"{path(letter)}pdf/")
    assert taken.content.startswith(b"%PDF-")
    assert f'filename="{letter.number}.pdf"' in taken["Content-Disposition"]
    answer = client.post(f"{path(letter)}accept/", typed(letter), follow=True)
    assert "Your loan officer books the change" in text(answer)
    letter.refresh_from_db()
    assert (letter.state, letter.answered_by) == ("accepted", who)
    after = text(client.get(path(letter)))
    assert "Accept this letter" not in after
    assert f"{letter.number}</a> of loan" not in text(client.get("/portal/"))
    assert str(who) in after
    again = client.post(f"{path(letter)}accept/", typed(letter))
    assert again.status_code == 409
    assert b"Refused." in again.content


def test_it_is_declined_with_words(mine, loan):
    letter = issued(loan)
    client = signed_in(lending.member(mine))
    empty = client.post(f"{path(letter)}decline/", {"words": " "})
    assert empty.status_code == 400
    assert "Say why you decline it." in text(empty)
    answer = client.post(f"{path(letter)}decline/", {"words": "Too long for us"}, follow=True)
    assert "is declined. The loan stays as it is." in text(answer)
    page = text(client.get(path(letter)))
    assert "Declined by" in page
    assert "Too long for us" in page
    letter.refresh_from_db()
    assert letter.state == "declined"


def test_a_viewer_reads_it_and_does_not_answer(mine, loan):
    letter = issued(loan)
    client = signed_in(lending.member(mine, "institution_viewer"))
    page = text(client.get(path(letter)))
    assert "An Admin or Manager of your institution answers it" in page
    assert "may_sign" not in page
    assert client.get(f"{path(letter)}pdf/").status_code == 200
    assert client.post(f"{path(letter)}accept/", typed(letter)).status_code == 404
    assert client.post(f"{path(letter)}decline/", {"words": "No"}).status_code == 404
    letter.refresh_from_db()
    assert letter.state == "issued"


def test_what_is_wrong_is_told_and_nothing_is_accepted(mine, loan):
    letter = issued(loan)
    client = signed_in(lending.member(mine))
    for changed, status, why in (
        ({"may_sign": ""}, 400, b"Tick that you accept it and may sign."),
        ({"digest": "0" * 64}, 409, b"is not that of the letter"),
        ({"wording": "acceptance/1"}, 409, b"is not the one in use"),
    ):
        answer = client.post(f"{path(letter)}accept/", typed(letter, **changed))
        assert answer.status_code == status
        assert why in answer.content
    letter.refresh_from_db()
    assert letter.state == "issued"


def test_a_foreign_letter_looks_exactly_like_a_missing_one(mine, loan):
    foreign = issued(loan)
    other = lending.institution("Northern Liquidity")
    own = issued(lending.active_loan(loan.pool, other))
    client = signed_in(lending.member(other))
    assert client.get(path(own)).status_code == 200

    def seen(number: str, end: str, data: dict | None) -> tuple[int, bytes]:
        address = f"/portal/amendment-letters/{number}/{end}"
        answer = client.get(address) if data is None else client.post(address, data)
        return answer.status_code, re.sub(rb'value="[A-Za-z0-9]{64}"', b"", answer.content)

    for end, data in (
        ("", None),
        ("pdf/", None),
        ("accept/", typed(foreign)),
        ("decline/", {"words": "No"}),
    ):
        refused = seen(foreign.number, end, data)
        assert refused[0] == 404
        assert refused == seen("AL-9999", end, data)
    assert foreign.number not in text(client.get("/portal/"))


def test_the_portals_letter_does_not_exist_for_officers(loan):
    letter = issued(loan)
    client = signed_in(signing_in("loan_officer"))
    assert client.get(path(letter)).status_code == 404
    assert client.post(f"{path(letter)}accept/", typed(letter)).status_code == 404


def test_a_letter_that_lapsed_or_was_outrun_says_so(mine, loan):
    letter = issued(loan, at=lending.NOW)
    client = signed_in(lending.member(mine))
    page = text(client.get(path(letter)))
    assert "lapsed" in page
    assert "may_sign" not in page
    answer = client.post(f"{path(letter)}accept/", typed(letter))
    assert b"it lapsed on" in answer.content
    second = issued(loan)
    paid(loan, "5000", factories.TODAY)
    page = text(client.get(path(second)))
    assert "The loan has changed since" in page
    assert "may_sign" not in page
    assert second.number not in text(client.get("/portal/"))


def test_accepting_asks_again_who_somebody_is(mine, loan, settings):
    letter = issued(loan)
    admin = lending.member(mine)
    TOTP.activate(admin, generate_totp_secret())
    settings.MFA_REQUIRED = True
    answer = signed_in(admin).post(f"{path(letter)}accept/", typed(letter))
    assert answer.url.startswith(reverse("account_reauthenticate"))
    letter.refresh_from_db()
    assert letter.state == "issued"
