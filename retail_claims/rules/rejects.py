"""Rejects: how a bad cell is shown, safely, in the list of rejected rows."""

from typing import NamedTuple

HEADER = ("file", "row", "column", "code", "value")
MOST_LINES = 100_000
LONGEST_VALUE = 64
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@")


class Reject(NamedTuple):
    """One line of the list: base name of the part, 1-based data row (0: the file), cell, code."""

    file: str
    row: int
    column: str
    code: str
    value: str


def shown(text: str | None) -> str:
    """
    Give the text of a cell as it may be shown: cut short, without controls, never a formula.

    >>> shown("=1+1")
    "'=1+1"
    """
    cut = (text or "")[:LONGEST_VALUE]
    plain = "".join(one if one.isprintable() else "?" for one in cut)
    return f"'{plain}" if plain.startswith(FORMULA) else plain
