"""What people do with a real browser: sign in, approve and release, look at a loan."""

from django.utils import timezone
from playwright.sync_api import expect

from tests import factories
from tests.console import factories as seen
from tests.console.factories import PASSWORD, signing_in
from tests.journeys.conftest import forget, overflow, sign_in
from tests.loans.factories import issued
from tests.portal import factories as lending
from together.controls.models import Approval


def test_an_approver_signs_in_reads_the_effect_and_approves_it(site, page, complaints):
    # A treasury officer has asked for a payout of two payments.
    pool = factories.funded_pool()
    disbursement = seen.prepared(pool, signing_in("treasury_officer"))
    approval = Approval.objects.get(subject=disbursement.number)
    approver = signing_in("treasury_approver")

    # The approver signs in and lands on the dashboard, where the request waits.
    sign_in(page, site, approver.username, PASSWORD)
    assert page.url == f"{site}/console/"
    page.get_by_role("link", name=disbursement.number).click()

    # The page shows the effect in numbers and the digest that is approved.
    expect(page.get_by_text(approval.effect_digest).first).to_be_visible()
    page.get_by_role("link", name="Approve", exact=True).click()
    expect(page.get_by_text("30.00").first).to_be_visible()
    page.get_by_role("button", name="Approve", exact=True).click()

    # It says what happened, and nothing waits any more.
    expect(page.get_by_text("stage 1 is approved")).to_be_visible()
    page.goto(f"{site}/console/")
    expect(page.get_by_text("Nothing waits for your decision.")).to_be_visible()
    assert approval.decisions.get().person == approver
    assert complaints == []


def test_who_asked_reads_on_the_page_why_they_may_not_approve(site, page):
    officer = signing_in("treasury_officer", "treasury_approver")
    disbursement = seen.prepared(factories.funded_pool(), officer)
    approval = Approval.objects.get(subject=disbursement.number)

    sign_in(page, site, officer.username, PASSWORD)
    page.goto(f"{site}/console/controls/approval/{approval.pk}/act/approve/")
    page.get_by_role("button", name="Approve", exact=True).click()

    expect(
        page.get_by_role("alert").get_by_text("who asked for it does not decide it")
    ).to_be_visible()
    assert not approval.decisions.exists()


def test_an_institution_reads_its_loan_on_a_desk_and_on_a_telephone(site, page, complaints):
    mine = lending.institution()
    today = timezone.now().date()
    loan = lending.active_loan(lending.loans_pool(), mine, "1200000", on=today)
    member = lending.member(mine)

    sign_in(page, site, member.username, PASSWORD)
    assert page.url == f"{site}/portal/"
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{site}/portal/")
        assert overflow(page) <= 0
        page.get_by_role("link", name=loan.number).click()
        page.wait_for_url(f"{site}/portal/loans/{loan.number}/")
        expect(page.locator("canvas[data-drawn=yes]")).to_be_visible()
        assert overflow(page) <= 0
        expect(page.get_by_text("Reference, exactly")).to_be_visible()
        expect(page.get_by_role("row").filter(has_text="Total")).to_be_visible()
    assert complaints == []


def test_an_institution_accepts_its_term_sheet_on_a_telephone(site, page, complaints):
    mine = lending.institution()
    loan = lending.committed_loan(lending.loans_pool(), mine, is_accepted=False)
    sheet = issued(loan, at=timezone.now())
    member = lending.member(mine, "institution_manager")

    # Its Manager signs in and is told at once what waits.
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, site, member.username, PASSWORD)
    page.get_by_role("link", name=f"Term sheet {sheet.number}").click()
    expect(page.get_by_text(sheet.digest)).to_be_visible()
    assert overflow(page) <= 0

    # Without the tick nothing is sent; with it the loan may be drawn.
    accept = page.get_by_role("button", name=f"Accept {sheet.number}")
    accept.click()
    sheet.refresh_from_db()
    assert sheet.state == "issued"
    page.get_by_label("I am entitled to sign for").check()
    accept.click()
    expect(page.get_by_role("button", name="Ask for the drawdown")).to_be_visible()
    assert overflow(page) <= 0
    sheet.refresh_from_db()
    assert (sheet.state, sheet.accepted_by) == ("accepted", member)
    assert complaints == []


def test_public_and_sign_in_pages_are_whole_on_a_telephone_and_by_keyboard(site, page, complaints):
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/", "/claims/verify/", "/accounts/login/", "/api/"):
        page.goto(f"{site}{path}")
        assert overflow(page) <= 0, path
        assert page.locator("h1").count() == 1, path
    # The first stop of the keyboard is the way past the navigation.
    page.goto(f"{site}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    assert complaints == []


def test_the_console_is_whole_on_a_telephone(site, page, complaints):
    seen.treasury_at_work(3)
    sign_in(page, site, signing_in("auditor").username, PASSWORD)
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("", "controls/approval/", "treasury/instruction/", "treasury/disbursement/"):
        page.goto(f"{site}/console/{path}")
        assert overflow(page) <= 0, path
    assert complaints == []


def test_an_officer_proposes_a_fee_and_a_checker_sees_the_difference(site, page, complaints):
    loan = lending.active_loan(
        lending.loans_pool(), lending.institution(), on=timezone.now().date()
    )
    officer, checker = signing_in("loan_officer"), signing_in("credit_checker")

    # The officer opens the menu of adjustments on the loan's page, and fills the form of a fee.
    sign_in(page, site, officer.username, PASSWORD)
    page.goto(f"{site}/console/loans/loan/{loan.pk}/change/")
    page.get_by_text("Propose an adjustment").click()
    page.get_by_role("link", name="Charge a fee or penalty").click()
    page.get_by_label("Amount").fill("1,250.50")
    page.get_by_label("Due on").fill(timezone.now().date().isoformat())
    page.get_by_label("Reason").fill("Late papers")
    page.get_by_role("button", name="Propose", exact=True).click()

    # The next page shows what changes, crossed out and new, and the entry; on a telephone too.
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator("del.t-was").first).to_be_visible()
        expect(page.locator("ins.t-now").first).to_have_text("1,250.50")
        expect(page.get_by_text("Fee and penalty income")).to_be_visible()
        assert overflow(page) <= 0
    page.set_viewport_size({"width": 1440, "height": 900})
    address = page.url

    # The checker approves exactly that; the officer books it.
    forget(page)
    sign_in(page, site, checker.username, PASSWORD)
    page.goto(address)
    page.get_by_role("link", name="Approve", exact=True).click()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("stage 1 is approved")).to_be_visible()
    forget(page)
    sign_in(page, site, officer.username, PASSWORD)
    page.goto(address)
    page.get_by_role("link", name="Book", exact=True).click()
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_text("is booked as event 2")).to_be_visible()
    assert loan.events.get(sequence=2).amount == 1_250_500_000
    assert complaints == []
