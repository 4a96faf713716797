"""Adjustments in the console: proposed by forms, shown before and after, decided, booked."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loans.admin.adjusting import PROPOSE_ACTS
from loans.models import Adjustment
from loans.operations import closing, servicing
from loans.operations.servicing import Facts
from tests import factories
from tests.console import factories as seen
from tests.console.factories import signed_in, signing_in
from tests.factories import NOW, TODAY
from tests.loans.factories import adjusted, at, balance
from tests.portal import factories as lending
from together.treasury.operations import statements

pytestmark = pytest.mark.django_db
M = 10**6


@pytest.fixture
def loan():
    """Give a loan of 1m that was drawn."""
    return lending.active_loan(lending.loans_pool(), lending.institution())


@pytest.fixture
def officer():
    """Give the session of a loan officer."""
    return signed_in(signing_in("loan_officer"))


def act(record, name: str) -> str:
    stem = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{stem}_act", args=[record.pk, name])


def page_of(record) -> str:
    stem = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{stem}_change", args=[record.pk])


CHARGE = {"kind": "fee", "amount": "1,250.50", "on": "2025-10-14", "reason": "Late papers"}
FORMS = {
    "charge": CHARGE,
    "waive": {"type": "accrual_waiver", "amount": "", "on": "2025-10-20", "reason": "Fault"},
    "credit": {"type": "goodwill_credit", "amount": "5", "on": "2025-10-20", "reason": "Fault"},
    "rate-change": {"rate": "0.05", "on": "2025-11-01", "reason": "As agreed"},
    "extend": {"instalments": "6", "on": "2025-10-20", "reason": "As agreed"},
    "move-due-date": {"on": "2025-11-14", "to": "2025-11-20", "reason": "As agreed"},
    "re-age": {
        "on": "2025-10-20",
        "first_due_date": "2025-12-01",
        "instalments": "24",
        "every": "1",
        "unit": "month",
        "reason": "As agreed",
    },
    "charge-off": {"behaviour": "zero_interest", "on": "2025-10-20", "reason": "Insolvent"},
    "write-off": {"on": "2025-10-20", "reason": "Insolvent"},
}


def test_a_fee_is_proposed_seen_approved_and_booked_by_buttons(loan, officer):
    answer = officer.post(act(loan, "charge"), CHARGE, follow=True)
    asked = Adjustment.objects.get()
    assert answer.redirect_chain[-1][0] == page_of(asked)
    shown = answer.content.decode()
    assert "nothing is booked before 1 stage has approved it" in shown
    assert "Waits for the stages of its approval" in shown
    assert "Fee and penalty income" in shown
    assert '<ins class="t-now">1,250.50</ins>' in shown
    assert "11 instalments stay as they are" in shown

    checker = signed_in(signing_in("credit_checker"))
    assert checker.post(act(asked, "book")).status_code == 403
    assert officer.post(act(asked, "book")).status_code == 409
    answer = checker.post(act(asked, "approve"), {"reason": ""}, follow=True)
    assert b"stage 1 is approved" in answer.content
    assert b"Waits for a loan officer to book it" in answer.content

    answer = officer.post(act(asked, "book"), follow=True)
    assert b"is booked as event 2" in answer.content
    assert balance("loan.charges", loan.number) == 1250_500_000
    assert asked.number in officer.get(page_of(loan)).content.decode()


@pytest.mark.parametrize("name", FORMS)
def test_each_kind_has_a_form_whose_page_then_shows_the_difference(
    loan, officer, name, monkeypatch
):
    monkeypatch.setattr("django.utils.timezone.now", lambda: at(TODAY + timedelta(days=9)))
    answer = officer.post(act(loan, name), FORMS[name], follow=True)
    assert answer.status_code == 200, answer.content.decode()
    assert answer.redirect_chain[-1][0] == page_of(Adjustment.objects.get())
    assert b"Instalments before and after" in answer.content


def test_an_event_is_reversed_and_a_payment_charged_back_by_its_number(loan, officer):
    statements.import_file(
        account=loan.pool.main_account,
        data=seen.statement_csv(loan.pool, [("in-1", "5000.00", "THANKS")]),
        by=None,
        at=NOW,
    )
    assert officer.post(act(loan, "receipt"), {"entry_id": "in-1"}).status_code == 302
    said = {"on": "2025-10-14", "reason": "Mistaken"}
    missing = officer.post(act(loan, "reversal"), {**said, "event": "9"})
    assert missing.status_code == 409
    assert b"has no event 9" in missing.content
    assert officer.post(act(loan, "reversal"), {**said, "event": "2"}).status_code == 302
    back = {**said, "type": "chargeback", "amount": "5000", "event": "2"}
    assert officer.post(act(loan, "money-out"), back).status_code == 302
    assert {one.target.sequence for one in Adjustment.objects.all()} == {2}


def test_a_receipt_of_a_closed_day_is_proposed_by_its_entry(loan, officer):
    statements.import_file(
        account=loan.pool.main_account,
        data=seen.statement_csv(loan.pool, [("in-1", "5000.00", "THANKS")]),
        by=None,
        at=NOW,
    )
    said = {"entry_id": "in-9", "kind": "", "reason": "Late"}
    assert officer.post(act(loan, "late-receipt"), said).status_code == 409
    assert officer.post(act(loan, "late-receipt"), {**said, "entry_id": "in-1"}).status_code == 302
    assert Adjustment.objects.get().line.entry_id == "in-1"


def test_a_form_says_what_is_wrong_field_by_field(loan, officer):
    empty = officer.post(act(loan, "charge"), {})
    assert empty.status_code == 422
    assert empty.content.count(b"This field is required.") == 4
    refused = officer.post(act(loan, "charge"), {**CHARGE, "on": "2025-01-01"})
    assert refused.status_code == 409
    assert b"takes effect before the first drawdown" in refused.content
    assert not Adjustment.objects.exists()


def test_who_may_not_propose_sees_no_menu(loan, officer):
    menu = b"Propose an adjustment"
    assert menu in officer.get(page_of(loan)).content
    checker = signed_in(signing_in("credit_checker"))
    assert menu not in checker.get(page_of(loan)).content
    for one in PROPOSE_ACTS:
        assert checker.get(act(loan, one.name)).status_code == 403


def test_the_loans_page_says_which_receipt_waits_and_which_event_was_reversed(loan, officer):
    closing.close_loan(loan=loan, on=TODAY + timedelta(days=2), at=NOW)
    data = seen.statement_csv(loan.pool, [("in-1", "5000.00", loan.number)])
    statements.import_file(account=loan.pool.main_account, data=data, by=None, at=NOW)
    page = officer.get(page_of(loan)).content.decode()
    assert "Receipts that wait" in page
    assert f"closed up to {TODAY + timedelta(days=2)}: propose it as an adjustment" in page
    said = {"entry_id": "in-1", "kind": "", "reason": "Late"}
    assert officer.post(act(loan, "late-receipt"), said).status_code == 302
    asked = Adjustment.objects.get()
    factories.approve(asked.approval)
    assert officer.post(act(asked, "book")).status_code == 302
    page = officer.get(page_of(loan)).content.decode()
    assert "Receipts that wait" not in page
    adjusted(loan, "reversal", TODAY + timedelta(days=2), target=2)
    page = officer.get(page_of(loan)).content.decode()
    assert "of event 2" in page
    assert "reversed by event 3" in page
    assert "it was taken off a loan again" in page


def proposed(loan, number: int = 1) -> Adjustment:
    return servicing.propose(
        loan=loan,
        facts=Facts("charge", TODAY, number * M),
        reason="A fee",
        by=factories.person("loan_officer"),
        at=NOW,
    )


def test_what_was_declined_can_only_be_withdrawn(loan, officer):
    asked = proposed(loan)
    checker = signed_in(signing_in("credit_checker"))
    checker.post(act(asked, "decline"), {"reason": "No fee was agreed"})
    page = officer.get(page_of(asked)).content.decode()
    assert "Waits for a loan officer to withdraw it" in page
    assert act(asked, "book") not in page
    assert officer.post(act(asked, "withdraw")).status_code == 302
    asked.refresh_from_db()
    assert asked.state == "withdrawn"


def test_a_page_says_when_the_loan_has_changed_since(loan, officer):
    first, second = proposed(loan, 1), proposed(loan, 2)
    factories.approve(first.approval)
    servicing.book(adjustment=first, by=factories.person("loan_officer"), at=NOW)
    assert b"withdraw it and propose it anew" in officer.get(page_of(second)).content


def test_the_inbox_shows_the_entry_and_leads_to_the_adjustment(loan):
    asked = proposed(loan)
    checker = signed_in(signing_in("credit_checker"))
    page = checker.get(reverse("admin:controls_approval_change", args=[asked.approval_id]))
    shown = page.content.decode()
    assert page_of(asked) in shown
    assert f"loan.charges of {loan.number}: debit 1.00 USDC" in shown
    assert asked.approval.effect_digest in shown
    dashboard = checker.get("/console/").content.decode()
    assert reverse("admin:controls_approval_change", args=[asked.approval_id]) in dashboard
    # It is called by its number, and not by the entry that it makes.
    assert asked.number in dashboard
    assert "Line [" not in dashboard


def test_what_was_withdrawn_waits_for_nobodys_decision(loan, officer):
    asked = proposed(loan)
    checker = signed_in(signing_in("credit_checker"))
    inbox = reverse("admin:controls_approval_change", args=[asked.approval_id])
    assert officer.post(act(asked, "withdraw")).status_code == 302
    assert inbox not in checker.get("/console/").content.decode()
    page = checker.get(inbox).content.decode()
    assert "withdrawn" in page
    assert act(asked.approval, "approve") not in page


def test_lists_of_adjustments_cost_the_same_however_many_there_are(loan):
    client = signed_in(signing_in("auditor"))
    proposed(loan)
    addresses = [reverse("admin:loans_adjustment_changelist"), page_of(loan)]

    def cost() -> list[int]:
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            found.append(len(captured))
        return found

    before = cost()
    for n in range(2, 12):
        proposed(loan, n)
    assert cost() == before


def test_closed_days_do_not_hide_what_happened_to_a_loan(loan, officer):
    day = TODAY + timedelta(days=30)
    closing.close_day(on=day, at=at(day))
    loan.refresh_from_db()
    page = officer.get(page_of(loan)).content.decode()
    assert "loan.drawn" in page
    assert "loan.day_closed" not in page
    assert f"business_date {day.isoformat()}" not in page
    assert loan.history.last().state == "active"
