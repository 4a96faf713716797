"""Statements as a bank's CSV, read by a saved mapping of its columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import islice

from together.treasury.formats import text_files, values
from together.treasury.formats.csv_mapping import MOST_COLUMNS, Mapping
from together.treasury.formats.identity import identified
from together.treasury.formats.parsed import (
    MOST_LINES,
    Faults,
    LeftOut,
    ParsedLine,
    ParsedStatement,
    Wrong,
    refuse,
    wrong_sign,
)

TEXTS = ("reference", "counterparty", "counterparty_account", "remittance", "code")


@dataclass(frozen=True, slots=True)
class Given:
    """Balances that a person tells beside a file: plain signed decimals such as ``1250.50``."""

    opening: str
    closing: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line with the balance after it, where the file tells one."""

    row: int
    line: ParsedLine
    balance: str


def parse(data: bytes, mapping: Mapping, given: Given | None = None) -> ParsedStatement:
    """
    Read a statement.

    A statement of CSV has no number, and reaches from its first to its last booked day. Where
    balances run, each must follow from the one before.

    :raises Unreadable: with every fault of the file, up to 100; rows are records of the file
    """
    text_files.demand_size(data)
    faults = Faults()
    rows = list(_rows(data, mapping, faults))
    faults.end()
    if not rows:
        raise refuse("has no line", column="booked_on")
    if mapping.order == "newest first":
        rows.reverse()
    assets = {row.line.asset for row in rows}
    if len(assets) > 1:
        raise refuse("has lines of several assets", column="asset", value=", ".join(sorted(assets)))
    if mapping.balances == "running":
        opening, closing = _running(rows, faults)
    else:
        opening, closing = _given(given, faults)
    faults.end()
    days = [row.line.booked_at.date() for row in rows]
    lines = [row.line for row in rows if row.line.amount != "0"]
    nothing = [row.line.entry_id for row in rows if row.line.amount == "0"]
    return ParsedStatement(
        number=None,
        account=values.account(mapping.account),
        servicer=mapping.servicer and values.servicer(mapping.servicer),
        asset=rows[0].line.asset,
        opening=opening,
        closing=closing,
        from_at=values.start_of(min(days)),
        to_at=values.end_of(max(days)),
        lines=identified(lines),
        left_out=tuple(LeftOut(entry, "0", "moves nothing") for entry in nothing),
    )


def sample(data: bytes, mapping: Mapping, most: int = 10) -> list[Row]:
    """
    Read the first lines of a file as they will be read, without asking for balances.

    :raises Unreadable: with every fault of these lines
    """
    faults = Faults()
    rows = list(islice(_rows(data, mapping, faults), most))
    faults.end()
    if not rows:
        raise refuse("has no line", column="booked_on")
    return rows


def _rows(data: bytes, mapping: Mapping, faults: Faults) -> Iterator[Row]:
    """Read the lines one by one."""
    places: dict[str, int] = {}
    for count, (n, record) in enumerate(_records(data, mapping)):
        if not count:
            places = _places(mapping, record, n, faults)
            faults.end()
            if mapping.has_header:
                continue
        if count > MOST_LINES:
            raise refuse(f"has more than {MOST_LINES:,} lines", row=n)
        row = _row(n, record, places, mapping, faults)
        if row:
            yield row


def _records(data: bytes, mapping: Mapping) -> Iterator[tuple[int, list[str]]]:
    """Give the records from the header on, or from the first line; empty ones are passed over."""
    if mapping.encoding == "utf-16" and text_files.encoding_of(data)[1] == 0:
        raise refuse("is UTF-16 without a byte order mark")
    records = text_files.rows(data, delimiter=mapping.delimiter, fallback=mapping.encoding)
    for n, record in enumerate(records, start=1):
        if len(record) > MOST_COLUMNS:
            raise refuse(f"has more than {MOST_COLUMNS} columns", row=n, value=str(len(record)))
        if n > mapping.rows_before_header and any(cell.strip() for cell in record):
            yield n, record


def _places(mapping: Mapping, header: list[str], n: int, faults: Faults) -> dict[str, int]:
    """Find the place of each field's column in the header, or take its number."""
    names = [name.strip() for name in header]
    places = {}
    for field, column in mapping.columns:
        if isinstance(column, int):
            places[field] = column - 1
        elif names.count(column) == 1:
            places[field] = names.index(column)
        else:
            rule = f"stands {names.count(column)} times in the header"
            faults.add(n, field, column, rule)
    return places


def _row(
    n: int, record: list[str], places: dict[str, int], mapping: Mapping, faults: Faults
) -> Row | None:
    """Read one record."""
    needed = max(places.values()) + 1
    if len(record) < needed:
        told = mapping.delimiter.join(record)
        faults.add(n, "", told, f"has {len(record)} cells; column {needed} is needed")
        return None
    cells = {field: record[place].strip() for field, place in places.items()}
    before = len(faults.found)
    booked_at = faults.take(n, "booked_on", cells["booked_on"], mapping.moment)
    value_on = cells.get("value_on")
    value_at = faults.take(n, "value_on", value_on, mapping.moment) if value_on else None
    amount = _amount(n, cells, mapping, faults)
    balance = cells.get("balance")
    after = faults.take(n, "balance", balance, mapping.amount) if balance is not None else ""
    asset = faults.take(n, "asset", cells.get("asset") or mapping.asset, values.asset)
    readers = {field: partial(values.plain, field=field) for field in TEXTS}
    texts = {
        field: faults.take(n, field, cells.get(field, ""), read) or ""
        for field, read in readers.items()
    }
    id_ = faults.take(n, "bank_reference", cells.get("bank_reference", ""), _entry_id)
    if len(faults.found) > before or booked_at is None or amount is None:
        return None
    type_ = _type(amount, texts["code"], mapping)
    broken = wrong_sign(type_, amount) if amount != "0" else ""
    if broken:
        faults.add(n, "amount", amount, broken)
        return None
    texts["counterparty_account"] = texts["counterparty_account"].replace(" ", "")
    line = ParsedLine(
        entry_id=id_ or "",
        booked_at=booked_at,
        type=type_,
        amount=amount,
        asset=asset or "",
        value_on=value_at.date() if value_at else None,
        **texts,
    )
    return Row(n, line, after or "")


def _entry_id(text: str) -> str:
    return values.plain(text, "entry_id")


def _type(amount: str, code: str, mapping: Mapping) -> str:
    """Give the type that the mapping has for the bank's code, or else the sign tells."""
    return dict(mapping.types).get(code) or ("payment" if amount.startswith("-") else "receipt")


def _amount(n: int, cells: dict[str, str], mapping: Mapping, faults: Faults) -> str | None:
    """Read the signed amount, from its own column or from those of debits and credits."""
    if "amount" in cells:
        return faults.take(n, "amount", cells["amount"], mapping.amount)
    told = [field for field in ("debit", "credit") if cells[field]]
    if len(told) == 2:
        # Banks write 0,00 into the column that is not meant.
        told = [field for field in told if cells[field].strip("0.,- ")] or ["credit"]
    if len(told) != 1:
        rule = "one of debit and credit is told, not both or none"
        faults.add(n, "debit", f"{cells['debit']} and {cells['credit']}", rule)
        return None
    return faults.take(n, told[0], cells[told[0]], lambda text: _of(told[0], text, mapping))


def _of(field: str, text: str, mapping: Mapping) -> str:
    """Read an amount of the column of debits or of credits."""
    found = mapping.amount(text)
    must_be_negative = field == "debit" and mapping.debit_sign == "minus"
    if found != "0" and found.startswith("-") != must_be_negative:
        raise Wrong(f"{'has no' if must_be_negative else 'has a'} minus")
    return found if field == "credit" or must_be_negative else values.negative(found)


def _running(rows: list[Row], faults: Faults) -> tuple[str, str]:
    """Check that the balances run, and give the first and the last."""
    opening = Decimal(rows[0].balance) - Decimal(rows[0].line.amount)
    so_far = opening
    for row in rows:
        so_far += Decimal(row.line.amount)
        if so_far != Decimal(row.balance):
            rule = f"does not follow: {so_far:f} is expected"
            faults.add(row.row, "balance", row.balance, rule)
            so_far = Decimal(row.balance)
    return values.amount(format(opening if opening else abs(opening), "f")), rows[-1].balance


def _given(given: Given | None, faults: Faults) -> tuple[str, str]:
    """Read the balances that a person gave."""
    if given is None:
        raise refuse("must be given beside a file of this mapping", column="opening and closing")
    return (
        faults.take(0, "opening", given.opening, values.amount) or "",
        faults.take(0, "closing", given.closing, values.amount) or "",
    )
