"""Reports as CSV: the table, an empty line, then what it is about."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from together.controls.formats import csv_cells
from together.controls.formats.reports import FIELD_HEADS, Report, exact


def lines(report: Report, at: datetime) -> Iterator[str]:
    """
    Write a report line by line, as of a moment that it says.

    The first line names the columns, and a program may read up to the empty line: amounts are
    exact decimals without grouping, dates ISO 8601. Totals stand below the rows. Where columns are
    described, that is a last section of its own. (RFC 4180)
    """
    return csv_cells.lines(_rows(report, at))


def _rows(report: Report, at: datetime) -> Iterator[list[Any]]:
    yield [column.name for column in report.columns]
    for row in (*report.rows, *report.totals):
        yield [exact(value) for value in row.cells]
    yield []
    yield from (list(pair) for pair in report.about)
    yield ["Written", at.isoformat(timespec="seconds")]
    if report.fields:
        yield []
        yield list(FIELD_HEADS)
        yield from ([one.name, one.meaning, one.unit] for one in report.fields)
