"""Our own screening list as CSV: reference, kind, name, other names, addresses, programme."""

import csv
from datetime import date
from io import StringIO

from together.controls.formats.screening_entries import Entry, NotAList, ParsedList, entry, whole

COLUMNS = ("reference", "kind", "name", "also_known_as", "addresses", "programme")
KINDS = ("individual", "entity")
BETWEEN = ";"


def read(data: bytes, issued_on: date) -> ParsedList:
    """
    Read a CSV in UTF-8 with a line of heads; several names or addresses are divided by ``;``.

    :raises NotAList: if a head, a row or a value is not what it must be
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotAList(f"file: byte {error.start:,} is no UTF-8") from None
    if "\x00" in text:
        raise NotAList("file: it has a NUL")
    rows = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        head = [one.strip() for one in next(rows, [])]
        if tuple(head) != COLUMNS:
            raise NotAList(f"row 1: the heads are {', '.join(COLUMNS)}, not {', '.join(head)[:80]}")
        entries = [_entry(rows.line_num, row) for row in rows if any(row)]
    except csv.Error as error:
        raise NotAList(f"row {rows.line_num}: {error}") from None
    return whole(issued_on, entries)


def _entry(line: int, row: list[str]) -> Entry:
    where = f"row {line}"
    if len(row) != len(COLUMNS):
        raise NotAList(f"{where}: {len(row)} values, not {len(COLUMNS)}")
    reference, kind, name, others, addresses, programme = (one.strip() for one in row)
    if kind not in KINDS:
        raise NotAList(f"{where}: kind: {kind[:20]!r} is none of {', '.join(KINDS)}")
    if not name:
        raise NotAList(f"{where}: name: it is empty")
    return entry(
        where,
        reference=reference,
        kind=kind,
        names=[name, *others.split(BETWEEN)],
        addresses=addresses.split(BETWEEN),
        programme=programme,
    )
