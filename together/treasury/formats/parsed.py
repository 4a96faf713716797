"""What every format of statements gives: statement, lines, faults, and the digest of all that."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import TypeVar

TYPES = ("payment", "receipt", "return", "fee", "other")

# Largest file and most booked lines that are read of one file of a bank or an indexer.
LARGEST = 64 * 1024 * 1024
MOST_LINES = 100_000
MOST_FAULTS = 100

# Longest texts of a line, in characters. ISO 20022 allows 35 for references and 140 for names; a
# transfer on a chain is known by a hash of 66 characters and the index of its log.
LONGEST = {
    "entry_id": 80,
    "account": 64,
    "servicer": 35,
    "asset": 10,
    "reference": 80,
    "counterparty": 140,
    "counterparty_account": 64,
    "remittance": 2000,
    "code": 40,
    "return_reason": 35,
}

Value = TypeVar("Value")


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


class Wrong(ValueError):
    """Raised when a text is not what its field holds; the message is the rule it breaks."""


class Faults:
    """Collects what is wrong with a file; with the hundredth fault reading ends."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, row: int, column: str, value: str, rule: str) -> None:
        """
        Note a fault.

        :raises Unreadable: with the hundredth
        """
        self.found.append(Fault(row, _writable(column), _writable(value), rule))
        if len(self.found) >= MOST_FAULTS:
            raise Unreadable(self.found)

    def take(
        self, row: int, column: str, text: str, reader: Callable[[str], Value]
    ) -> Value | None:
        """Read a text; if it is wrong, note that and give None."""
        try:
            return reader(text)
        except Wrong as wrong:
            self.add(row, column, text, str(wrong))
            return None

    def end(self) -> None:
        """
        Refuse the file if anything is wrong with it.

        :raises Unreadable: with every fault
        """
        if self.found:
            raise Unreadable(self.found)


def refuse(rule: str, *, row: int = 0, column: str = "", value: str = "") -> Unreadable:
    """Give the refusal of a file for one reason alone."""
    return Unreadable([Fault(row, _writable(column), _writable(value), rule)])


def _writable(text: str) -> str:
    """Cut a text of a file to what a message may hold; half pairs become question marks."""
    return text[:200].encode(errors="replace").decode()


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """
    One booked line.

    ``amount`` is a plain decimal, negative when money left. ``entry_id`` is unique on its account
    and the same whoever exports the line. ``booked_at`` is 0:00 UTC of the bank's booking day
    where the format tells days. A line of type ``return`` is money that went back the way it came:
    above zero a payment of ours, below zero a receipt. Texts are plain: no control or direction
    characters, white space as single spaces. What a format does not tell is empty or None.
    """

    entry_id: str
    booked_at: datetime
    type: str
    amount: str
    asset: str
    reference: str
    counterparty: str
    value_on: date | None = None
    counterparty_account: str = ""
    remittance: str = ""
    code: str = ""
    return_reason: str = ""


LINE_FIELDS = tuple(field.name for field in fields(ParsedLine))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something a file tells that is no booked line, and why: pending, zero, taken back."""

    entry: str
    amount: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChainBlock:
    """A block of a chain; ``parent_hash`` is the hash of the one before it, where that is told."""

    number: int
    hash: str
    parent_hash: str = ""


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """
    One statement as its file says; balances are signed plain decimals of one asset.

    ``account`` is an IBAN, account number, wallet or chain address; ``servicer`` who keeps it: a
    BIC, or the chain as ``eip155:1``; empty if not told. ``number`` is None where the format
    counts nothing. ``repeated`` counts lines that stood there word for word before. ``blocks``
    are the first and the last of a chain that it reaches over.
    """

    number: int | None
    account: str
    asset: str
    opening: str
    closing: str
    from_at: datetime
    to_at: datetime
    lines: tuple[ParsedLine, ...]
    repeated: int = 0
    servicer: str = ""
    left_out: tuple[LeftOut, ...] = ()
    blocks: tuple[ChainBlock, ChainBlock] | None = None


def wrong_sign(type_: str, amount: str) -> str:
    """
    Say what is wrong with the sign of a line; nothing if it is right.

    Payments leave, receipts come in; a return, a fee and anything else go either way.
    """
    if amount == "0":
        return "moves nothing"
    is_out = amount.startswith("-")
    if (type_ == "payment" and not is_out) or (type_ == "receipt" and is_out):
        return f"has the wrong sign for {type_}"
    return ""


def digest(statement: ParsedStatement) -> str:
    """
    Give the SHA-256 of what a statement says, however its file is named, encoded or quoted.

    Every field of every line counts; the order of lines and what was left out do not.
    """
    head: list[object] = [
        statement.account,
        statement.servicer,
        statement.number,
        statement.asset,
        statement.opening,
        statement.closing,
        statement.from_at.isoformat(),
        statement.to_at.isoformat(),
    ]
    if statement.blocks:
        # A chain that was re-organised is another statement, even if it moved the same money.
        head += [[block.number, block.hash] for block in statement.blocks]
    running = hashlib.sha256(_canonical(head))
    for line in sorted(statement.lines, key=lambda one: one.entry_id):
        running.update(_canonical({name: getattr(line, name) for name in LINE_FIELDS}))
    return running.hexdigest()


def _canonical(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return text.encode() + b"\n"
