"""A floating loan in a browser: its fixings, a correction under four eyes, an amendment's worth."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from loans.operations import closing
from tests.console.factories import PASSWORD, signing_in
from tests.journeys.conftest import forget, overflow, sign_in
from tests.loans import floating
from tests.loans.factories import at
from tests.portal import factories as lending

WIDTHS = (1440, 390)


def test_a_corrected_fixing_and_an_amendment_are_seen_before_they_are_booked(
    site, page, complaints
):
    # A loan that follows SOFR with 2 % was drawn forty days ago, and its days are closed.
    floating.sofr()
    today = timezone.now().date()
    drawn_on = today - timedelta(days=40)
    observed = floating.SOFR.moved(floating.SOFR.preceding(drawn_on), -2)
    wrong = floating.fixing(observed, "0.0412")
    loan = lending.active_loan(
        lending.loans_pool(), lending.institution(), on=drawn_on, terms=floating.terms(n=8)
    )
    closing.close_day(on=today - timedelta(days=1), at=at(today))
    officer, checker = signing_in("loan_officer"), signing_in("credit_checker")

    # The officer reads what is in effect, and since when. The administrator corrects the fixing.
    sign_in(page, site, officer.username, PASSWORD)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{site}/console/loans/loan/{loan.pk}/change/")
        expect(page.get_by_text("6.12 % = SOFR 4.12 % + 2 %")).to_be_visible()
        expect(page.get_by_text("Rate fixings, newest first")).to_be_visible()
        assert overflow(page) <= 0
    floating.corrected(wrong, "0.0430", today)

    # The correction is proposed with its day and its reason; its value is what is observed.
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{site}/console/loans/loan/{loan.pk}/change/")
    page.get_by_text("Propose an adjustment").click()
    page.get_by_role("link", name="Correct a rate fixing").click()
    page.get_by_label("Counts from").fill(drawn_on.isoformat())
    page.get_by_label("Reason").fill("Published anew")
    page.get_by_role("button", name="Propose", exact=True).click()
    expect(page.locator("ins.t-now").first).to_be_visible()
    address = page.url

    # Somebody else approves exactly that; the officer books it, and the loan tells both.
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
    page.goto(f"{site}/console/loans/loan/{loan.pk}/change/")
    expect(page.get_by_text("6.3 % = SOFR 4.3 % + 2 %")).to_be_visible()
    expect(page.get_by_text("corrected by event 3")).to_be_visible()

    # More time is proposed; the page says what that is worth, before anybody decides.
    page.get_by_text("Propose an adjustment").click()
    page.get_by_role("link", name="Extend", exact=True).click()
    page.get_by_label("More instalments").fill("2")
    page.get_by_label("From", exact=True).fill(today.isoformat())
    page.get_by_label("Reason").fill("As agreed")
    page.get_by_role("button", name="Propose", exact=True).click()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.get_by_text("Present value of what is still to come")).to_be_visible()
        expect(page.get_by_text("not substantially different")).to_be_visible()
        assert overflow(page) <= 0

    # Its borrower reads the same rate.
    forget(page)
    sign_in(page, site, lending.member(loan.institution).username, PASSWORD)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{site}/portal/loans/{loan.number}/")
        expect(page.get_by_text("6.3 % = SOFR 4.3 % + 2 %")).to_be_visible()
        assert overflow(page) <= 0
    assert complaints == []
