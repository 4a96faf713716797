"""Closing the books in the console: the checklist, the request, the act, each by its page."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.console import factories as seen
from tests.console.factories import signed_in, signing_in
from tests.factories import approve
from tests.journeys.finance_world import last_month
from together.controls.models import Approval
from together.ledger.models import Closing

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return signed_in(signing_in("treasury_officer"))


def _begin(name: str) -> str:
    return reverse("admin:ledger_closing_begin", args=[name])


def test_a_month_is_closed_from_checklist_to_report(officer):
    seen.treasury_at_work(2)
    through = last_month()
    page = officer.get(_begin("propose-closing")).content.decode()
    assert f'value="{through}"' in page
    assert f"statements of retail reach {through}" in page
    assert "never" in page
    asked = {"through": through.isoformat(), "reason": "The statement is late"}
    shown = officer.post(_begin("propose-closing"), asked, follow=True).content.decode()
    assert f"Books through {through}" in shown
    assert f"statements of retail reach {through}: never" in shown
    refused = officer.post(_begin("close"))
    assert refused.status_code == 409
    assert b"propose it first" in refused.content
    approve(Approval.objects.get(kind="period.closing"), at=timezone.now())
    page = officer.get(_begin("close")).content.decode()
    assert "The statement is late" in page
    assert f"statements of retail reach {through}: never" in page
    done = officer.post(_begin("close"), follow=True).content.decode()
    assert "Trial balance of the period" in done
    assert Closing.objects.get().through == through


def test_days_are_reopened_as_approved(officer):
    test_a_month_is_closed_from_checklist_to_report(officer)
    asked = {"through": "", "reason": "A bill came late"}
    officer.post(_begin("propose-reopening"), asked)
    assert officer.post(_begin("reopen")).status_code == 409
    approve(Approval.objects.get(kind="period.reopening"), at=timezone.now())
    page = officer.get(_begin("reopen")).content.decode()
    assert "A bill came late" in page
    assert "no day" in page
    assert officer.post(_begin("reopen")).status_code == 302
    assert Closing.objects.first().is_reopening
