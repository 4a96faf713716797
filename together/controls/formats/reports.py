"""Reports: a table, the question it answers, and where its figures come from."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from together.ledger.rules.money import Money, shown

Kind = Literal["text", "date", "money", "number", "percent"]
Style = Literal["line", "heading", "subtotal", "check"]
Value = str | date | Money | int | Decimal | None

RIGHT = ("money", "number", "percent")
FIELD_HEADS = ("Field", "Meaning", "Unit")


class TooLong(ValueError):
    """Raised when a report has more rows than a kind of file can hold; says how many."""


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column.

    ``percent`` columns hold fractions of one: 0.125 is 12.5 %. Money says its own asset.
    """

    name: str
    kind: Kind = "text"

    @property
    def is_right(self) -> bool:
        """Say whether it is aligned to the right."""
        return self.kind in RIGHT


@dataclass(frozen=True, slots=True)
class Described:
    """What a column means, in words, and the unit that its values are in."""

    name: str
    meaning: str
    unit: str


@dataclass(frozen=True, slots=True)
class Lead:
    """
    What a figure is made of: another report with its parameters, or one record.

    Of a record ``to`` is its table and ``pk`` its key. A lead is no part of what a report says.
    """

    to: str
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``leads`` says where the figure of a column (by its number) comes from."""

    cells: tuple[Value, ...]
    style: Style = "line"
    leads: Mapping[int, Lead] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """
    One report, ready to be shown or written to a file.

    ``through`` is the last day that its figures cover. ``parameters`` are what it was asked for,
    as (name, value) texts, and ``source`` says in a sentence what the figures are read from.
    ``fields`` describe the columns where their names are not enough.
    """

    name: str
    title: str
    question: str
    through: date
    parameters: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    source: str
    totals: Sequence[Row] = ()
    notes: tuple[str, ...] = ()
    empty: str = "Nothing in this time."
    fields: tuple[Described, ...] = ()

    @property
    def digest(self) -> str:
        """
        Give the SHA-256 of all that it says, in canonical JSON, in hexadecimal.

        The moment it was written at is no part of it: the same figures have the same digest.
        """
        said: dict[str, Any] = {
            "name": self.name,
            "title": self.title,
            "question": self.question,
            "through": self.through.isoformat(),
            "parameters": [list(pair) for pair in self.parameters],
            "columns": [[column.name, column.kind] for column in self.columns],
            "rows": [[_plain(value) for value in row.cells] for row in self.rows],
            "totals": [[_plain(value) for value in row.cells] for row in self.totals],
            "notes": list(self.notes),
            "source": self.source,
        }
        # Reports without them keep the digest that they always had.
        if self.fields:
            said["fields"] = [[one.name, one.meaning, one.unit] for one in self.fields]
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def about(self) -> tuple[tuple[str, str], ...]:
        """Give what every file says of its report besides the table, as (name, value)."""
        return (
            ("Report", self.title),
            ("Question", self.question),
            *self.parameters,
            ("Through", self.through.isoformat()),
            ("Source", self.source),
            *(("Note", note) for note in self.notes),
            ("SHA-256 of the content", self.digest),
        )


def _plain(value: Value) -> Any:
    if isinstance(value, Money):
        return {"minor_units": value.minor_units, "asset": value.asset}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return {"decimal": str(value)} if isinstance(value, Decimal) else value


def exact(value: Value) -> str | int | Decimal:
    """
    Give a value for programs: money with all decimals of its asset, dates by ISO 8601.

    >>> exact(Money(1_500_000, "USDC"))
    Decimal('1.500000')
    """
    if value is None:
        return ""
    if isinstance(value, Money):
        return value.decimal
    return value.isoformat() if isinstance(value, date) else value


def written(value: Value, kind: Kind) -> str:
    """
    Write a value for people: thousands grouped, at least two decimals of money, never rounded.

    >>> written(Money(1_234_500_000, "USDC"), "money"), written(Decimal("0.125"), "percent")
    ('1,234.50', '12.5 %')
    """
    if value is None:
        return ""
    if isinstance(value, Money):
        return shown(value.minor_units, value.asset)
    if isinstance(value, date):
        return value.isoformat()
    if kind == "percent" and isinstance(value, Decimal):
        whole, _, rest = f"{value * 100:f}".partition(".")
        return f"{whole}.{rest}".rstrip("0").rstrip(".") + " %" if rest else f"{whole} %"
    return f"{value:,}" if isinstance(value, int) else str(value)
