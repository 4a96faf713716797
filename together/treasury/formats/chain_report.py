"""
What a node of a chain says of transactions, as CSV: one line a transaction that was asked about.

A transaction that stands in no block has its hash and ``no``; one that stands in a block has all.
"""

import csv
import io
from dataclasses import dataclass
from datetime import datetime

COLUMNS = (
    "hash",
    "in_block",
    "block_number",
    "block_hash",
    "confirmations",
    "booked_at",
    "contract",
    "from",
    "to",
    "amount",
    "succeeded",
)
YES_OR_NO = {"yes": True, "no": False}
MOST_LINES = 10_000


class NotAChainReport(ValueError):
    """Raised when a report cannot be relied on; names line, column, value and rule."""


@dataclass(frozen=True, slots=True)
class OnChain:
    """
    A transaction as it stands in a block.

    ``amount`` is in base units; ``confirmations`` counts its own block as the first.
    """

    block_number: int
    block_hash: str
    confirmations: int
    booked_at: datetime
    contract: str
    sender: str
    to: str
    amount: int
    succeeded: bool = True


def read(data: bytes) -> dict[str, OnChain | None]:
    """
    Read a report: what stands in a block under each hash (in small letters), or None.

    :raises NotAChainReport: if it is malformed, or says two things of one transaction
    """
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8")), strict=True))
    except (ValueError, csv.Error) as error:
        raise NotAChainReport(f"it is no CSV in UTF-8: {error}") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise NotAChainReport(f"its first line is not {','.join(COLUMNS)}")
    if len(rows) > MOST_LINES:
        raise NotAChainReport(f"it has {len(rows):,} lines, the most is {MOST_LINES:,}")
    found: dict[str, OnChain | None] = {}
    for line, row in enumerate(rows[1:], start=2):
        tx_hash, seen = _one(line, row)
        if tx_hash in found:
            raise NotAChainReport(f"line {line}: {tx_hash} stands in it twice")
        found[tx_hash] = seen
    return found


def _one(line: int, row: list[str]) -> tuple[str, OnChain | None]:
    if len(row) != len(COLUMNS):
        raise NotAChainReport(f"line {line}: has {len(row)} columns, not {len(COLUMNS)}")
    cells = dict(zip(COLUMNS, row, strict=True))
    tx_hash = cells["hash"].strip().lower()
    if not _answer(line, "in_block", cells):
        return tx_hash, None
    try:
        booked_at = datetime.fromisoformat(cells["booked_at"])
    except ValueError:
        booked_at = None
    if booked_at is None or booked_at.tzinfo is None:
        raise NotAChainReport(
            f"line {line}: booked_at: {cells['booked_at']!r} is no ISO 8601 moment with its zone"
        )
    return tx_hash, OnChain(
        block_number=_number(line, "block_number", cells),
        block_hash=cells["block_hash"][:66],
        confirmations=_number(line, "confirmations", cells),
        booked_at=booked_at,
        contract=cells["contract"],
        sender=cells["from"],
        to=cells["to"],
        amount=_number(line, "amount", cells),
        succeeded=_answer(line, "succeeded", cells),
    )


def _answer(line: int, name: str, cells: dict[str, str]) -> bool:
    if cells[name] not in YES_OR_NO:
        raise NotAChainReport(f"line {line}: {name}: {cells[name]!r} is neither yes nor no")
    return YES_OR_NO[cells[name]]


def _number(line: int, name: str, cells: dict[str, str]) -> int:
    text = cells[name]
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotAChainReport(f"line {line}: {name}: {text!r} is no whole number of 18 digits")
    return int(text)
