"""The schedule of a loan as the portal shows it: rows, totals, chart, download."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import HttpResponseBase

from loans.models import Loan
from loans.queries.standing import Row, Standing
from together.controls.web import csv_files
from together.ledger.rules.money import Money, shown

COLUMNS = ("principal", "interest", "fees", "penalties", "due", "paid", "outstanding", "balance")


def rows(now: Standing, today: date) -> list[dict[str, Any]]:
    """Give each instalment as texts, with its place in time: past, next, late or later."""
    open_rows = (r for r in now.instalments if r.outstanding.minor_units and r.due_on >= today)
    coming = next((row.number for row in open_rows), None)
    return [
        {
            "number": row.number,
            "due_on": row.due_on,
            "place": _place(row, coming, today),
            "amounts": [_text(getattr(row, name)) for name in COLUMNS],
        }
        for row in now.instalments
    ]


def totals(now: Standing) -> list[str]:
    """Add up the columns that add up, as texts."""
    asset = now.principal_outstanding.asset
    return [
        _text(Money(sum(getattr(row, name).minor_units for row in now.instalments), asset))
        for name in COLUMNS
        if name != "balance"
    ]


def chart(now: Standing) -> dict[str, Any]:
    """Give the schedule as the chart draws it; for the eye only, so as plain numbers."""
    parts = (("Principal", "principal", "#0f766e"), ("Interest", "interest", "#79b8ad"))
    return {
        "kind": "schedule",
        "labels": [row.due_on.strftime("%b %y") for row in now.instalments],
        "parts": [
            {
                "label": label,
                "values": [str(getattr(row, name).decimal) for row in now.instalments],
                "color": color,
            }
            for label, name, color in parts
        ],
        "balance": [str(row.balance.decimal) for row in now.instalments],
    }


def download(loan: Loan, now: Standing) -> HttpResponseBase:
    """Give the schedule as a CSV file, amounts as exact decimals."""
    return csv_files.download(f"{loan.number}-schedule.csv", _lines(now))


def _lines(now: Standing) -> Iterator[list[Any]]:
    yield ["number", "due_on", *COLUMNS, "asset"]
    for row in now.instalments:
        amounts = [getattr(row, name).decimal for name in COLUMNS]
        yield [row.number, row.due_on.isoformat(), *amounts, row.due.asset]


def _text(amount: Money) -> str:
    return shown(amount.minor_units, amount.asset)


def _place(row: Row, coming: int | None, today: date) -> str:
    if not row.outstanding.minor_units:
        return "past"
    if row.due_on < today:
        return "late"
    return "next" if row.number == coming else "later"
