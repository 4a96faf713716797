"""Cancellations and releases of drawdowns in the console: proposed, approved, put into effect."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from loans.models import Cancellation
from loans.operations import drawdowns, verifications
from tests import factories
from tests.console.factories import signed_in, signing_in
from tests.console.test_floating_pages import act, page_of, text
from tests.loans.credit import recent
from tests.portal import factories as lending
from together.controls.models import Approval
from together.treasury.models import Pool
from together.treasury.rules.programmes import PoolProgramme

pytestmark = pytest.mark.django_db


@pytest.fixture
def loan():
    return lending.committed_loan(lending.loans_pool(), lending.institution())


@pytest.fixture
def officer():
    """Give the session of a loan officer."""
    return signed_in(signing_in("loan_officer"))


@pytest.fixture
def treasurer():
    """Give the session of a treasury officer."""
    return signed_in(signing_in("treasury_officer"))


def order_of(loan):
    recent(loan.institution)
    found = drawdowns.ask(loan=loan, by=factories.person("loan_officer"), at=timezone.now())
    factories.approve(Approval.objects.get(subject=found.number))
    return found


def test_an_officer_proposes_a_second_one_approves_and_the_pool_has_it_again(loan, officer):
    shown = text(officer.get(act(loan, "cancel")))
    assert "Committed and not drawn 1,000,000.00" in shown
    paper = SimpleUploadedFile("notice.pdf", b"%PDF-1.7 default")
    said = {"side": "lender", "amount": "250,000", "reason": "Event of default", "file": paper}
    answer = officer.post(act(loan, "cancel"), said)
    made = Cancellation.objects.get()
    assert answer.headers["Location"] == page_of(made)
    before = text(officer.get(page_of(made)))
    assert "waits for a credit checker" in before
    assert officer.post(act(made, "book")).status_code == 409
    factories.approve(Approval.objects.get(subject=made.number))
    assert "Left to be drawn 750,000.00" in text(officer.get(act(made, "book")))
    assert officer.post(act(made, "book")).status_code == 302
    page = text(officer.get(page_of(loan)))
    assert "Cancelled 250,000.00" in page
    assert "Commitment left 750,000.00" in page
    assert made.number in page


def test_what_makes_no_sense_is_refused_by_its_field(loan, officer):
    said = {"side": "lender", "amount": "2000000", "reason": "x"}
    answer = officer.post(act(loan, "cancel"), said)
    assert answer.status_code == 409
    assert "amount: 2,000,000.00 USDC is not above zero and at most" in text(answer)
    answer = officer.post(act(loan, "cancel"), {**said, "amount": "", "side": "borrower"})
    assert "paper: it must show that the borrower asked for it" in text(answer)
    assert not Cancellation.objects.exists()


def test_the_list_says_how_a_commitment_is_cancelled(officer):
    page = text(officer.get(reverse("admin:loans_cancellation_changelist")))
    assert "No commitment was cancelled yet" in page


def test_a_drawdown_is_released_on_its_page_with_what_it_rests_on(loan, treasurer):
    order = order_of(loan)
    shown = text(treasurer.get(act(order, "release-drawdown")))
    assert "Stopped by nothing: it may go out" in shown
    assert treasurer.post(act(order, "release")).status_code == 409
    assert treasurer.post(act(order, "release-drawdown")).status_code == 302
    order.refresh_from_db()
    assert order.state == "released"
    page = text(treasurer.get(page_of(order)))
    assert "Tested again at its release" in page
    assert loan.institution.verifications.get().number in page


def test_the_page_of_a_stopped_drawdown_says_why_and_what_helps(loan, treasurer):
    order = order_of(loan)
    held = loan.institution.verifications.get()
    now = timezone.now()
    verifications.revoke(verification=held, reason="x", by=factories.person("compliance"), at=now)
    page = text(treasurer.get(page_of(order)))
    assert "It is stopped:" in page
    assert "is not verified" in page
    assert "else withdraw it, and it may be asked for anew" in page
    answer = treasurer.post(act(order, "release-drawdown"))
    assert answer.status_code == 409
    assert f"{order.number} is stopped" in text(answer)
    assert treasurer.post(act(order, "withdraw")).status_code == 302


def test_a_pool_is_opened_for_a_programme_and_an_older_one_says_it_once(treasurer):
    said = {"code": "more", "name": "More", "wallet": "w-more", "asset": "USDC", "promised": "5"}
    address = reverse("admin:treasury_pool_begin", args=["open"])
    assert treasurer.post(address, said).status_code != 302
    assert treasurer.post(address, {**said, "given_for": "loans"}).status_code == 302
    pool = Pool.objects.get(code="more")
    assert pool.given_for == PoolProgramme.LOANS
    page = text(treasurer.get(page_of(pool)))
    assert "Given for Loans to institutions" in page
    assert "Propose its programme" not in page
