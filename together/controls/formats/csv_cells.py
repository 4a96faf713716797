"""CSV that no spreadsheet takes for formulas."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        """Give the text back."""
        return text


def cell(value: Any) -> str:
    """
    Write one cell so that no spreadsheet takes it for a formula.

    >>> cell("=1+1")
    "'=1+1"
    """
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Write rows as lines of CSV, one at a time."""
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([cell(value) for value in row])
