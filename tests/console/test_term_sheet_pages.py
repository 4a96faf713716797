"""Term sheets in the console: issued on a loan's page, listed, and accepted by no officer."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from loans.models import TermSheet
from tests.console.factories import signed_in, signing_in
from tests.loans import factories as lending

pytestmark = pytest.mark.django_db
LIST = "/console/loans/termsheet/"


@pytest.fixture
def pool():
    return lending.loans_pool()


@pytest.fixture
def officer():
    return signed_in(signing_in("loan_officer"))


def _act(loan) -> str:
    return reverse("admin:loans_loan_act", args=[loan.pk, "term-sheet"])


def _page(record) -> str:
    return reverse(f"admin:loans_{record._meta.model_name}_change", args=[record.pk])


def test_an_officer_issues_one_after_its_effect_was_shown(pool, officer):
    loan = lending.unaccepted_loan(pool)
    assert "None was issued" in officer.get(_page(loan)).content.decode()
    shown = officer.get(_act(loan)).content.decode()
    for word in (loan.institution.legal_name, "Lapses on", "Takes the place of"):
        assert word in shown
    wrong = officer.post(_act(loan), {"lapses_on": "2020-01-01"})
    assert wrong.status_code == 409
    assert b"lapses_on: 2020-01-01 must be after" in wrong.content
    day = timezone.now().date() + timedelta(days=14)
    answer = officer.post(_act(loan), {"lapses_on": day.isoformat()}, follow=True)
    sheet = TermSheet.objects.get()
    page = answer.content.decode()
    for word in (sheet.digest, "Conditions precedent", "in goodwill", sheet.document.number):
        assert word in page
    assert sheet.number in officer.get(_page(loan)).content.decode()


def test_no_officer_accepts_and_what_was_accepted_is_not_issued_again(pool, officer):
    loan = lending.committed_loan(pool)
    sheet = TermSheet.objects.get()
    page = officer.get(_page(sheet)).content.decode()
    assert "I am entitled to sign" in page
    assert "Issue a term sheet" not in officer.get(_page(loan)).content.decode()
    assert reverse("admin:loans_loan_act", args=[loan.pk, "accept"]) not in page
    day = timezone.now().date() + timedelta(days=14)
    assert officer.post(_act(loan), {"lapses_on": day.isoformat()}).status_code == 409


def test_the_drawdown_says_which_sheet_it_waits_for(pool, officer):
    loan = lending.unaccepted_loan(pool)
    address = reverse("admin:loans_loan_act", args=[loan.pk, "draw"])
    assert "no term sheet was issued" in officer.get(address).content.decode()
    answer = officer.post(address, {"account": "", "destination": ""})
    assert answer.status_code == 409


def test_the_list_is_filtered_by_the_state_of_today_and_searched(pool, officer):
    lapsed = lending.issued(lending.unaccepted_loan(pool, amount="1000"))
    accepted = lending.accepted(lending.unaccepted_loan(pool, amount="1000"))
    for chosen, there, gone in (
        ("lapsed", lapsed, accepted),
        ("accepted", accepted, lapsed),
    ):
        page = officer.get(LIST, {"state": chosen}).content.decode()
        assert _page(there) in page
        assert _page(gone) not in page
    page = officer.get(LIST, {"q": accepted.loan.number}).content.decode()
    assert _page(lapsed) not in page
    assert _page(accepted) in page


def test_the_list_costs_as_many_queries_for_four_rows_as_for_one(pool, officer):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert officer.get(LIST).status_code == 200
        return len(captured)

    lending.issued(lending.unaccepted_loan(pool, amount="1000"))
    few = queries()
    for _ in range(3):
        lending.issued(lending.unaccepted_loan(pool, amount="1000"))
    assert queries() == few


def test_a_next_version_shows_what_it_changes_before_it_is_issued_and_after(pool, officer):
    loan = lending.unaccepted_loan(pool)
    assert "Changes if issued today" not in officer.get(_act(loan)).content.decode()
    lending.issued(loan)
    shown = officer.get(_act(loan)).content.decode()
    assert "Changes if issued today" in shown
    assert "If drawn on: 14 Oct 2025 →" in shown
    assert "Difference in present value" in shown
    day = timezone.now().date() + timedelta(days=14)
    officer.post(_act(loan), {"lapses_on": day.isoformat()})
    page = officer.get(_page(TermSheet.objects.get(version=2))).content.decode()
    for word in ("What changed since version 1", "Present value of the two offers", "14 Oct 2025"):
        assert word in page
