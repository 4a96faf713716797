"""Pages of reports over pools and loans at work: files that say the same, figures that lead."""

import io
import re
from datetime import date

import openpyxl
import pytest
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse
from pypdf import PdfReader

from tests import factories
from tests.console import factories as seen
from tests.console.factories import signed_in, signing_in
from tests.console.test_reports import DAYS, NAMES, _file, _page, _taken
from tests.loans.factories import close
from tests.portal import factories as lending
from tests.shared import shared_world
from together.console.admin import reports
from together.console.queries.reports import books
from together.console.queries.reports.catalogue import BY_NAME
from together.controls.models import AccessRecord, AuditRecord
from together.ledger.models import Entry
from together.ledger.operations import posting
from together.ledger.rules.movements import Posting, credit, debit

pytestmark = pytest.mark.django_db
# What there is nothing of by the end of 2025.
NOTHING = ("break-ageing", "maturities", "verifications-expiring", "offers-lapsing")
NOTHING += ("applications-by-stage",)


@pytest.fixture
def auditor():
    return signed_in(signing_in("auditor"))


@pytest.fixture(scope="module")
def work(django_db_setup, django_db_blocker):
    """Two pools at work: payments of one, a loan of the other that has earned interest."""
    with shared_world(django_db_blocker):
        seen.treasury_at_work(3)
        loan = lending.active_loan(lending.loans_pool(), lending.institution())
        close(loan, date(2025, 11, 20))
        yield loan


@pytest.mark.parametrize("name", NAMES)
def test_a_report_has_a_page_and_three_files_that_say_the_same(auditor, work, name):
    asked = _taken(name)
    page = _page(auditor, name, **asked)
    assert "<table" in page or (name in NOTHING and "t-empty" in page)
    assert "t-off" not in page
    endings = BY_NAME[name].endings
    files = {ending: _file(auditor, name, ending, **asked) for ending in endings}
    digests = {answer["X-Report-Digest"] for answer in files.values()}
    assert len(digests) == 1
    (digest,) = digests
    assert digest in page
    assert digest in files["csv"].content.decode()
    about = openpyxl.load_workbook(io.BytesIO(files["xlsx"].content))["About"]
    assert digest in [cell.value for row in about.iter_rows() for cell in row]
    if "pdf" in endings:
        pages = PdfReader(io.BytesIO(files["pdf"].content)).pages
        assert all(digest in one.extract_text() for one in pages)
    else:
        _file(auditor, name, "pdf", 404, **asked)
    for ending, answer in files.items():
        expected = f'attachment; filename="{name}-2025-12-31.{ending}"'
        assert answer["Content-Disposition"] == expected


def test_every_export_is_written_down_with_its_digest(work):
    person = signing_in("auditor")
    answer = _file(signed_in(person), "pool-roll-forward", "xlsx", pool="loans", **DAYS)
    record = AuditRecord.objects.get(what="report.exported")
    assert (record.subject, record.by) == ("pool-roll-forward", person)
    assert record.details["digest"] == answer["X-Report-Digest"]
    assert (record.details["format"], record.details["pool"]) == ("xlsx", "loans")


def test_a_page_alone_is_not_an_export(auditor, work):
    _page(auditor, "trial-balance", **DAYS)
    assert not AuditRecord.objects.filter(what="report.exported").exists()


def test_figures_lead_to_entries(auditor, work):
    page = _page(auditor, "trial-balance", **DAYS)
    address = re.search(r'href="(/console/reports/general-ledger/\?[^"]*account=cash[^"]*)"', page)
    ledger = auditor.get(address[1].replace("&amp;", "&")).content.decode()
    entry = Entry.objects.filter(kind="POOL_FUNDED").first()
    address = reverse("admin:ledger_entry_change", args=[entry.pk])
    assert address in ledger
    assert auditor.get(address).status_code == 200
    loan = reverse("admin:loans_loan_change", args=[work.pk])
    assert loan in _page(auditor, "cash-forecast", **_taken("cash-forecast"))


@pytest.mark.parametrize("name", ["general-ledger", "trial-balance", "pool-roll-forward"])
def test_every_link_of_a_report_leads_somewhere(auditor, work, name):
    page = _page(auditor, name, **_taken(name)).partition("<tbody>")[2]
    addresses = set(re.findall(r'href="([^"]+)"', page.partition("</table>")[0]))
    assert addresses
    for address in addresses:
        assert auditor.get(address.replace("&amp;", "&")).status_code == 200, address


def test_a_long_account_is_read_page_by_page(auditor, work, monkeypatch):
    monkeypatch.setattr(books, "PAGE", 1)
    asked = {**DAYS, "account": "cash"}
    first = _page(auditor, "general-ledger", **asked)
    assert "Opening" in first
    link = re.search(r'href="(\?[^"]*after=[^"]*)"', first)[1].replace("&amp;", "&")
    second = auditor.get(reverse("admin:report", args=["general-ledger"]) + link).content.decode()
    assert "First page" in second
    assert "Opening" not in second


def test_a_command_files_a_report_whole_and_writes_it_down(work, tmp_path):
    files = []
    for n in range(2):
        file = tmp_path / f"{n}.pdf"
        asked = ("--format", "pdf", "--since", "2025-10-01", "--through", "2025-12-31")
        out = io.StringIO()
        call_command(
            "export_report",
            "trial-balance",
            *asked,
            *("--out", str(file), "--at", "2026-01-01T06:00:00"),
            stdout=out,
        )
        files.append(file.read_bytes())
        assert f"through {date(2025, 12, 31)}" in out.getvalue()
    assert files[0] == files[1]
    assert files[0].startswith(b"%PDF")
    assert [record.by for record in AuditRecord.objects.filter(what="report.exported")] == [
        None
    ] * 2
    assert sorted(file.name for file in tmp_path.iterdir()) == ["0.pdf", "1.pdf"]


def test_a_difference_is_said_before_the_table(auditor, work):
    assert "every difference 0.00" in _page(auditor, "pool-roll-forward", **DAYS)
    with transaction.atomic():
        money = factories.usdc("3")
        moves = (debit("cash", "nobody", money), credit("fund.available", "nobody", money))
        posting.post(Posting("stray", "X", date(2025, 10, 20), moves, ""))
    page = _page(auditor, "pool-roll-forward", **DAYS)
    assert re.search(r"2 of \d+ checks found a difference", page)
    assert page.count('class="t-row-check t-off"') == 2


def test_who_looked_at_what_names_borrowers_or_took_it_along_is_in_the_log_of_access(work):
    person = signing_in("loan_officer")
    client = signed_in(person)
    _page(client, "loan-tape")
    answer = _file(client, "loan-tape", "xlsx")
    looks = AccessRecord.objects.filter(by=person, subject="loan-tape").order_by("id")
    said = f"xlsx {answer['X-Report-Digest'][:12]}"
    assert [one.what for one in looks] == ["page", said]
    record = AuditRecord.objects.get(what="report.exported", by=person)
    assert record.details["digest"] == answer["X-Report-Digest"]
    _page(client, "maturity-ladder")
    assert not AccessRecord.objects.filter(subject="maturity-ladder").exists()


def test_filters_are_fixed_choices_and_lead_nobody_where_they_may_not_go(work):
    officer = signed_in(signing_in("loan_officer"))
    page = _page(officer, "portfolio", **_taken("portfolio"))
    for name, value in (("state", "written_off"), ("bucket", "over 90"), ("pool", "loans")):
        assert re.search(rf'<select name="{name}"', page)
        assert f'<option value="{value}"' in page
    assert work.institution.legal_name in page
    assert reverse("admin:loans_loan_change", args=[work.pk]) in page
    # A loan officer may not read the books: the control account is a figure and no link.
    assert "Control accounts" in page
    assert "general-ledger" not in page.partition("<tbody>")[2]
    auditor = signed_in(signing_in("auditor"))
    assert "general-ledger" in _page(auditor, "portfolio", **_taken("portfolio"))
    assert "Control accounts" not in _page(officer, "portfolio", state="active")
    assert "is none of" in _page(officer, "portfolio", 422, state="lost")
    assert "is none of" in _page(officer, "maturities", 422, within="31")


def test_a_page_holds_so_many_rows_and_the_files_hold_all(work, monkeypatch):
    monkeypatch.setattr(reports, "SHOWN", 1)
    auditor = signed_in(signing_in("auditor"))
    page = _page(auditor, "trial-balance", **DAYS)
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert body.count("<tr") == 1
    assert re.search(r"[0-9]+ more rows stand in the files", page)
    assert _file(auditor, "trial-balance", "csv", **DAYS).content.count(b"\n") > 10


def test_fields_of_a_tape_are_described_on_its_page(work):
    page = _page(signed_in(signing_in("committee")), "loan-tape", **_taken("loan-tape"))
    assert "What the columns mean" in page
    assert "Days since the due day of the oldest open instalment." in page
