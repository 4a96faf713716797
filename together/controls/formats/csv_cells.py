"""CSV that no spreadsheet takes for formulas. Every export of the system is written by it."""

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

# A spreadsheet takes a cell that begins with one of these for a formula; some read the full-width,
# small and raised twins of them as the same sign, and skip blanks and invisible signs before it.
FORMULA = frozenset("=+-@")
CONTROLS = ("\t", "\r", "\n", "\x00")
INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        """Give the text back."""
        return text


def is_formula(text: str) -> bool:
    """
    Say whether a spreadsheet may take a text for a formula.

    Source: OWASP, CSV injection, widened by every sign that NFKC makes one of the four.

    >>> is_formula("=1+1"), is_formula("\uff1d1"), is_formula(" @SUM(A1)"), is_formula("a=b")
    (True, True, True, False)
    """
    if text.startswith(CONTROLS):
        return True
    for sign in text:
        if unicodedata.category(sign) not in INVISIBLE:
            return unicodedata.normalize("NFKC", sign)[:1] in FORMULA or sign == "\u2212"
    return False


def cell(value: Any) -> str:
    """
    Write one cell so that no spreadsheet takes it for a formula.

    A number is a number: its sign begins no formula, and it must stay one when it is read again.

    >>> cell("=1+1"), cell("-1"), cell(Decimal("-1.50"))
    ("'=1+1", "'-1", '-1.50')
    """
    if type(value) is int:
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    text = "" if value is None else str(value)
    return f"'{text}" if is_formula(text) else text


def lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Write rows as lines of CSV (RFC 4180), one at a time."""
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([cell(value) for value in row])
