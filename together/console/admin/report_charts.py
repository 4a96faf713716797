"""Charts of reports: the figures of their rows as the script that draws them reads them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from together.controls.formats.reports import Report, Row
from together.ledger.rules.money import Money

IN, OUT, LINE = "#0f766e", "#c98a2b", "#8a4b05"
COLORS = ("#b9ccc8", "#7d9a94", "#e2b365", "#c98a2b", "#8a5a86", "#5f8fc2", "#3d6ea3")
LATER_COLORS = ("#0f766e", "#14524b", "#5c1a1a", "#a11919", "#6f6f6f")
STEPS_FROM = 5
Chart = dict[str, Any]


def chart_of(report: Report) -> Chart | None:
    """Give the chart of a report, or None if it has none or there is nothing to draw."""
    draw = DRAWN.get(report.name)
    lines = [row for row in report.rows if row.style == "line"]
    return draw(report, lines) if draw and report.rows else None


def _units(value: Any) -> str:
    """Give an amount as exact decimal text; a chart is for the eye, the table has the figures."""
    return str(value.decimal) if isinstance(value, Money) else "0"


def _first(lines: Sequence[Row], *columns: int) -> list[Row]:
    """Keep the rows of the first pool and asset: different money is not drawn as one."""
    key = [lines[0].cells[n] for n in columns]
    return [row for row in lines if [row.cells[n] for n in columns] == key]


def _part(label: str, values: list[str], color: str) -> Chart:
    return {"label": label, "values": values, "color": color}


def _forecast(report: Report, lines: Sequence[Row]) -> Chart:
    """Draw what comes and goes in each week, and the balance after it."""
    weeks: dict[str, list[Row]] = defaultdict(list)
    mine = _first(lines, 0, 1)
    for row in mine:
        weeks[str(row.cells[2])].append(row)

    def total(rows: Sequence[Row], column: int) -> str:
        amounts = [row.cells[column] for row in rows]
        found = [amount for amount in amounts if isinstance(amount, Money)]
        return _units(sum(found[1:], found[0])) if found else "0"

    return {
        "kind": "schedule",
        "title": f"{mine[0].cells[0]}: in, out and balance by week, in {mine[0].cells[1]}",
        "labels": list(weeks),
        "parts": [
            _part("In", [total(rows, 5) for rows in weeks.values()], IN),
            _part("Out", [total(rows, 6) for rows in weeks.values()], OUT),
        ],
        "balance": [_units(rows[-1].cells[7]) for rows in weeks.values()],
    }


def _ladder(report: Report, lines: Sequence[Row]) -> Chart:
    mine = _first(lines, 0, 1)
    return {
        "kind": "bars",
        "title": f"{mine[0].cells[0]}: principal by remaining time, in {mine[0].cells[1]}",
        "label": "Principal",
        "labels": [row.cells[2] for row in mine],
        "values": [_units(row.cells[5]) for row in mine],
    }


def _by_day(report: Report, lines: Sequence[Row]) -> Chart:
    """Draw the steps of each evening on top of each other, and the cash beside them."""
    mine = _first(lines, 1, 2)
    names = [column.name for column in report.columns[STEPS_FROM:]]
    cash = names.index("Cash")
    parts = []
    for n, (name, color) in enumerate(zip(names[:cash], (*COLORS, *LATER_COLORS), strict=True)):
        values = [_units(row.cells[STEPS_FROM + n]) for row in mine]
        if any(value.strip("0.") for value in values):
            parts.append(_part(name, values, color))
    return {
        "kind": "schedule",
        "title": f"{mine[0].cells[1]}: steps of the money each evening, in {mine[0].cells[2]}",
        "labels": [str(row.cells[0]) for row in mine],
        "parts": parts,
        "balance": [_units(row.cells[cash + STEPS_FROM]) for row in mine],
        "balance_label": "Cash",
        "is_one_axis": True,
    }


def _income(report: Report, lines: Sequence[Row]) -> Chart:
    mine = _first(lines, 1, 2)
    return {
        "kind": "schedule",
        "title": f"{mine[0].cells[1]}: interest by month, in {mine[0].cells[2]}",
        "labels": [str(row.cells[0])[:7] for row in mine],
        "parts": [
            _part("Received", [_units(row.cells[6]) for row in mine], IN),
            _part("Given up", [_units(row.cells[5]) for row in mine], OUT),
        ],
        "balance": [_units(row.cells[7]) for row in mine],
        "balance_label": "Outstanding",
    }


def _arrears(report: Report, lines: Sequence[Row]) -> Chart:
    buckets = [row for row in report.rows if row.style == "subtotal"]
    mine = _first(buckets, 0, 1)
    return {
        "kind": "bars",
        "title": f"{mine[0].cells[0]}: principal by bucket, in {mine[0].cells[1]}",
        "label": "Principal",
        "labels": [row.cells[2] for row in mine],
        "values": [_units(row.cells[8]) for row in mine],
        "colors": ["#0f766e", "#c98a2b", "#b8561f", "#a11919", "#6f0f0f"],
    }


DRAWN: dict[str, Callable[[Report, Sequence[Row]], Chart]] = {
    "cash-forecast": _forecast,
    "maturity-ladder": _ladder,
    "position-by-day": _by_day,
    "interest-income": _income,
    "arrears-ageing": _arrears,
}
