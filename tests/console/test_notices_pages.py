"""The console's pages over notices and invoices: lists, pages, and what is done by hand."""

from datetime import date, timedelta

import pytest

from loans.models import Invoice
from loans.operations import letters
from tests.console.factories import signed_in, signing_in
from tests.factories import NOW
from tests.loans.factories import close
from tests.portal import factories as lending
from together.notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def loan():
    """Give a loan with a statement and an invoice, which nobody has an address for."""
    made = lending.active_loan(lending.loans_pool(), lending.institution())
    close(made, date(2025, 11, 5))
    letters.send_notices(on=date(2025, 11, 5), at=NOW + timedelta(days=22))
    return made


def page(client, record, act=""):
    stem = f"/console/{record._meta.app_label}/{record._meta.model_name}"
    return f"{stem}/{record.pk}/act/{act}/" if act else f"{stem}/{record.pk}/change/"


def test_lists_filter_search_and_export(loan):
    client = signed_in(signing_in("auditor"))
    listed = client.get("/console/notices/notice/?state=kept&kind__exact=invoice")
    assert listed.status_code == 200
    assert loan.number in client.get(f"/console/notices/notice/?q={loan.number}").content.decode()
    assert b"INV-0001" in client.get("/console/loans/invoice/?state__exact=issued").content
    rows = b"".join(client.get("/console/notices/notice/export.csv").streaming_content)
    assert rows.count(b"\r\n") == 3


def test_pages_of_a_notice_its_loan_institution_and_invoice_show_it(loan):
    client = signed_in(signing_in("auditor"))
    invoice = Invoice.objects.get()
    for record in (invoice.notice, invoice, loan, loan.institution):
        shown = client.get(page(client, record)).content.decode()
        assert invoice.notice.number in shown
        assert "kept" in shown
    told = client.get(page(client, invoice.notice)).content.decode()
    assert "no contact in force has an address for it" in told
    assert "enclosed as PDF" in told


def test_an_officer_downloads_retries_and_withdraws(loan):
    client = signed_in(signing_in("loan_officer"))
    notice = Notice.objects.filter(kind="invoice").get()
    taken = client.post(page(client, notice, "take-out"))
    assert taken.content == bytes(notice.content.data)
    assert client.post(page(client, notice, "retry")).status_code == 409
    assert client.post(page(client, notice, "withdraw"), {"reason": ""}).status_code == 422
    assert (
        client.post(page(client, notice, "withdraw"), {"reason": "Sent by hand"}).status_code == 302
    )
    notice.refresh_from_db()
    assert (notice.state, notice.reason) == ("withdrawn", "Sent by hand")


def test_who_only_reads_does_nothing_and_others_see_nothing(loan):
    notice = Notice.objects.filter(kind="invoice").get()
    auditor = signed_in(signing_in("auditor"))
    assert auditor.post(page(auditor, notice, "withdraw"), {"reason": "x"}).status_code == 403
    claims = signed_in(signing_in("claims_officer"))
    assert claims.get(page(claims, notice)).status_code in (403, 404)
    assert notice.number not in claims.get("/console/notices/notice/").content.decode()
    security = signed_in(signing_in("security_administrator"))
    assert security.get("/console/notices/notice/").status_code == 403
