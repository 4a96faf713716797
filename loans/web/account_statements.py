"""The account statement of a loan as the portal shows it: rows, and a download."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponseBase

from loans.models import Loan
from loans.queries.account_statement import AccountStatement, Line
from together.controls.web import csv_files
from together.ledger.rules.money import Money, shown

COLUMNS = ("amount", "principal", "interest", "charges", "overpaid", "balance")


def rows(found: AccountStatement) -> list[dict[str, Any]]:
    """Give each movement as texts, newest first."""
    return [
        {
            "on": line.on,
            "what": line.what,
            "is_reversed": line.is_reversed,
            "amounts": [_text(getattr(line, name), name) for name in COLUMNS],
        }
        for line in reversed(found.lines)
    ]


def download(loan: Loan, found: AccountStatement) -> HttpResponseBase:
    """Give the statement as a CSV file, oldest first, amounts as exact decimals."""
    name = f"{loan.number}-statement-{found.as_of.isoformat()}.csv"
    return csv_files.download(name, _lines(found))


def _lines(found: AccountStatement) -> Iterator[list[Any]]:
    yield ["on", "what", *COLUMNS, "reversed", "asset"]
    for line in found.lines:
        yield [line.on.isoformat(), line.what, *_decimals(line), *_end(line)]


def _decimals(line: Line) -> list[Any]:
    amounts = (getattr(line, name) for name in COLUMNS)
    return ["" if amount is None else amount.decimal for amount in amounts]


def _end(line: Line) -> tuple[str, str]:
    return "yes" if line.is_reversed else "no", line.balance.asset


def _text(amount: Money | None, name: str) -> str:
    """Write an amount; parts in which nothing moved stay empty, so that the others are seen."""
    if amount is None or (not amount.minor_units and name != "balance"):
        return ""
    return shown(amount.minor_units, amount.asset)
