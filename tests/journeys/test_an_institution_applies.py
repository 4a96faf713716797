"""An institution applies in a browser, wide and narrow: a draft, a question, and what becomes."""

from datetime import timedelta

from django.utils import timezone

from loans.models import Application, Draft
from loans.operations import information_requests
from tests.console.factories import PASSWORD
from tests.factories import person
from tests.journeys.conftest import overflow, sign_in
from tests.loans import collateral
from tests.loans import institution_side as making
from tests.portal import factories as lending

WIDTHS = (1440, 390)


def fits(page, what: str) -> None:
    """Look at a page on a desk and on a telephone: nothing stands beside the window."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert overflow(page) <= 0, (what, width)


def test_an_institution_applies_answers_and_withdraws(page, site, complaints):
    # Somebody asked this pool before; the house takes bitcoin as collateral.
    lending.application(lending.loans_pool(), lending.institution("Northern Liquidity"))
    collateral.markets()
    mine = lending.institution()
    lending.member(mine, name="ada")

    # Ada begins an application, and saves it before she knows everything.
    sign_in(page, site, "ada", PASSWORD)
    page.goto(f"{site}/portal/")
    page.get_by_role("link", name="New application").click()
    fits(page, "new")
    page.get_by_label("Asset and pool").select_option("loans")
    page.get_by_label("Amount").fill("2,500,000")
    page.get_by_role("button", name="Save the draft").click()
    assert page.get_by_text("It cannot be submitted yet").is_visible()
    fits(page, "draft")

    # The next day she has the rest, and what secures it.
    page.get_by_label("Purpose").fill("Working capital")
    page.get_by_label("Kind of schedule").select_option("level_monthly")
    page.get_by_label("Rate asked for").fill("6.5")
    page.get_by_label("Number of instalments").fill("12")
    page.get_by_label("Secured up to").fill("70")
    page.get_by_label("Collateral 1").select_option("BTC")
    page.get_by_label("Quantity, in whole units").first.fill("40")
    page.get_by_label("Kept by").first.fill("Harbour Custody")
    page.get_by_role("button", name="Save the draft").click()
    making.with_file(Draft.objects.get(), at=timezone.now())
    page.reload()
    assert page.get_by_text("Interest in all, if drawn today").is_visible()
    page.get_by_role("button", name="Submit it as saved").click()
    page.wait_for_url("**/applications/**")
    asked = Application.objects.get(institution=mine)
    assert asked.terms["secured"] == {"most_ltv": "0.7"}
    fits(page, "application")

    # An officer asks back; she answers.
    now = timezone.now()
    one = information_requests.ask(
        application=asked,
        question="Which exchanges hold your cash?",
        due_on=now.date() + timedelta(days=7),
        by=person("loan_officer"),
        at=now,
    )
    page.goto(f"{site}/portal/")
    fits(page, "home")
    page.get_by_role("link", name=f"Question {one.number}").click()
    page.get_by_label("Your answer").fill("Kraken, a tenth of it")
    page.get_by_role("button", name=f"Answer {one.number}").click()
    assert page.get_by_text("Kraken, a tenth of it").is_visible()
    page.goto(f"{site}/portal/applications/{asked.number}/collateral/")
    fits(page, "collateral")

    # Another lender is quicker: she takes it back.
    page.goto(f"{site}/portal/applications/{asked.number}/")
    page.get_by_label("Reason").fill("Another lender")
    page.get_by_role("button", name=f"Withdraw {asked.number}").click()
    assert page.get_by_text("Your institution withdrew it.").is_visible()
    asked.refresh_from_db()
    assert asked.state == "withdrawn"
    assert complaints == []
