"""Floating rates on pages: asked for by a form, seen by officers and borrowers, corrected."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from loans.models import Adjustment, Application
from loans.operations import closing, letters
from tests.console.factories import signed_in, signing_in
from tests.factories import TODAY, approve
from tests.loans import floating
from tests.loans.factories import at
from tests.portal import factories as lending
from together.notices.models import Notice

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FIRST = date(2025, 10, 9)


def act(record, name: str) -> str:
    stem = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{stem}_act", args=[record.pk, name])


def page_of(record) -> str:
    stem = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{stem}_change", args=[record.pk])


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def officer():
    """Give the session of a loan officer."""
    return signed_in(signing_in("loan_officer"))


def lent(floats=None, **named):
    """Give a floating loan of 1m that was drawn."""
    floating.sofr()
    terms = floating.terms(floats, **named)
    return lending.active_loan(lending.loans_pool(), lending.institution(), terms=terms)


def form(pool, **said) -> dict[str, str]:
    usual = {
        "pool": str(pool.pk),
        "amount": "1,000,000",
        "purpose": "Working capital",
        "product": "bullet_360",
        "rate": "0.06",
        "instalments": "4",
        "index": "SOFR",
        "convention": "compounded",
        "spread": "0.025",
        "floor": "0",
        "cap": "0.08",
        "lookback_days": "5",
        "fallback_days": "2",
    }
    return {**usual, **said}


def test_a_floating_rate_is_asked_for_and_read_in_words(officer):
    floating.sofr()
    borrower, pool = lending.institution(), lending.loans_pool()
    answer = officer.post(act(borrower, "apply"), form(pool))
    assert answer.status_code == 302
    asked = Application.objects.get()
    assert asked.terms["floating"] == {
        "index": "SOFR",
        "convention": "compounded",
        "calendar": "us_sofr",
        "spread": "0.025",
        "floor": "0",
        "cap": "0.08",
        "lookback_days": 5,
        "fallback_days": 2,
    }
    page = text(officer.get(page_of(asked)))
    assert "SOFR compounded in arrears + 2.5 %" in page
    assert "5 business days of us_sofr" in page
    assert "the last one before, at most 2 business days of us_sofr older" in page


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"spread": "2"}, "terms.floating.spread: must be a fraction a year, from -1 to 1"),
        ({"spread": "much"}, "terms.floating.spread: must be a decimal number as text"),
        ({"floor": "0.09"}, "terms.floating.cap: lies below the floor"),
        ({"product": "level_monthly"}, "a level payment needs the rate of its period in advance"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_field(officer, said, words):
    floating.sofr()
    borrower, pool = lending.institution(), lending.loans_pool()
    answer = officer.post(act(borrower, "apply"), form(pool, **said))
    assert answer.status_code == 409
    assert words in text(answer)
    assert not Application.objects.exists()


def test_without_an_index_the_rate_is_fixed(officer):
    borrower, pool = lending.institution(), lending.loans_pool()
    assert officer.post(act(borrower, "apply"), form(pool, index="")).status_code == 302
    assert "floating" not in Application.objects.get().terms


def test_a_loan_tells_its_rate_its_next_fixing_and_the_fixings_that_were_set(officer):
    loan = lent()
    page = text(officer.get(page_of(loan)))
    assert "6 %, as planned: no fixing is set yet" in page
    assert "no fixing of 2025-10-09 is known; the terms agree no fallback" in page
    floating.fixing(FIRST, "0.0412")
    closing.close_day(on=TODAY + DAY, at=at(TODAY + DAY))
    with CaptureQueriesContext(
        connection,
    ) as once:
        page = text(officer.get(page_of(loan)))
    assert "6.12 % = SOFR 4.12 % + 2 %" in page
    assert "Rate fixings, newest first" in page
    assert "4.12 % 9 Oct 2025" in page
    assert len(once) < 80
    admin = signed_in(lending.member(loan.institution))
    portal = text(admin.get(reverse("portal_loan", args=[loan.number])))
    assert "in effect since 14 October 2025 6.12 % = SOFR 4.12 % + 2 %" in portal
    assert "counts from 14 January 2026, by the fixing of 12 January 2026" in portal


def test_the_api_tells_the_rate_of_a_floating_loan(officer):
    loan = lent()
    floating.fixing(FIRST, "0.0412")
    closing.close_day(on=TODAY + DAY, at=at(TODAY + DAY))
    said = officer.get(f"/api/v1/loans/{loan.number}/standing/").json()["rate"]
    assert said == {
        "index": "SOFR",
        "convention": "in_advance",
        "rate": "0.061200000000",
        "since": "2025-10-14",
        "fixing": "0.041200000000",
        "fixing_on": "2025-10-09",
        "next_on": "2026-01-14",
        "next_fixing_on": "2026-01-12",
    }


def test_a_loan_of_a_fixed_rate_says_nothing_of_fixings(officer):
    loan = lending.active_loan(lending.loans_pool(), lending.institution())
    page = text(officer.get(page_of(loan)))
    assert "Rate fixings" not in page
    assert "Correct a rate fixing" not in page
    assert "Rate in effect" not in page


def test_a_correction_is_proposed_with_its_difference(officer):
    loan = lent()
    wrong = floating.fixing(FIRST, "0.0412")
    closing.close_day(on=TODAY + DAY, at=at(TODAY + DAY))
    said = {"on": TODAY.isoformat(), "reason": "Published anew"}
    refused = officer.post(act(loan, "rate-fixing"), said)
    assert refused.status_code == 409
    assert "is set by the fixing that counts already" in text(refused)
    floating.corrected(wrong, "0.0430", TODAY + DAY)
    page = text(officer.get(reverse("admin:tasks")))
    assert f"{loan.number}: the fixing of event 2 was corrected since" in page
    answer = officer.post(act(loan, "rate-fixing"), said, follow=True)
    asked = Adjustment.objects.get()
    assert answer.redirect_chain[-1][0] == page_of(asked)
    assert "rate fixing" in text(answer)
    assert "nothing is booked before 1 stage has approved it" in text(answer)
    approve(asked.approval)
    assert officer.post(act(asked, "book")).status_code == 302
    page = text(officer.get(page_of(loan)))
    assert "corrected by event 3" in page
    assert "6.3 % = SOFR 4.3 % + 2 %" in page


def test_a_new_spread_is_proposed_with_its_difference(officer):
    loan = lent()
    today = timezone.now().date().isoformat()
    assert "New spread" in text(officer.get(act(loan, "margin-change")))
    said = {"spread": "0.9x", "on": today, "reason": "Agreed"}
    refused = officer.post(act(loan, "margin-change"), said)
    assert refused.status_code == 409
    assert "spread" in text(refused)
    assert officer.post(act(loan, "margin-change"), {**said, "spread": "0.01"}).status_code == 302
    asked = Adjustment.objects.get()
    assert (asked.type, asked.further) == ("margin_change", {"spread": "0.01"})
    page = text(officer.get(page_of(asked)))
    assert "margin change" in page
    assert "present value" in page.lower()


def test_a_fixed_loan_offers_no_new_spread(officer):
    loan = lending.active_loan(lending.loans_pool(), lending.institution())
    assert "Change the spread" not in text(officer.get(page_of(loan)))


def test_a_loan_that_waits_is_a_task(officer):
    loan = lent()
    page = text(officer.get(reverse("admin:tasks")))
    assert f"{loan.number}: the rate of 2025-10-14 is not set" in page


def test_the_borrower_is_told_of_a_rate_set_in_advance_and_of_its_correction():
    loan = lent()
    wrong = floating.fixing(FIRST, "0.0412")
    closing.close_day(on=TODAY + DAY, at=at(TODAY + DAY))
    letters.send_notices(on=TODAY + DAY, at=at(TODAY + 2 * DAY))
    (told,) = Notice.objects.filter(about=loan.number, kind="rate")
    assert told.title == f"Rate of loan {loan.number} from 14 Oct 2025: 6.12 % a year"
    floating.corrected(wrong, "0.0430", TODAY + DAY)
    assert Notice.objects.filter(kind="rate").count() == 1


def test_daily_fixings_are_invoiced_once_they_are_all_set():
    loan = lent(floating.COMPOUNDED)
    floating.fixings(date(2025, 10, 6), date(2026, 1, 5))
    for day in (date(2026, 1, 5), date(2026, 1, 7)):
        closing.close_day(on=day, at=at(day))
        letters.send_notices(on=day, at=at(day + DAY))
    assert not loan.invoices.exists()
    floating.fixings(date(2026, 1, 6), date(2026, 1, 7))
    for day in (date(2026, 1, 8), date(2026, 1, 9)):
        closing.close_day(on=day, at=at(day))
        letters.send_notices(on=day, at=at(day + DAY))
    (invoice,) = loan.invoices.all()
    assert invoice.due_on == date(2026, 1, 14)
    assert not Notice.objects.filter(kind="rate").exists()
