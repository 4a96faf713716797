"""Reports as PDF/A: printed by typst from one template, the same bytes for the same moment."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from together.controls.formats.reports import Column, Report, Row, TooLong, Value, written

TEMPLATE = Path(__file__).with_name("report.typ").read_bytes()
MOST_ROWS = 5_000
# More columns turn the page, and still more need a larger one.
WIDE, WIDEST = 6, 12
# Points of the letters, and how many columns of amounts they leave room for.
SIZES = ((9.0, 9), (7.5, 17), (6.0, 1000))
# Where a word may be broken: after its joints, and within a run that has none.
BREAK = "\u200b"
JOINT = re.compile(r"([:/_.-])(?=\S)")
LONG_RUN = re.compile(rf"([^\s{BREAK}]{{14}})(?=[^\s{BREAK}])")
# What the typeface that typst brings along is known to have. Everything else is written as its
# number in Unicode: an archived page with a missing sign would be no PDF/A.
KNOWN = (
    *((0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x17F)),
    *((0x391, 0x3A1), (0x3A3, 0x3A9), (0x3B1, 0x3C9), (0x410, 0x44F)),
    *((0x2013, 0x2014), (0x2018, 0x201A), (0x201C, 0x201E), (0x2026, 0x2026), (0x20AC, 0x20AC)),
)


def content(report: Report, at: datetime) -> bytes:
    """
    Print a report as PDF/A-2b, with page numbers and its digest on every page. (ISO 19005-2)

    :raises TooLong: if it has more rows than anybody reads on paper
    """
    if len(report.rows) > MOST_ROWS:
        raise TooLong(
            f"{report.title}: {len(report.rows):,} rows, and a PDF is made of {MOST_ROWS:,} at"
            " most; take a shorter time, XLSX or CSV"
        )
    moment = at.replace(microsecond=0)
    return typst.compile(
        TEMPLATE,
        format="pdf",
        sys_inputs={"data": json.dumps(_data(report, moment))},
        pdf_standards="a-2b",
        ignore_system_fonts=True,
        timestamp=moment,
    )


def _data(report: Report, at: datetime) -> dict[str, Any]:
    parts = ("year", "month", "day", "hour", "minute", "second")
    count, longest = len(report.columns), _longest(report)
    return {
        "title": printable(report.title),
        "question": printable(report.question),
        "parameters": [[printable(name), printable(value)] for name, value in report.parameters],
        "columns": [
            {
                "name": printable(column.name),
                "is_right": column.is_right,
                "is_stretched": n == longest,
            }
            for n, column in enumerate(report.columns)
        ],
        "rows": [
            *(_row(report, row, row.style != "line") for row in report.rows),
            *(_row(report, row, True) for row in report.totals),
        ],
        "notes": [printable(note) for note in report.notes],
        "source": printable(report.source),
        "empty": printable(report.empty),
        "digest": report.digest,
        "through": report.through.isoformat(),
        "written": at.strftime("%Y-%m-%d %H:%M:%S"),
        "at": {part: getattr(at, part) for part in parts},
        "is_wide": count > WIDE,
        "paper": "a4" if count <= WIDEST else "a3",
        "size": next(size for size, most in SIZES if count <= most),
    }


def _longest(report: Report) -> int:
    """Give the number of the text column that has most to say, which takes the width left."""
    texts = [n for n, column in enumerate(report.columns) if column.kind == "text"]
    return max(
        texts, key=lambda n: sum(len(str(r.cells[n] or "")) for r in report.rows), default=-1
    )


def _row(report: Report, row: Row, is_bold: bool) -> dict[str, Any]:
    pairs = zip(row.cells, report.columns, strict=True)
    return {
        "cells": [_cell(value, column) for value, column in pairs],
        "is_bold": is_bold,
    }


def _cell(value: Value, column: Column) -> str:
    """Write a cell; a long word may be broken, so that it never lies over its neighbour."""
    text = written(value, column.kind)
    return printable(text) if column.kind != "text" else breakable(text)


def breakable(text: str) -> str:
    """Write printable signs, with places at which a long word may be broken."""
    return LONG_RUN.sub(rf"\1{BREAK}", JOINT.sub(rf"\1{BREAK}", printable(text)))


def printable(text: str) -> str:
    r"""
    Write signs that the typeface may not have as their number.

    >>> printable("a\u4e2db")
    'a[U+4E2D]b'
    """
    return "".join(sign if _is_known(sign) else f"[U+{ord(sign):04X}]" for sign in text)


def _is_known(sign: str) -> bool:
    return any(low <= ord(sign) <= high for low, high in KNOWN)
