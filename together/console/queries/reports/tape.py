"""The loan tape: one row for each loan, every field described, as of any day."""

from collections.abc import Sequence
from typing import Any

from loans.queries.lent import OWED, Lent, lent
from together.console.queries.reports.asked import Asked
from together.console.queries.reports.lending import TIES
from together.console.queries.reports.portfolio import OPEN_DAY, SOURCE, checks, lead
from together.console.queries.reports.shared import counted
from together.console.queries.reports.tape_fields import FIELDS, PLACES
from together.controls.formats.reports import Described, Report, Row
from together.ledger.rules.money import Money

PARAMETERS = ("through", "pool")
KNOWN_NOW = (
    "Amounts, days and states are those of the day. Who the borrower is, what is pledged and what"
    " is agreed beside the terms are as known now; prices are those of the day."
)
# Columns whose sums mean something, by the asset.
SUMMED = (
    *("amount", "undrawn", "drawn", "principal", "interest", "charges", "owed", "overpaid"),
    *("past_due", "next_due", "received", "earned", "written_off", "recovered"),
)


def tape(asked: Asked) -> Report:
    """Give every loan that was committed by a day, closed and written off ones included."""
    loans = lent(asked.through, asked.pool)
    return Report(
        name="loan-tape",
        title="Loan tape",
        question="Which loans are there, with every field that who buys them asks for?",
        through=asked.through,
        parameters=asked.words(PARAMETERS),
        columns=tuple(field.column for field in FIELDS),
        rows=[Row(tuple(field.of(one) for field in FIELDS), leads={0: lead(one)}) for one in loans],
        totals=_totals(asked, loans),
        notes=(KNOWN_NOW, OPEN_DAY, TIES),
        source=SOURCE,
        empty="No loan was committed by this day.",
        fields=tuple(Described(one.name, one.meaning, one.unit) for one in FIELDS),
    )


def _totals(asked: Asked, loans: Sequence[Lent]) -> list[Row]:
    rows = []
    for asset in dict.fromkeys(one.asset for one in loans):
        mine = [one for one in loans if one.asset == asset]
        sums: dict[str, Any] = {
            "number": "Sum",
            "asset": asset,
            "state": counted(len(mine), "loan"),
        }
        for code in SUMMED:
            cells = [FIELDS[PLACES[code]].of(one) for one in mine]
            units = sum(cell.minor_units for cell in cells if isinstance(cell, Money))
            sums[code] = Money(units, asset)
        rows.append(_wide(sums))
    for name, asset, amounts, style in checks(asked, loans):
        figures = dict(zip(OWED, amounts, strict=True))
        rows.append(_wide({"number": name, "asset": asset, **figures}, style))
    return rows


def _wide(values: dict[str, Any], style: Any = "line") -> Row:
    """Make a row of the values of some fields, empty at all others."""
    return Row(tuple(values.get(field.code) for field in FIELDS), style)
