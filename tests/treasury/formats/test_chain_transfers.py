"""Transfers of a chain: what changes the balance, what does not, and nothing before it is final."""

import json

import pytest

from tests.treasury.formats import writers
from tests.treasury.formats.writers import (
    OUR_WALLET,
    THEIR_WALLET,
    block_hash,
    chain_file,
    transfer,
)
from together.treasury.formats import chain_transfers
from together.treasury.formats.parsed import Unreadable

FAKE = "0x52908400098527886E0F7030069857D2E4169EE7"


def parse(transfers, **told):
    return chain_transfers.parse(chain_file(transfers, **told).encode())


def faults(transfers, **told):
    with pytest.raises(Unreadable) as refused:
        parse(transfers, **told)
    return [(fault.row, fault.column) for fault in refused.value.faults]


def block(number=200, **told):
    usual = {
        "number": number,
        "hash": block_hash(number),
        "timestamp": "2025-10-14T12:30:00Z",
        "balance": "5000000",
    }
    return {**usual, **told}


def test_a_transfer_is_known_by_its_transaction_and_log():
    found = parse([transfer(2, 7), transfer(1, -1_500_000)])
    first, second = found.lines
    assert first.entry_id == f"0x{0xABC001:064x}:1"
    assert (first.type, first.amount, first.counterparty_account) == (
        "payment",
        "-1.5",
        THEIR_WALLET,
    )
    assert (second.type, second.amount, second.reference) == (
        "receipt",
        "0.000007",
        f"0x{0xABC002:064x}",
    )
    assert (found.account, found.servicer, found.asset) == (OUR_WALLET, "eip155:1", "USDC")
    assert (found.opening, found.closing) == ("5", "3.500007")


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (transfer(1, 5, removed=True, block_hash=block_hash(101, fork=9)), "was removed from the chain by a re-organisation"),
        (transfer(1, 0), "moves nothing"),
        (transfer(1, 5, to=OUR_WALLET, **{"from": OUR_WALLET}), "moves money to itself"),
    ],
)  # fmt: skip
def test_what_changes_no_balance_makes_no_line_and_says_why(one, reason):
    found = parse([one, transfer(2, 3)])
    assert [line.amount for line in found.lines] == ["0.000003"]
    assert [left.reason for left in found.left_out] == [reason]


def test_a_transfer_that_was_removed_and_came_again_is_one_line():
    gone = transfer(1, -5, removed=True, block_hash=block_hash(101, fork=9))
    found = parse([gone, transfer(1, -5, block=102)])
    assert [line.amount for line in found.lines] == ["-0.000005"]
    assert len(found.left_out) == 1


def test_a_transfer_that_stands_twice_counts_once():
    one = transfer(1, -5)
    found = parse(
        [one, {**one, "confirmations": 600}, transfer(2, 3)], to_block=block(balance="4999998")
    )
    assert (len(found.lines), found.repeated) == (2, 1)


def test_nothing_is_read_before_it_is_final():
    assert faults([], finalized={"number": 199, "hash": block_hash(199)}) == [
        (0, "to_block.number")
    ]
    assert faults([], finalized={"number": 200, "hash": block_hash(200, fork=1)}) == [
        (0, "to_block.hash")
    ]


@pytest.mark.parametrize(
    ("transfers", "row", "column"),
    [
        ([transfer(1, 5, block=99)], 1, "block_number"),
        ([transfer(1, 5, block=201)], 1, "block_number"),
        (
            [transfer(1, 5), transfer(2, 6, block=101, block_hash=block_hash(101, fork=1))],
            2,
            "block_hash",
        ),
        ([transfer(1, 5, block=100, block_hash=block_hash(100, fork=1))], 1, "block_hash"),
        ([transfer(1, 5), transfer(1, 6)], 2, "log_index"),
        ([transfer(1, 5), transfer(1, 5, tx_hash=block_hash(7))], 2, "log_index"),
        ([transfer(1, 5, timestamp="2025-10-14T11:59:59Z")], 1, "timestamp"),
        ([transfer(1, 5, timestamp="2025-10-14T12:00:00")], 1, "timestamp"),
        ([transfer(1, 5, timestamp=2**50)], 1, "timestamp"),
        ([transfer(1, 5, confirmations=3)], 1, "confirmations"),
        ([transfer(1, 5, to=THEIR_WALLET)], 1, "to"),
        ([transfer(1, 5, to=OUR_WALLET.lower())], 1, "to"),
        ([transfer(1, 5, to=OUR_WALLET.replace("5aA", "5AA"))], 1, "to"),
        ([transfer(1, 5, to="vitalik.eth")], 1, "to"),
        ([transfer(1, 5, value=5)], 1, "value"),
        ([transfer(1, 5, value="5.0")], 1, "value"),
        ([transfer(1, 5, value="0x5")], 1, "value"),
        ([transfer(1, 5, value="05")], 1, "value"),
        ([transfer(1, 5, value=str(2**63))], 1, "value"),
        ([transfer(1, 5, value="٥")], 1, "value"),
        ([transfer(1, 5, tx_hash="0xABC")], 1, "tx_hash"),
        ([transfer(1, 5, log_index=True)], 1, "log_index"),
        ([transfer(1, 5, removed="yes")], 1, "removed"),
        ([transfer(1, 5, colour="blue")], 1, "colour"),
        (["transfer"], 1, ""),
    ],
)
def test_what_is_wrong_is_named_by_row_and_key(transfers, row, column):
    told = {"from_block": block(100, timestamp="2025-10-14T12:00:00Z"), "to_block": block()}
    whole = writers.chain([], **told) | {"transfers": transfers}
    with pytest.raises(Unreadable) as refused:
        chain_transfers.parse(json.dumps(whole).encode())
    assert (row, column) in [(fault.row, fault.column) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("told", "column"),
    [
        ({"kind": "transfers"}, "kind"),
        ({"version": 2}, "version"),
        ({"version": True}, "version"),
        ({"address": OUR_WALLET.lower()}, "address"),
        ({"chain_id": 8453}, "token.contract"),
        ({"token": {"contract": FAKE, "symbol": "USDC", "decimals": 6}}, "token.contract"),
        ({"token": {"contract": writers.USDC, "symbol": "USD", "decimals": 6}}, "token.symbol"),
        ({"token": {"contract": writers.USDC, "symbol": "USDC", "decimals": 18}}, "token.symbol"),
        ({"to_block": block(99)}, "to_block.number"),
        ({"to_block": block(balance="-5")}, "to_block.balance"),
        ({"to_block": None}, "to_block"),
        ({"more": 1}, "more"),
    ],
)
def test_what_is_wrong_with_the_document_is_named_by_its_key(told, column):
    assert (0, column) in faults([], **told)
