"""Statements as transfers of one token to and from one address, as an indexer exports them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from together.treasury.formats import chain_shape, json_documents, values
from together.treasury.formats.chain_shape import Block, Transfer, taken
from together.treasury.formats.parsed import (
    ChainBlock,
    Faults,
    LeftOut,
    ParsedLine,
    ParsedStatement,
)

# Tokens by chain (EIP-155) and contract: asset and decimals. Anybody may issue another token with
# the same symbol, so the contract alone says what a transfer is of. Source: Circle, "USDC contract
# addresses", mainnets Ethereum and Base.
TOKENS = {
    (1, "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"): ("USDC", 6),
    (8453, "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"): ("USDC", 6),
}


@dataclass(frozen=True, slots=True)
class _Told:
    """What a document tells, part by part, before its parts are compared with each other."""

    chain_id: int
    address: str
    token: dict[str, Any]
    first: Block
    last: Block
    final: dict[str, Any]
    transfers: list[Transfer]


def parse(data: bytes) -> ParsedStatement:
    """
    Read the transfers of an address from one block to another.

    A document holds ``kind`` ("chain transfers"), ``version`` (1), ``chain_id``, ``token``
    (contract, symbol, decimals), ``address``, ``from_block`` (number, hash, timestamp, and the
    balance before it; ``parent_hash`` if told), ``to_block`` (the same, and the balance after it),
    ``finalized`` (number and hash of the last block that cannot change), and ``transfers``:
    tx_hash, log_index, block_number, block_hash, timestamp, from, to, value; removed and
    confirmations if told.

    The whole statement is final, or it is refused: wait until its last block is. Logs that a
    re-organisation removed, transfers to itself and of nothing change no balance: they make no
    line and are named in ``left_out``. A line is identified and referred to by its transaction.

    :raises Unreadable: with every fault of the file, up to 100; rows count the transfers from 1
    """
    faults = Faults()
    told = _told(data, faults)
    asset, decimals = _asset(told.chain_id, told.token, faults)
    first, last = told.first, told.last
    _check_span(first, last, told.final, faults)
    _check_blocks(told.transfers, first, last, told.final, faults)
    single, repeated = _once(told.transfers, faults)
    lines, left_out = _sorted_out(single, told.address, faults)
    faults.end()
    return ParsedStatement(
        number=None,
        account=told.address,
        servicer=f"eip155:{told.chain_id}",
        asset=asset,
        opening=amount_of(first.balance, decimals),
        closing=amount_of(last.balance, decimals),
        from_at=first.at,
        to_at=last.at,
        lines=tuple(_line(one, told.address, asset, decimals) for one in lines),
        repeated=repeated,
        left_out=tuple(_left_out(one, decimals, reason) for one, reason in left_out),
        blocks=(_edge(first), _edge(last)),
    )


def _told(data: bytes, faults: Faults) -> _Told:
    """
    Read the parts of a document, each by its shape.

    :raises Unreadable: with every fault of every part
    """
    told = taken(json_documents.read(data), chain_shape.DOCUMENT, faults)
    faults.end()
    assert told is not None
    token = taken(told["token"], chain_shape.TOKEN, faults, at="token.")
    first = _block(told["from_block"], faults, "from_block.")
    last = _block(told["to_block"], faults, "to_block.")
    final = taken(told["finalized"], chain_shape.FINALIZED, faults, at="finalized.")
    transfers = list(_transfers(told["transfers"], faults))
    faults.end()
    assert token is not None
    assert first is not None
    assert last is not None
    assert final is not None
    return _Told(told["chain_id"], told["address"], token, first, last, final, transfers)


def _left_out(transfer: Transfer, decimals: int, reason: str) -> LeftOut:
    return LeftOut(entry_id(transfer), amount_of(transfer.value, decimals), reason)


def _edge(block: Block) -> ChainBlock:
    return ChainBlock(block.number, block.hash, block.parent_hash)


def entry_id(transfer: Transfer) -> str:
    """Give the identity of a transfer on its chain: transaction and index of the log."""
    return f"{transfer.tx_hash}:{transfer.log_index}"


def amount_of(base_units: int, decimals: int) -> str:
    """
    Write base units as a plain decimal.

    >>> amount_of(-1_500_000, 6)
    '-1.5'
    """
    whole, rest = divmod(abs(base_units), 10**decimals)
    plain = f"{whole}.{rest:0{decimals}d}".rstrip("0").rstrip(".")
    return f"-{plain}" if base_units < 0 else plain


def _block(told: dict[str, Any], faults: Faults, at: str) -> Block | None:
    found = taken(told, chain_shape.BLOCK, faults, at=at, optional=chain_shape.OF_BLOCK)
    if found is None:
        return None
    return Block(
        found["number"],
        found["hash"],
        found["timestamp"],
        found["balance"],
        found.get("parent_hash", ""),
    )


def _transfers(told: list[Any], faults: Faults) -> Iterator[Transfer]:
    """Read the transfers; what was read is let go, since a list of objects is large."""
    for row, one in enumerate(told, start=1):
        found = taken(one, chain_shape.TRANSFER, faults, row=row, optional=chain_shape.OPTIONAL)
        told[row - 1] = None
        if found:
            yield Transfer(
                row=row,
                tx_hash=found["tx_hash"],
                log_index=found["log_index"],
                block_number=found["block_number"],
                block_hash=found["block_hash"],
                at=found["timestamp"],
                sender=found["from"],
                receiver=found["to"],
                value=found["value"],
                removed=found.get("removed", False),
                confirmations=found.get("confirmations"),
            )


def _asset(chain: int, token: dict[str, Any], faults: Faults) -> tuple[str, int]:
    """Give asset and decimals of a known token."""
    known = TOKENS.get((chain, token["contract"]))
    if known is None:
        rule = f"is no token that is known on chain {chain}"
        faults.add(0, "token.contract", token["contract"], rule)
        faults.end()
    assert known is not None
    if known != (token["symbol"], token["decimals"]):
        rule = f"is not {known[0]} with {known[1]} decimals, which the contract is"
        faults.add(0, "token.symbol", f"{token['symbol']}, {token['decimals']}", rule)
    return known


def _check_span(first: Block, last: Block, final: dict[str, Any], faults: Faults) -> None:
    """Check that the blocks follow each other, and that the last one cannot change any more."""
    number = final["number"]
    if last.number < first.number or last.at < first.at:
        rule = f"is before from_block {first.number}"
        faults.add(0, "to_block.number", str(last.number), rule)
    if first.number == last.number and first.hash != last.hash:
        faults.add(0, "to_block.hash", last.hash, "is another block of the same number")
    if last.number > number:
        rule = f"is after block {number}, the last that is final: export again when it is"
        faults.add(0, "to_block.number", str(last.number), rule)
    if last.number == number and last.hash != final["hash"]:
        faults.add(0, "to_block.hash", last.hash, f"is not the final block {final['hash']}")


def _check_blocks(
    transfers: Iterable[Transfer],
    first: Block,
    last: Block,
    final: dict[str, Any],
    faults: Faults,
) -> None:
    """Check that transfers stand in the blocks told, and that no number has two blocks."""
    blocks = {first.number: first.hash, last.number: last.hash}
    blocks.setdefault(final["number"], final["hash"])
    for one in transfers:
        number = str(one.block_number)
        if not first.number <= one.block_number <= last.number:
            rule = f"is not in blocks {first.number} to {last.number}"
            faults.add(one.row, "block_number", number, rule)
            continue
        if one.removed:
            continue
        if blocks.setdefault(one.block_number, one.block_hash) != one.block_hash:
            rule = f"block {number} has another hash elsewhere in the file"
            faults.add(one.row, "block_hash", one.block_hash, rule)
        if not first.at <= one.at <= last.at:
            rule = f"is not between {first.at.isoformat()} and {last.at.isoformat()}"
            faults.add(one.row, "timestamp", one.at.isoformat(), rule)
        behind = final["number"] - one.block_number
        if one.confirmations is not None and one.confirmations < behind:
            rule = f"is less than the {behind} blocks up to the final one"
            faults.add(one.row, "confirmations", str(one.confirmations), rule)


def _once(transfers: Iterable[Transfer], faults: Faults) -> tuple[list[Transfer], int]:
    """Drop and count what stands twice; note where one log has two contents."""
    known: dict[tuple[int, int], Transfer] = {}
    single: list[Transfer] = []
    repeated = 0
    for one in transfers:
        if one.removed:
            single.append(one)
            continue
        key = (one.block_number, one.log_index)
        before = known.setdefault(key, one)
        if before is one:
            single.append(one)
        elif replace(before, row=0, confirmations=None) == replace(one, row=0, confirmations=None):
            repeated += 1
        else:
            rule = f"is transfer {before.row} with other content"
            faults.add(one.row, "log_index", str(one.log_index), rule)
    return single, repeated


def _sorted_out(
    transfers: list[Transfer], address: str, faults: Faults
) -> tuple[list[Transfer], list[tuple[Transfer, str]]]:
    """Tell what changes the balance, in the order of the chain, from what does not, with why."""
    lines, left_out = [], []
    for one in sorted(transfers, key=lambda each: (each.block_number, each.log_index)):
        if address not in (one.sender, one.receiver):
            faults.add(one.row, "to", one.receiver, f"is a transfer neither to nor from {address}")
        elif one.removed:
            left_out.append((one, "was removed from the chain by a re-organisation"))
        elif one.value == 0:
            left_out.append((one, "moves nothing"))
        elif one.sender == one.receiver:
            left_out.append((one, "moves money to itself"))
        else:
            lines.append(one)
    return lines, left_out


def _line(transfer: Transfer, address: str, asset: str, decimals: int) -> ParsedLine:
    is_inflow = transfer.receiver == address
    return ParsedLine(
        entry_id=entry_id(transfer),
        booked_at=transfer.at,
        type="receipt" if is_inflow else "payment",
        amount=amount_of(transfer.value if is_inflow else -transfer.value, decimals),
        asset=asset,
        reference=transfer.tx_hash,
        counterparty="",
        value_on=values.day_in_utc(transfer.at),
        counterparty_account=transfer.sender if is_inflow else transfer.receiver,
        code="transfer",
    )
