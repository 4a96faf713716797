"""Reports as XLSX: real numbers and dates, a frozen header, and no formula anywhere."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

from together.controls.formats.reports import FIELD_HEADS, Report, Row, TooLong, Value, written
from together.ledger.rules.money import ASSETS, Money

MOST_ROWS = 1_000_000
LONGEST_TEXT = 32_767
# Digits that a spreadsheet keeps of a number: a longer amount is written as text, never rounded.
DIGITS = 15
NUMBERS = {asset: f"#,##0.{'0' * decimals}" for asset, decimals in ASSETS.items()}
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def content(report: Report, at: datetime) -> bytes:
    """
    Write a report as a workbook; the same report and moment give the same bytes.

    The first sheet is the table, the second says what it is about, a third what its columns mean
    where they are described. Texts are plain strings,
    whatever they begin with. Money is a number with the decimals of its asset; an amount of more
    than 15 digits stands as text, because a spreadsheet would round it. (ECMA-376)

    :raises TooLong: if it has more than a million rows
    """
    if len(report.rows) > MOST_ROWS:
        raise TooLong(
            f"{report.title}: {len(report.rows):,} rows, and XLSX holds {MOST_ROWS:,} at most;"
            " take a shorter time, or CSV"
        )
    file = BytesIO()
    book = xlsxwriter.Workbook(file, OPTIONS)
    book.set_properties({"title": report.title, "created": at.replace(tzinfo=None)})
    _table(book, report)
    _about(book, report, at)
    if report.fields:
        _fields(book, report)
    book.close()
    return file.getvalue()


def _table(book: Any, report: Report) -> None:
    sheet = book.add_worksheet("Report")
    styles = _Styles(book)
    for n, column in enumerate(report.columns):
        sheet.write_string(0, n, column.name, styles.head(column.is_right))
    rows: list[Row] = [*report.rows, *report.totals]
    for number, row in enumerate(rows, start=1):
        is_bold = row.style != "line" or number > len(report.rows)
        for n, value in enumerate(row.cells):
            _write(sheet, (number, n), value, styles, is_bold)
    for n, width in enumerate(_widths(report, rows)):
        sheet.set_column(n, n, width)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)


def _about(book: Any, report: Report, at: datetime) -> None:
    sheet = book.add_worksheet("About")
    pairs = (*report.about, ("Written", at.isoformat(timespec="seconds")))
    for number, (name, text) in enumerate(pairs):
        sheet.write_string(number, 0, name)
        sheet.write_string(number, 1, text[:LONGEST_TEXT])
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 100)


def _fields(book: Any, report: Report) -> None:
    sheet = book.add_worksheet("Fields")
    head = book.add_format({"bold": True, "bottom": 1})
    for n, name in enumerate(FIELD_HEADS):
        sheet.write_string(0, n, name, head)
    for number, one in enumerate(report.fields, start=1):
        for n, text in enumerate((one.name, one.meaning, one.unit)):
            sheet.write_string(number, n, text)
    for n, width in enumerate((30, 100, 30)):
        sheet.set_column(n, n, width)
    sheet.freeze_panes(1, 0)


class _Styles:
    """Formats of cells, each made once for a workbook."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, bool], Any] = {}

    def of(self, number: str, is_bold: bool) -> Any:
        """Give the format of a number, "" for a text."""
        key = (number, is_bold)
        if key not in self._made:
            said: dict[str, Any] = {"bold": True} if is_bold else {}
            if number:
                said["num_format"] = number
            self._made[key] = self._book.add_format(said)
        return self._made[key]

    def head(self, is_right: bool) -> Any:
        """Give the format of a column's head."""
        return self._book.add_format(
            {"bold": True, "bottom": 1, "align": "right" if is_right else "left"}
        )


def _write(
    sheet: Any, place: tuple[int, int], value: Value, styles: _Styles, is_bold: bool
) -> None:
    if isinstance(value, Money):
        if _is_exact(value):
            number = styles.of(NUMBERS[value.asset], is_bold)
            sheet.write_number(*place, value.decimal, number)
        else:
            sheet.write_string(*place, f"{value.decimal:f}", styles.of("", is_bold))
    elif isinstance(value, date):
        # A day before 1900 does not exist in a spreadsheet.
        sheet.write_datetime(*place, value, styles.of("yyyy-mm-dd", is_bold))
    elif isinstance(value, Decimal):
        sheet.write_number(*place, value, styles.of("0.00%", is_bold))
    elif isinstance(value, int):
        sheet.write_number(*place, value, styles.of("#,##0", is_bold))
    elif value:
        sheet.write_string(*place, value[:LONGEST_TEXT], styles.of("", is_bold))


def _is_exact(money: Money) -> bool:
    return len(str(abs(money.minor_units)).rstrip("0")) <= DIGITS


def _widths(report: Report, rows: Sequence[Row]) -> list[int]:
    """Give the width of each column in signs, by its longest text within bounds."""
    found = [len(column.name) + 2 for column in report.columns]
    for row in rows:
        for n, value in enumerate(row.cells):
            # Money is shown with all its decimals, up to four more than for people.
            more = 6 if isinstance(value, Money) else 2
            found[n] = max(found[n], len(written(value, report.columns[n].kind)) + more)
    return [min(width, 60) for width in found]
