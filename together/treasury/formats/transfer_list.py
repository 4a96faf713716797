"""
On-chain transfers to sign, as one list: JSON for the signing wallet, CSV for people.

Rows stand in the order of their nonces: the wallet that signs takes its next nonce for the first.
Count, sum and a digest over all rows stand in the file, so that a row that was lost, added or
changed on the way is found when the list is read again.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from together.ledger.rules.money import ASSETS, Money, parse, shown
from together.treasury.rules.destinations import NotADestination, checksummed

FORMATS = ("transfers.json", "transfers.csv")
COLUMNS = ("nonce_order", "chain_id", "contract", "from", "to", "amount", "decimal", "reference")


class NotAList(ValueError):
    """Raised when a list is malformed, or does not say what it did when it was written."""


@dataclass(frozen=True, slots=True)
class ListedTransfer:
    """One transfer of a token; ``amount`` in base units of the token, which has our decimals."""

    to: str
    amount: int
    reference: str


@dataclass(frozen=True, slots=True)
class TransferList:
    """Transfers of one token of one chain from one address, in the order of their nonces."""

    list_id: str
    chain_id: str
    contract: str
    asset: str
    sender: str
    transfers: tuple[ListedTransfer, ...]

    @property
    def total(self) -> int:
        """Give the sum in base units."""
        return sum(one.amount for one in self.transfers)

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """Give every row as it stands in the CSV."""
        return [
            (
                str(n),
                self.chain_id,
                self.contract,
                self.sender,
                one.to,
                str(one.amount),
                _decimal(one.amount, self.asset),
                one.reference,
            )
            for n, one in enumerate(self.transfers)
        ]

    @property
    def digest(self) -> str:
        """Give the SHA-256 (hex) over all rows, each its cells joined by bars and a line end."""
        running = hashlib.sha256()
        for row in self.rows:
            running.update(("|".join(row) + "\n").encode())
        return running.hexdigest()


def write(found: TransferList, kind: str) -> bytes:
    """
    Write a list as one of ``FORMATS``; the same list gives the same bytes.

    :raises NotAList: if an address, amount or reference is not fit to be sent
    """
    _demand_fit(found)
    return _write_json(found) if kind == FORMATS[0] else _write_csv(found)


def read(data: bytes) -> TransferList:
    """
    Read a list of either form, and compare its totals and digest with its rows.

    :raises NotAList: if it is malformed or was changed
    """
    try:
        text = data.decode("utf-8")
        found, said = _read_json(text) if text.lstrip().startswith("{") else _read_csv(text)
    except NotAList:
        raise
    except (ValueError, KeyError, TypeError, IndexError, csv.Error) as error:
        raise NotAList(f"the list cannot be read: {error}") from error
    is_now = (str(len(found.transfers)), str(found.total), found.digest)
    for name, then, now in zip(("count", "total", "digest"), said, is_now, strict=True):
        if then != now:
            raise NotAList(f"{name}: the list says {then}, its rows are {now}")
    _demand_fit(found)
    return found


def _demand_fit(found: TransferList) -> None:
    faults: list[str] = []
    _demand_address("contract", found.contract, faults)
    _demand_address("from", found.sender, faults)
    if found.asset not in ASSETS:
        faults.append(f"asset {found.asset!r} is not one of {', '.join(ASSETS)}")
    for one in found.transfers:
        _demand_address(one.reference, one.to, faults)
        if one.amount <= 0:
            faults.append(f"{one.reference}: {one.amount} is no amount above zero")
        if not one.reference.isascii() or not one.reference.isprintable() or "|" in one.reference:
            faults.append(f"{one.reference!r}: a reference has printable ASCII without bars")
    if len({one.reference for one in found.transfers}) != len(found.transfers):
        faults.append("a reference stands in the list twice")
    if not found.transfers:
        faults.append("the list has no transfer")
    if faults:
        raise NotAList("; ".join(faults[:10]))


def _demand_address(name: str, address: str, faults: list[str]) -> None:
    try:
        if checksummed(address) != address:
            faults.append(f"{name}: {address} is not written with its checksum (EIP-55)")
    except NotADestination as error:
        faults.append(f"{name}: {error}")


def _decimal(amount: int, asset: str) -> str:
    return shown(amount, asset).replace(",", "")


def _head(found: TransferList) -> dict[str, str]:
    names = ("list_id", "chain_id", "contract", "asset", "sender")
    return {name: getattr(found, name) for name in names}


def _totals(found: TransferList) -> dict[str, str]:
    return {
        "count": str(len(found.transfers)),
        "total": str(found.total),
        "digest": found.digest,
    }


def _write_json(found: TransferList) -> bytes:
    rows = [
        {"nonce_order": n, **asdict(one), "amount": str(one.amount)}
        | {"decimal": _decimal(one.amount, found.asset)}
        for n, one in enumerate(found.transfers)
    ]
    document = {**_head(found), **_totals(found), "transfers": rows}
    return (json.dumps(document, indent=1, ensure_ascii=True) + "\n").encode()


def _write_csv(found: TransferList) -> bytes:
    """Write a head line, the rows and a line of totals, so that people see all of it."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("list", found.list_id, found.asset))
    writer.writerow(COLUMNS)
    writer.writerows(found.rows)
    writer.writerow(("total", *_totals(found).values()))
    return stream.getvalue().encode()


def _read_json(text: str) -> tuple[TransferList, Sequence[str]]:
    document = json.loads(text, parse_float=_no_float, object_pairs_hook=_no_twins)
    found = TransferList(
        **{name: str(document[name]) for name in ("list_id", "chain_id", "contract", "asset")},
        sender=str(document["sender"]),
        transfers=_transfers(
            (row["nonce_order"], row["to"], row["amount"], row["decimal"], row["reference"])
            for row in document["transfers"]
        ),
    )
    _demand_decimals([row["decimal"] for row in document["transfers"]], found)
    return found, [str(document[name]) for name in ("count", "total", "digest")]


def _read_csv(text: str) -> tuple[TransferList, Sequence[str]]:
    (head, columns, *rows, last) = list(csv.reader(io.StringIO(text), strict=True))
    if head[0] != "list" or tuple(columns) != COLUMNS or last[0] != "total" or not rows:
        raise NotAList("the list has not its head, columns, rows and totals")
    if len({tuple(row[1:4]) for row in rows}) != 1:
        raise NotAList("the rows are not all of one chain, contract and sender")
    found = TransferList(
        list_id=head[1],
        chain_id=rows[0][1],
        contract=rows[0][2],
        asset=head[2],
        sender=rows[0][3],
        transfers=_transfers((row[0], row[4], row[5], row[6], row[7]) for row in rows),
    )
    _demand_decimals([row[6] for row in rows], found)
    return found, last[1:]


def _transfers(rows: Iterable[Sequence[Any]]) -> tuple[ListedTransfer, ...]:
    found = []
    for n, (order, to, amount, _, reference) in enumerate(rows):
        if str(order) != str(n):
            raise NotAList(f"row {n} has the nonce order {order}")
        found.append(ListedTransfer(str(to), int(amount), str(reference)))
    return tuple(found)


def _demand_decimals(decimals: list[str], found: TransferList) -> None:
    """Refuse a row whose two amounts differ: one of them would be believed."""
    for text, one in zip(decimals, found.transfers, strict=True):
        if parse(text, found.asset) != Money(one.amount, found.asset):
            raise NotAList(f"{one.reference}: {text} is not {one.amount} base units")


def _no_float(text: str) -> None:
    raise NotAList(f"{text} is no whole number")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise NotAList("a name stands in an object twice")
    return dict(pairs)
