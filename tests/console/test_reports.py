"""Pages of reports: who reads them, what is refused, what they cost, that no file has a formula."""

import csv
import io
import re
from datetime import date

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories
from tests.console import factories as seen
from tests.console.factories import OFFICERS, signed_in, signing_in
from tests.controls.formats.hostile import HOSTILE, STRANGE
from tests.treasury.operations.test_periods import close as close_books
from together.console.queries.reports.catalogue import CATALOGUE, Listed
from together.controls.formats import csv_cells
from together.controls.models import AuditRecord
from together.controls.rules import roles
from together.ledger.operations import posting
from together.ledger.rules.movements import Posting, credit, debit

pytestmark = pytest.mark.django_db
NAMES = [listed.name for listed in CATALOGUE]
DAYS = {"since": "2025-10-01", "through": "2025-12-31"}


@pytest.fixture
def auditor():
    return signed_in(signing_in("auditor"))


def _page(client, name: str, status: int = 200, **given: str) -> str:
    answer = client.get(reverse("admin:report", args=[name]), given)
    assert answer.status_code == status
    return answer.content.decode()


def _file(client, name: str, ending: str, status: int = 200, **given: str):
    answer = client.get(reverse("admin:report_export", args=[name, ending]), given)
    assert answer.status_code == status
    return answer


def _taken(name: str, **days: str) -> dict[str, str]:
    takes = next(listed.takes for listed in CATALOGUE if listed.name == name)
    return {field: text for field, text in (days or DAYS).items() if field in takes}


@pytest.mark.parametrize("role", OFFICERS)
def test_a_role_reads_the_reports_that_its_acts_let_it_read(role):
    client = signed_in(signing_in(role))

    def may(listed: Listed) -> bool:
        return any(roles.may(frozenset({role}), act) for act in listed.reads)

    allowed = [listed for listed in CATALOGUE if may(listed)]
    answer = client.get(reverse("admin:reports"))
    assert answer.status_code == (200 if allowed else 403)
    for listed in CATALOGUE:
        address = reverse("admin:report", args=[listed.name])
        if allowed:
            assert (address in answer.content.decode()) == (listed in allowed), listed.name
        if listed.name in ("trial-balance", "maturity-ladder", "loan-tape", "arrears"):
            status = 200 if listed in allowed else 403
            _page(client, listed.name, status)
            _file(client, listed.name, "csv", status)
    assert ("/console/reports/" in client.get("/console/").content.decode()) == bool(allowed)


def test_the_list_says_which_question_each_report_answers(auditor):
    page = auditor.get(reverse("admin:reports")).content.decode()
    for listed in CATALOGUE:
        assert reverse("admin:report", args=[listed.name]) in page
        assert listed.question.replace("'", "&#x27;") in page


@pytest.mark.parametrize("name", NAMES)
def test_a_report_of_empty_books_says_so_on_its_page(auditor, name):
    page = _page(auditor, name)
    assert "t-empty" in page or name in ("general-ledger",)


REFUSED = (
    ("trial-balance", "through", "31.10.2025", "Through: &#x27;31.10.2025&#x27; is no day"),
    ("pool-roll-forward", "pool", "moon", "Pool: &#x27;moon&#x27; is no pool"),
    ("general-ledger", "account", "gold", "Account: &#x27;gold&#x27; is no account"),
    ("general-ledger", "after", "soon", "after: &#x27;soon&#x27; is no place"),
    ("trial-balance", "colour", "red", "colour: is not a parameter"),
)


@pytest.mark.parametrize(("name", "field", "value", "words"), REFUSED)
def test_what_makes_no_sense_is_refused_on_the_page_by_field_value_and_rule(
    auditor, name, field, value, words
):
    assert words in _page(auditor, name, 422, **{field: value})
    if field != "after":
        _file(auditor, name, "pdf", 422, **{field: value})
    assert not AuditRecord.objects.filter(what="report.exported").exists()


def test_there_is_no_report_and_no_file_of_another_name(auditor):
    assert auditor.get(reverse("admin:report", args=["moon"])).status_code == 404
    assert _file(auditor, "trial-balance", "docx", 404)


def test_pages_cost_as_many_queries_for_many_rows_as_for_few(auditor):
    seen.treasury_at_work(3)

    def count(name: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            _page(auditor, name, **_taken(name))
        return len(captured)

    for name in NAMES:
        _page(auditor, name, **_taken(name))
    before = {name: count(name) for name in NAMES}
    officer = signing_in("treasury_officer")
    for n in range(20):
        seen.waiting_funding(factories.pool(f"p{n}", officer=officer), officer, f"F-{n}")
    after = {name: count(name) for name in NAMES}
    assert {n: (before[n], after[n]) for n in NAMES if after[n] > before[n]} == {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--pool", "moon"), "--pool 'moon' is no pool"),
        (("--since", "x"), "--since 'x' is no day"),
        (("--account", "cash"), "--account is not a parameter"),
    ],
)
def test_a_command_refuses_what_makes_no_sense(given, words, tmp_path):
    file = tmp_path / "a.csv"
    with pytest.raises(CommandError, match=words):
        call_command(
            "export_report", "pool-roll-forward", "--format", "csv", "--out", str(file), *given
        )
    assert list(tmp_path.iterdir()) == []


def test_a_command_needs_a_folder_that_there_is(tmp_path):
    file = tmp_path / "no" / "a.csv"
    with pytest.raises(CommandError, match="does not exist"):
        call_command("export_report", "trial-balance", "--format", "csv", "--out", str(file))


def test_a_closing_leads_to_its_trial_balance_as_a_report(auditor):
    factories.funded_pool()
    closing = close_books(date(2025, 9, 30))
    page = auditor.get(reverse("admin:ledger_closing_change", args=[closing.pk])).content.decode()
    address = re.search(r'href="(/console/reports/trial-balance/\?[^"]*)"', page)[1]
    assert "through=2025-09-30" in address
    assert auditor.get(address.replace("&amp;", "&")).status_code == 200


def test_no_export_of_hostile_narratives_holds_a_formula(auditor):
    texts = [text for text in (*HOSTILE, *STRANGE) if "\x00" not in text and len(text) <= 200]
    money = factories.usdc("1")
    moves = (debit("cash", "=1+1", money), credit("fund.available", "=1+1", money))
    with transaction.atomic():
        posting.post_all(
            [
                Posting(f"={n}", "@SUM(A1)", date(2025, 10, 20), moves, text)
                for n, text in enumerate(texts)
            ]
        )
    listed = b"".join(auditor.get(reverse("admin:ledger_entry_export")).streaming_content)
    asked = {**DAYS, "account": "cash"}
    filed = _file(auditor, "general-ledger", "csv", **asked).content
    for content in (listed, filed):
        cells = [c for row in csv.reader(io.StringIO(content.decode(), newline="")) for c in row]
        assert len(cells) > 4 * len(texts)
        live = [c for c in cells if csv_cells.is_formula(c) and not re.fullmatch(r"-[0-9.]+", c)]
        assert live == []
    book = openpyxl.load_workbook(
        io.BytesIO(_file(auditor, "general-ledger", "xlsx", **asked).content)
    )
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert len(texts) >= 40
