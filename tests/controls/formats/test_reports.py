"""Reports in three kinds of files: the same figures, no formula, the same bytes."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from tests.controls.formats.hostile import HOSTILE, STRANGE
from together.controls.formats import csv_cells, report_csv, report_pdf, report_xlsx
from together.controls.formats.reports import Column, Report, Row, TooLong, written
from together.ledger.rules.money import Money, parse

AT = datetime(2025, 11, 1, 8, 30, 5, tzinfo=UTC)
NOTHING = Money(0, "USDC")
COLUMNS = (
    Column("Name"),
    Column("Day", "date"),
    Column("Amount", "money"),
    Column("Count", "number"),
    Column("Share", "percent"),
)


def report(rows, totals=(), **named) -> Report:
    said = {
        "name": "sample",
        "title": "Sample",
        "question": "What is there?",
        "through": date(2025, 10, 31),
        "parameters": (("Pool", "retail"),),
        "columns": COLUMNS,
        "rows": rows,
        "totals": totals,
        "source": "Lines of the books.",
    }
    return Report(**{**said, **named})


def row(name="a", amount=NOTHING, count=1) -> Row:
    return Row((name, date(2025, 10, 14), amount, count, Decimal("0.125")))


def csv_table(content: str) -> list[list[str]]:
    found = list(csv.reader(io.StringIO(content, newline="")))
    return found[1 : found.index([])]


def sheet(found: Report):
    book = openpyxl.load_workbook(io.BytesIO(report_xlsx.content(found, AT)))
    return list(book["Report"].iter_rows(min_row=2))


def pdf_text(found: Report) -> str:
    pages = PdfReader(io.BytesIO(report_pdf.content(found, AT))).pages
    return "\n".join(page.extract_text() for page in pages)


AMOUNTS = (
    ("0", "USDC"),
    ("-0.01", "USD"),
    ("0.000001", "USDC"),
    ("-300000000.123456", "USDC"),
    ("9223372036854.775807", "USDC"),
    ("-9223372036854.775807", "USDC"),
    ("90071992547409.93", "USD"),
)


def test_the_figures_of_all_three_files_are_the_same():
    amounts = [parse(*one) for one in AMOUNTS]
    found = report([row(f"n{n}", amount) for n, amount in enumerate(amounts)])
    in_csv = csv_table("".join(report_csv.lines(found, AT)))
    in_xlsx = sheet(found)
    in_pdf = pdf_text(found)
    for n, amount in enumerate(amounts):
        assert parse(in_csv[n][2], amount.asset) == amount
        said = in_xlsx[n][2].value
        text = said if isinstance(said, str) else f"{said:.{amount.decimals}f}"
        assert parse(text, amount.asset) == amount
        assert written(amount, "money") in in_pdf
        assert in_csv[n][1] == in_xlsx[n][1].value.date().isoformat() == "2025-10-14"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=1, max_size=8))
def test_no_amount_is_rounded_in_a_spreadsheet(minor_units):
    amounts = [Money(one, "USDC") for one in minor_units]
    for cells, amount in zip(sheet(report([row("x", a) for a in amounts])), amounts, strict=True):
        said = cells[2].value
        # A spreadsheet shows the 15 digits that a number of it holds.
        shown = said if isinstance(said, str) else f"{Decimal(f'{said:.15g}'):.6f}"
        assert parse(shown, "USDC") == amount


def test_numbers_are_numbers_with_the_decimals_of_their_asset():
    (usdc, usd) = sheet(report([row("a", parse("-12.5", "USDC")), row("b", parse("3", "USD"))]))
    assert (usdc[2].value, usdc[2].number_format) == (-12.5, "#,##0.000000")
    assert (usd[2].value, usd[2].number_format) == (3, "#,##0.00")
    assert usdc[1].is_date
    assert (usdc[3].value, usdc[4].value) == (1, 0.125)


def test_a_workbook_has_a_frozen_header_and_says_what_it_is_about():
    book = openpyxl.load_workbook(io.BytesIO(report_xlsx.content(report([row()]), AT)))
    assert book["Report"].freeze_panes == "A2"
    about = {a.value: b.value for a, b in book["About"].iter_rows()}
    assert about["SHA-256 of the content"] == report([row()]).digest
    assert about["Through"] == "2025-10-31"


def test_there_are_enough_hostile_texts():
    assert len(set(HOSTILE)) >= 40


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_csv_is_a_formula(text):
    found = report([row(text)], title=text, parameters=((text, text),))
    for cells in csv.reader(io.StringIO("".join(report_csv.lines(found, AT)), newline="")):
        for cell in cells:
            is_number = re.fullmatch(r"-?[0-9.]+", cell)
            assert is_number or not csv_cells.is_formula(cell), cell
    assert csv_cells.cell(text) == f"'{text}"


def test_a_number_stays_a_number_and_a_text_that_looks_like_one_does_not():
    assert csv_cells.cell(Decimal("-1.50")) == "-1.50"
    assert csv_cells.cell(Decimal("-1E+3")) == "-1000"
    assert csv_cells.cell(-7) == "-7"
    assert csv_cells.cell("-7") == "'-7"
    assert csv_cells.cell(Decimal("-Infinity")) == "'-Infinity"


def test_no_cell_of_a_workbook_is_a_formula():
    texts = (*HOSTILE, *STRANGE)
    found = report([row(text) for text in texts], title=HOSTILE[0])
    book = openpyxl.load_workbook(io.BytesIO(report_xlsx.content(found, AT)))
    cells = [cell for one in book for cells in one.iter_rows() for cell in cells]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert not any(cell.hyperlink for cell in cells)


def test_a_pdf_prints_every_text_as_it_is_or_by_its_number():
    texts = [text[:200] for text in (*HOSTILE, *STRANGE)]
    text = pdf_text(report([row(one) for one in texts]))
    assert "[U+FF1D]1+1" in text.replace("\n", "")
    assert "#set page" in text


def test_a_long_word_of_a_pdf_is_broken_and_not_printed_over_its_neighbour():
    word = "statement:loans:1:batch:D-00005-0001:line:92" + "x" * 60
    columns = tuple(Column(f"Column {n}") for n in range(9))
    found = report([Row((word,) * 9)], columns=columns)
    (page,) = PdfReader(io.BytesIO(report_pdf.content(found, AT))).pages
    assert page.extract_text().count("statement:") == 9
    # Nine columns of an A4 page: no piece of a word is wider than a ninth of its width allows.
    pieces = page.extract_text().replace(found.digest, "").split()
    assert max(map(len, pieces)) < 40
    assert "".join(pieces).count("x" * 14) >= 9


def test_every_sign_that_is_held_for_known_is_in_the_typeface():
    known = [chr(n) for low, high in report_pdf.KNOWN for n in range(low, high + 1)]
    rows = [row("".join(known[n : n + 16])) for n in range(0, len(known), 16)]
    assert report_pdf.content(report(rows), AT).startswith(b"%PDF-1.7")


@pytest.mark.parametrize("write", [report_xlsx.content, report_pdf.content])
def test_the_same_report_and_moment_give_the_same_bytes(write):
    found = report([row("a", Money(5, "USDC")), row("b")], [row("all")])
    assert write(found, AT) == write(found, AT)
    assert write(found, AT) != write(found, AT.replace(second=6))


def test_the_digest_is_of_what_is_said_and_not_of_when():
    found = report([row()])
    assert found.digest == report([row()]).digest
    others = (
        report([row(amount=Money(1, "USDC"))]),
        report([row(amount=Money(0, "USD"))]),
        report([row()], [row()]),
        replace(found, through=date(2025, 11, 1)),
        replace(found, notes=("n",)),
    )
    assert len({found.digest, *(other.digest for other in others)}) == 6
    for said in ("".join(report_csv.lines(found, AT)), pdf_text(found)):
        assert found.digest in said


def test_every_page_of_a_pdf_has_its_number_and_the_digest():
    found = report([row(f"n{n}") for n in range(150)])
    reader = PdfReader(io.BytesIO(report_pdf.content(found, AT)))
    assert len(reader.pages) > 2
    for n, page in enumerate(reader.pages, start=1):
        text = page.extract_text()
        assert f"Page {n} of {len(reader.pages)}" in text
        assert found.digest in text
        assert "Amount" in text


def test_a_pdf_is_an_archive_copy():
    metadata = report_pdf.content(report([row()]), AT)
    assert b"pdfaid:part>2<" in metadata


def test_an_empty_report_says_so():
    assert "Nothing in this time." in pdf_text(report([]))


@pytest.mark.parametrize(("module", "most"), [(report_xlsx, 1_000_000), (report_pdf, 5_000)])
def test_too_many_rows_are_refused_by_their_number(module, most):
    with pytest.raises(TooLong, match=f"{most + 1:,} rows"):
        module.content(report([row()] * (most + 1)), AT)
