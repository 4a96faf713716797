"""The rail's statement as CSV: read whole or refused whole, with every fault named."""

import csv
import io
from collections.abc import Callable
from typing import cast

from together.treasury.formats import text_files, values
from together.treasury.formats.parsed import (
    LARGEST,
    LONGEST,
    MOST_FAULTS,
    TYPES,
    Fault,
    Faults,
    ParsedLine,
    ParsedStatement,
    Unreadable,
    Wrong,
    refuse,
    wrong_sign,
)

__all__ = ["COLUMNS", "LARGEST", "MOST_FAULTS", "Fault", "ParsedLine", "ParsedStatement"]
__all__ += ["Unreadable", "parse", "write"]

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


def parse(data: bytes) -> ParsedStatement:
    """
    Read a statement.

    A line that is repeated word for word is counted and dropped: the rail repeats itself.

    :raises Unreadable: with every fault of the file, up to 100
    """
    text_files.demand_size(data)
    records = text_files.rows(data)
    head = next(records, [])
    if tuple(head) != COLUMNS:
        raise refuse(f"the columns are {','.join(COLUMNS)}", value=",".join(head))
    faults = Faults()
    opening: ParsedStatement | None = None
    lines: dict[str, ParsedLine] = {}
    repeated, n, before = 0, 0, None
    for n, row in enumerate(records, start=1):
        # The last row is the closing record, so each is read once its successor is known.
        if n == 2:
            opening = _ends(1, cast("list[str]", before), "opening", faults)
        elif n > 2:
            asset = opening.asset if opening else ""
            repeated += _take(n - 1, cast("list[str]", before), asset, lines, faults)
        before = row
    if n < 2 or before is None:
        raise refuse("needs an opening and a closing record")
    closing = _ends(n, before, "closing", faults)
    if opening and closing and _subject(opening) != _subject(closing):
        faults.add(n, "", "", "closing is of another statement than opening")
    faults.end()
    assert opening is not None  # or it would have left a fault
    assert closing is not None
    return ParsedStatement(
        number=opening.number,
        account=opening.account,
        asset=opening.asset,
        opening=opening.opening,
        closing=closing.closing,
        from_at=opening.from_at,
        to_at=closing.to_at,
        lines=tuple(lines.values()),
        repeated=repeated,
    )


def write(statement: ParsedStatement) -> str:
    """Write a statement in the form that :func:`parse` reads."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    ends = ["", statement.asset, statement.account, ""]
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


def _subject(end: ParsedStatement) -> tuple[int | None, str, str]:
    return end.number, end.account, end.asset


def _take(n: int, row: list[str], asset: str, lines: dict[str, ParsedLine], faults: Faults) -> int:
    """Read one booked line into the others; give 1 if it stood there before, word for word."""
    line = _line(n, row, asset, faults)
    if line is None:
        return 0
    if lines.get(line.entry_id) == line:
        return 1
    if line.entry_id in lines:
        faults.add(n, "entry_id", line.entry_id, "stands twice with other content")
    lines[line.entry_id] = line
    return 0


def _ends(at: int, row: list[str], record: str, faults: Faults) -> ParsedStatement | None:
    """Read the opening or closing record, as a statement without lines."""
    before = len(faults.found)
    if len(row) != len(COLUMNS) or row[0] != record:
        faults.add(at, "record", row[0] if row else "", f"is not the {record} record")
        return None
    number = faults.take(at, "entry_id", row[1], _number)
    moment = faults.take(at, "booked_at", row[2], values.moment)
    amount = faults.take(at, "amount", row[4], values.amount)
    asset = faults.take(at, "asset", row[5], values.asset)
    wallet = faults.take(at, "reference", row[6], _wallet)
    if len(faults.found) > before or moment is None:
        return None
    return ParsedStatement(
        number=number,
        account=wallet or "",
        asset=asset or "",
        opening=amount or "",
        closing=amount or "",
        from_at=moment,
        to_at=moment,
        lines=(),
    )


def _line(n: int, row: list[str], asset: str, faults: Faults) -> ParsedLine | None:
    """Read one booked line, or note what is wrong with it."""
    if len(row) != len(COLUMNS):
        faults.add(n, "", ",".join(row[:20]), f"has {len(row)} cells, not {len(COLUMNS)}")
        return None
    readers: dict[str, Callable[[str], object]] = {
        "record": _one_of(("entry",)),
        "entry_id": _entry_id,
        "booked_at": values.moment,
        "type": _one_of(TYPES),
        "amount": values.amount,
        "asset": _one_of((asset,)),
        "reference": lambda text: values.plain(text, "reference"),
        "counterparty": lambda text: values.plain(text, "counterparty"),
    }
    before = len(faults.found)
    cells = dict(zip(COLUMNS, row, strict=True))
    found = {name: faults.take(n, name, cells[name], read) for name, read in readers.items()}
    if len(faults.found) > before:
        return None
    del found["record"]
    broken = wrong_sign(str(found["type"]), str(found["amount"]))
    if broken:
        faults.add(n, "amount", cells["amount"], broken)
        return None
    return ParsedLine(**found)  # type: ignore[arg-type]  # each by its own reader


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise Wrong(f"is not {' or '.join(words)}")
        return text

    return read


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Wrong("is not the number of a statement")
    return int(text)


def _entry_id(text: str) -> str:
    if not text or len(text) > LONGEST["entry_id"] or values.plain(text, "entry_id") != text:
        raise Wrong("is empty, longer than 80, or holds what cannot be seen")
    return text


def _wallet(text: str) -> str:
    if not text or values.plain(text, "account") != text:
        raise Wrong("is no name of a wallet")
    return text
