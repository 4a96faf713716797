"""The rail's statement as CSV: read whole or refused whole, with every fault named."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime

COLUMNS = (
    "record",
    "entry_id",
    "booked_at",
    "type",
    "amount",
    "asset",
    "reference",
    "counterparty",
)
TYPES = ("payment", "receipt", "return")
LARGEST = 64 * 1024 * 1024
LONGEST_CELL = 120
MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a file: where (row 0 is the file), what stands there, which rule."""

    row: int
    column: str
    value: str
    rule: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column or 'whole row'}, {self.value[:64]!r}: {self.rule}"


class Unreadable(ValueError):
    """Raised when a file is refused; ``faults`` lists what is wrong, row by row."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(map(str, faults[:5])))


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One booked line; ``amount`` is decimal text, negative when money left."""

    entry_id: str
    booked_at: datetime
    type: str
    amount: str
    asset: str
    reference: str
    counterparty: str


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """One statement as its file says; amounts are decimal texts of one asset."""

    number: int
    wallet: str
    asset: str
    opening: str
    closing: str
    from_at: datetime
    to_at: datetime
    lines: tuple[ParsedLine, ...]
    repeated: int


def parse(data: bytes) -> ParsedStatement:
    """
    Read a statement.

    A line that is repeated word for word is counted and dropped: the rail repeats itself.

    :raises Unreadable: with every fault of the file, up to 100
    """
    rows = _rows(data)
    faults: list[Fault] = []
    opening = _ends(rows, 0, "opening", faults)
    closing = _ends(rows, len(rows) - 1, "closing", faults)
    lines: dict[str, ParsedLine] = {}
    repeated = 0
    for n, row in enumerate(rows[1:-1], start=2):
        line = _line(n, row, opening[5] if opening else "", faults)
        if line is None:
            continue
        if lines.get(line.entry_id) == line:
            repeated += 1
        elif line.entry_id in lines:
            faults.append(Fault(n, "entry_id", line.entry_id, "stands twice with other content"))
        lines[line.entry_id] = line
    if opening and closing and (opening[1], opening[5:7]) != (closing[1], closing[5:7]):
        faults.append(Fault(len(rows), "", "", "closing is of another statement than opening"))
    if faults or not opening or not closing:
        raise Unreadable(faults[:MOST_FAULTS])
    return ParsedStatement(
        number=int(opening[1]),
        wallet=opening[6],
        asset=opening[5],
        opening=opening[4],
        closing=closing[4],
        from_at=datetime.fromisoformat(opening[2]),
        to_at=datetime.fromisoformat(closing[2]),
        lines=tuple(lines.values()),
        repeated=repeated,
    )


def write(statement: ParsedStatement) -> str:
    """Write a statement in the form that :func:`parse` reads."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    ends = ["", statement.asset, statement.wallet, ""]
    first, last = statement.from_at.isoformat(), statement.to_at.isoformat()
    writer.writerow(COLUMNS)
    writer.writerow(["opening", statement.number, first, ends[0], statement.opening, *ends[1:]])
    for line in statement.lines:
        writer.writerow(
            ["entry", line.entry_id, line.booked_at.isoformat(), line.type, line.amount]
            + [line.asset, line.reference, line.counterparty]
        )
    writer.writerow(["closing", statement.number, last, ends[0], statement.closing, *ends[1:]])
    return out.getvalue()


def _rows(data: bytes) -> list[list[str]]:
    """Give the rows after the header; refuse what is no CSV of these columns at all."""
    if len(data) > LARGEST:
        raise Unreadable([Fault(0, "", str(len(data)), f"larger than {LARGEST} bytes")])
    if b"\0" in data:
        raise Unreadable([Fault(0, "", "", "holds a NUL byte")])
    try:
        text = data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError as error:
        raise Unreadable([Fault(0, "", "", f"is not UTF-8 at byte {error.start}")]) from None
    except csv.Error as error:
        raise Unreadable([Fault(0, "", "", f"is no CSV: {error}")]) from None
    if not rows or tuple(rows[0]) != COLUMNS:
        found = ",".join(rows[0]) if rows else ""
        raise Unreadable([Fault(0, "", found, f"the columns are {','.join(COLUMNS)}")])
    if len(rows) < 3:
        raise Unreadable([Fault(0, "", "", "needs an opening and a closing record")])
    return rows[1:]


def _ends(rows: list[list[str]], at: int, record: str, faults: list[Fault]) -> list[str] | None:
    """Read the opening or closing record."""
    row = rows[at]
    before = len(faults)
    if len(row) != len(COLUMNS) or row[0] != record:
        faults.append(Fault(at + 1, "record", row[0] if row else "", f"is not the {record} record"))
        return None
    if not (row[1].isascii() and row[1].isdigit() and len(row[1]) <= 9):
        faults.append(Fault(at + 1, "entry_id", row[1], "is not the number of a statement"))
    if _moment(row[2]) is None:
        faults.append(Fault(at + 1, "booked_at", row[2], "is not a moment with its offset"))
    if not _is_amount(row[4]):
        faults.append(Fault(at + 1, "amount", row[4], "is not an amount such as -12.50"))
    return row if len(faults) == before else None


def _line(n: int, row: list[str], asset: str, faults: list[Fault]) -> ParsedLine | None:
    """Read one booked line, or note what is wrong with it."""
    if len(row) != len(COLUMNS):
        faults.append(Fault(n, "", ",".join(row), f"has {len(row)} cells, not {len(COLUMNS)}"))
        return None
    cells = dict(zip(COLUMNS, row, strict=True))
    booked_at = _moment(cells["booked_at"])
    rules = {
        "record": (cells["record"] == "entry", "is not entry"),
        "entry_id": (0 < len(cells["entry_id"]) <= 64, "is empty or longer than 64"),
        "booked_at": (booked_at is not None, "is not a moment with its offset"),
        "type": (cells["type"] in TYPES, f"is not one of {', '.join(TYPES)}"),
        "amount": (_is_amount(cells["amount"]), "is not an amount such as -12.50"),
        "asset": (cells["asset"] == asset, f"is not {asset}, the asset of the statement"),
        "reference": (len(cells["reference"]) <= 80, "is longer than 80"),
        "counterparty": (len(cells["counterparty"]) <= LONGEST_CELL, "is longer than 120"),
    }
    wrong = [Fault(n, name, cells[name], rule) for name, (fine, rule) in rules.items() if not fine]
    faults.extend(wrong)
    if wrong or booked_at is None:
        return None
    values = {name: cells[name] for name in COLUMNS if name not in ("record", "booked_at")}
    return ParsedLine(booked_at=booked_at, **values)


def _is_amount(text: str) -> bool:
    """Say whether a text is a plain decimal of at most 13 whole digits and 8 decimals."""
    whole, _, rest = text.removeprefix("-").partition(".")
    digits = whole + rest
    return (
        digits.isascii()
        and digits.isdigit()
        and 1 <= len(whole) <= 13
        and len(rest) <= 8
        and ("." not in text or bool(rest))
    )


def _moment(text: str) -> datetime | None:
    """Read a moment with its offset; None if it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
