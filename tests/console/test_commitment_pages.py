"""Commitments on pages: agreed by the form, told before the drawdown, in the console and portal."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from loans.models import Application
from loans.rules.products import terms_of
from tests.console.factories import signed_in, signing_in
from tests.console.test_floating_pages import act, form, page_of, text
from tests.loans.factories import accepted
from tests.portal import factories as lending

pytestmark = pytest.mark.django_db
AGREED = {"days": 90, "fee_rate": "0.0036"}


@pytest.fixture
def officer():
    """Give the session of a loan officer."""
    return signed_in(signing_in("loan_officer"))


def asked(**said) -> dict[str, str]:
    return form(lending.loans_pool(), **{"index": "", **said})


def test_a_commitment_fee_is_asked_for_and_read(officer):
    borrower = lending.institution()
    said = asked(availability_days="90", fee_rate="0.0036")
    assert officer.post(act(borrower, "apply"), said).status_code == 302
    application = Application.objects.get()
    assert application.terms["availability"] == AGREED
    page = text(officer.get(page_of(application)))
    assert "Available for 90 days after acceptance" in page
    assert "Commitment fee a year 0.36 %" in page


def test_a_fee_without_a_period_is_refused_by_its_field(officer):
    answer = officer.post(act(lending.institution(), "apply"), asked(fee_rate="0.0036"))
    assert answer.status_code == 409
    assert "terms.availability.days: is required" in text(answer)
    assert not Application.objects.exists()


def test_before_its_drawdown_a_loan_tells_its_fee_and_its_last_day(officer):
    terms = {**terms_of("level_monthly", rate="0.06", instalments=12), "availability": AGREED}
    loan = lending.committed_loan(
        lending.loans_pool(), lending.institution(), terms=terms, is_accepted=False
    )
    assert "To be drawn before" not in text(officer.get(page_of(loan)))
    now = timezone.now()
    accepted(loan, at=now - timedelta(days=3))
    ends_on = (now - timedelta(days=3) + timedelta(days=90)).date()
    page = text(officer.get(page_of(loan)))
    assert f"To be drawn before {ends_on:%-d %b %Y}" in page
    # 1,000,000 x 0.36 % x 3 / 360.
    assert "Commitment fee so far 30.00" in page
    member = signed_in(lending.member(loan.institution))
    portal = text(member.get(reverse("portal_loan", args=[loan.number])))
    assert f"It is to be drawn before {ends_on:%-d %B %Y}" in portal
    assert "The commitment fee up to today is 30.00 USDC" in portal
    sheet = text(member.get(reverse("portal_term_sheet", args=[loan.term_sheets.get().number])))
    assert "0.36 % a year of what is not drawn, due with the first instalment" in sheet
