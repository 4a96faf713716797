"""Reports of books by chance: what they add up to is what the books say."""

import csv
import io
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from random import Random

import openpyxl
import pytest
from pypdf import PdfReader

from tests.console.queries.reports import books as generated
from tests.console.queries.reports.books import demand_tied
from tests.factories import TODAY
from tests.shared import shared_world
from together.console.queries.reports import books, pools
from together.console.queries.reports.asked import Asked
from together.console.queries.reports.catalogue import BY_NAME, build, build_page
from together.controls.formats import report_csv, report_pdf, report_xlsx
from together.controls.formats.reports import written
from together.ledger.models import Account
from together.ledger.queries.trial_balance import trial_balance
from together.ledger.rules.money import Money

pytestmark = pytest.mark.django_db
SINCE, THROUGH = date(2025, 10, 1), date(2025, 11, 15)
LAST = date(2026, 1, 31)
AT = datetime(2026, 2, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module", params=range(4))
def chance(request, django_db_setup, django_db_blocker):
    """Books by chance, the same ones for all tests of this module."""
    with shared_world(django_db_blocker):
        generated.write(Random(request.param))
        yield


def test_a_trial_balance_adds_up_to_nothing(chance):
    report = build("trial-balance", Asked(SINCE, THROUGH))
    demand_tied(report)
    for row in report.totals:
        if row.cells[0] == "Sum":
            assert row.cells[3].minor_units == row.cells[6].minor_units == 0
    names = {row.cells[0] for row in report.rows}
    assert {"cash", "fund.available", "allotment"} <= names


def test_a_step_rolls_forward_from_opening_to_closing(chance):
    report = build("pool-roll-forward", Asked(SINCE, THROUGH))
    demand_tied(report)
    steps = defaultdict(list)
    for row in report.rows:
        pool, step, movement, asset, amount, _ = row.cells
        steps[pool, step, asset].append((movement, amount.minor_units))
    figures = {figure.name: figure for figure in pools.FIGURES}
    known = {
        (o.code, o.closing.asset, kind): o
        for kind in {figure.kind for figure in pools.FIGURES}
        for o in trial_balance(SINCE, THROUGH, kind)
    }
    for (_, step, asset), moves in steps.items():
        (first, opening), *moved, (last, closing) = moves
        assert (first, last) == ("Opening", "Closing")
        assert opening + sum(amount for _, amount in moved) == closing
        # There is one pool with money, so its step is the whole account.
        code, kind = figures[step].code, figures[step].kind
        assert Money(closing, asset) == _on_side(code, known[code, asset, kind].closing)
        assert Money(opening, asset) == _on_side(code, known[code, asset, kind].opening)


def _on_side(code: str, amount: Money) -> Money:
    side = Account.objects.filter(chart_id=code).first().side
    return Money(amount.minor_units * side, amount.asset)


def test_the_days_of_a_position_lead_to_the_closing_of_the_books(chance):
    report = build("position-by-day", Asked(SINCE, THROUGH))
    demand_tied(report)
    by_pool = defaultdict(list)
    for row in report.rows:
        by_pool[row.cells[1:3]].append(row.cells)
    days = (THROUGH - SINCE).days + 1
    for (_, asset), rows in by_pool.items():
        assert [cells[0] for cells in rows] == [SINCE + timedelta(days=n) for n in range(days)]
        before = sum(o.opening.minor_units for o in trial_balance(SINCE, THROUGH)
                     if (o.code, o.opening.asset) == ("fund.available", asset))  # fmt: skip
        available = -before
        for _, _, _, sources, uses, now, *_ in rows:
            available += sources.minor_units - uses.minor_units
            assert now.minor_units == available


def test_a_general_ledger_closes_with_the_balance_of_its_account(chance):
    count = 0
    for account in Account.objects.all():
        asked = Asked(
            SINCE, LAST, account=account.chart_id, subject=account.subject, asset=account.asset
        )
        report = build("general-ledger", asked)
        assert report.totals[0].cells[8] == Money(account.balance, account.asset)
        lines = [row.cells for row in report.rows if row.style == "line"]
        running = report.rows[0].cells[8].minor_units
        for *_, debit, credit, balance in lines:
            running += debit.minor_units if debit else -credit.minor_units
            assert balance.minor_units == running
        assert running == account.balance
        count += len(lines)
    assert count > 50
    for code, asset in (("cash", "USDC"), ("allotment", "USDC"), ("fund.lent", "USD")):
        demand_tied(build("general-ledger", Asked(SINCE, THROUGH, account=code, asset=asset)))


def test_pages_of_a_general_ledger_are_the_whole_of_it(chance, monkeypatch):
    asked = Asked(SINCE, LAST, account="cash", asset="USDC")
    whole = build("general-ledger", asked)
    monkeypatch.setattr(books, "PAGE", 2)
    rows, after, pages = [], None, 0
    while pages == 0 or after:
        page, after = build_page(asked, after)
        rows += page.rows
        pages += 1
        assert page.totals == whole.totals
    assert rows == list(whole.rows)
    assert pages > 1


def test_lines_of_one_kind_and_of_one_pool_add_up_to_the_rows_that_lead_to_them(chance):
    report = build("pool-roll-forward", Asked(SINCE, THROUGH))
    followed = 0
    for row in report.rows:
        said = dict(row.leads[4].parameters)
        asked = BY_NAME["general-ledger"].read(said, THROUGH)
        totals = build("general-ledger", asked).totals[0].cells
        side = _side(said["account"])
        if row.style == "line":
            moved = totals[6].minor_units - totals[7].minor_units
            assert moved * side == row.cells[4].minor_units, row
            followed += 1
        elif row.cells[2] == "Closing":
            assert totals[8].minor_units * side == row.cells[4].minor_units, row
    assert followed > 10


def _side(code: str) -> int:
    return Account.objects.filter(chart_id=code).first().side


def test_what_three_kinds_of_files_say_is_the_same(chance):
    for name in ("trial-balance", "pool-roll-forward"):
        report = build(name, Asked(SINCE, THROUGH))
        rows = [*report.rows, *report.totals]
        in_csv = list(csv.reader(io.StringIO("".join(report_csv.lines(report, AT)), newline="")))
        file = io.BytesIO(report_xlsx.content(report, AT))
        in_xlsx = list(openpyxl.load_workbook(file)["Report"].iter_rows(values_only=True))
        pages = PdfReader(io.BytesIO(report_pdf.content(report, AT))).pages
        in_pdf = " ".join(page.extract_text() for page in pages).split()
        for n, row in enumerate(rows, start=1):
            for m, cell in enumerate(row.cells):
                if isinstance(cell, Money):
                    assert in_csv[n][m] == f"{cell.decimal:f}"
                    said = in_xlsx[n][m]
                    assert (said if isinstance(said, str) else f"{said:.{cell.decimals}f}") == (
                        f"{cell.decimal:f}"
                    )
                    assert written(cell, "money") in in_pdf


def test_an_opening_leads_to_the_lines_that_it_is_made_of(chance):
    followed = 0
    for name, column in (("trial-balance", 3), ("pool-roll-forward", 4)):
        for row in build(name, Asked(SINCE, THROUGH)).rows:
            if name == "pool-roll-forward" and row.cells[2] != "Opening":
                continue
            said = dict(row.leads[column].parameters)
            totals = build("general-ledger", BY_NAME["general-ledger"].read(said, TODAY)).totals
            side = 1 if name == "trial-balance" else _side(said["account"])
            assert totals[0].cells[8].minor_units * side == row.cells[column].minor_units
            followed += bool(row.cells[column].minor_units)
    assert followed > 5
