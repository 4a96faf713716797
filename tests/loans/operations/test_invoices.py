"""Invoices: for each instalment in time, of the replay's own figures; corrected until it is due."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import Invoice
from loans.queries.standing import standing
from loans.rules.products import terms_of
from tests.factories import TODAY
from tests.loans.factories import active_loan, adjusted, paid
from tests.loans.operations.test_letters import contact, daily, words
from together.controls.models import AuditRecord
from together.notices.models import Notice
from together.notices.operations import outbox

DAY = timedelta(days=1)
DUE = date(2025, 11, 14)


@pytest.fixture
def loan(pool, pay):
    made = active_loan(pool, pay)
    contact(made, "finance", "ines@example.test")
    return made


def test_an_instalment_is_invoiced_ten_days_before_it_is_due(loan):
    daily(loan, TODAY, DUE - 11 * DAY)
    assert not Invoice.objects.exists()
    daily(loan, DUE - 11 * DAY, DUE - 8 * DAY)
    made = Invoice.objects.get()
    row = standing(loan, DUE - 10 * DAY).instalments[0]
    assert (made.number, made.on, made.due_on) == ("INV-0001", DUE - 10 * DAY, row.due_on)
    assert (made.principal, made.interest) == (row.principal.minor_units, row.interest.minor_units)
    assert (made.total, made.arrears, made.settled) == (row.outstanding.minor_units, 0, 0)
    assert made.notice.key == f"invoice:{loan.number}:1:1"
    text = words(made.notice)
    wallet = loan.pool.main_account.identifier
    for part in ("INV-0001", row.outstanding, row.principal, row.interest, wallet, "14 Nov 2025"):
        assert str(part).removesuffix(" USDC") in text


def test_the_terms_say_how_long_before(pool, pay):
    terms = terms_of("level_monthly", rate="0.12", instalments=12)
    loan = active_loan(pool, pay, terms={**terms, "notices": {"invoice_days": 20}})
    daily(loan, TODAY, DUE - 20 * DAY)
    assert Invoice.objects.get().on == DUE - 20 * DAY


def test_arrears_are_carried_and_what_was_paid_is_taken_off(loan):
    daily(loan, TODAY, DUE + 2 * DAY)
    second = standing(loan, DUE).instalments[1].due_on
    paid(loan, "50000", DUE + 3 * DAY)
    daily(loan, DUE + 2 * DAY, second - 10 * DAY)
    made = Invoice.objects.get(instalment=2)
    now = standing(loan, second - 10 * DAY)
    assert now.due_now.minor_units > 0
    assert made.arrears == now.due_now.minor_units
    assert made.total == now.due_now.minor_units + now.instalments[1].outstanding.minor_units
    assert "Overdue from before" in words(made.notice)


def test_what_is_paid_in_advance_changes_no_invoice(loan):
    daily(loan, TODAY, DUE - 9 * DAY)
    paid(loan, "1000", DUE - 8 * DAY)
    daily(loan, DUE - 9 * DAY, DUE - 7 * DAY)
    assert Invoice.objects.get().state == "issued"
    assert Notice.objects.filter(kind="receipt").count() == 1


def test_an_invoice_that_is_overtaken_is_corrected_and_its_mail_is_not_sent(loan):
    daily(loan, TODAY, DUE - 9 * DAY)
    on = DUE - 8 * DAY
    adjusted(loan, "rate_change", on, today=on, rate="0.24")
    daily(loan, DUE - 9 * DAY, on)
    old, new = Invoice.objects.order_by("id")
    assert (old.state, new.state, new.version, new.replaces) == ("superseded", "issued", 2, old)
    assert new.interest > old.interest
    trail = AuditRecord.objects.filter(subject=old.number).order_by("id")
    assert [one.what for one in trail] == ["invoice.issued", "invoice.superseded"]
    old.notice.refresh_from_db()
    assert (old.notice.state, new.notice.kind) == ("withdrawn", "invoice_corrected")
    assert f"takes the place of {old.number}" in words(new.notice)
    assert outbox.work(worker="w", seconds=5, at=new.notice.made_at).sent[-1] == new.notice.number


def test_an_invoice_whose_instalment_moved_away_is_cancelled_and_comes_again(loan):
    daily(loan, TODAY, DUE - 9 * DAY)
    on = DUE - 8 * DAY
    adjusted(loan, "move_due_date", DUE, today=on, to=(DUE + 20 * DAY).isoformat())
    daily(loan, DUE - 9 * DAY, DUE + 11 * DAY)
    old, new = Invoice.objects.order_by("id")
    assert (old.state, new.state, new.version) == ("cancelled", "issued", 2)
    assert new.due_on > DUE + 15 * DAY
    assert Notice.objects.filter(kind="invoice_cancelled").count() == 1
    assert not Notice.objects.filter(kind="reminder").exists()


def test_what_is_due_already_is_not_corrected(loan):
    daily(loan, TODAY, DUE)
    on = DUE + DAY
    adjusted(loan, "charge", on, "100", today=on)
    daily(loan, DUE, on)
    assert Invoice.objects.get().state == "issued"


def test_the_database_takes_no_other_sum(loan):
    daily(loan, TODAY, DUE - 9 * DAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        Invoice.objects.update(total=1)
