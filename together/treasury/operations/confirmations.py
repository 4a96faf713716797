"""
Transfers on a chain: their transactions named, followed, settled after enough confirmations.

A transaction may be dropped, replaced, or fall out of the chain when it is re-organised. Until it
has the confirmations that the chain's policy asks for nothing is booked; what was booked and fell
out is reversed once, and its payment is unknown until a transaction of it stands there again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import IntegrityError, transaction

from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record, record_all
from together.ledger.operations import posting
from together.ledger.rules.money import Money
from together.treasury import postings
from together.treasury.formats import chain_report
from together.treasury.formats.chain_report import NotAChainReport, OnChain
from together.treasury.models import CashAccount, ChainTransfer, Instruction, PaymentFile
from together.treasury.operations.file_answers import NotInTheFile
from together.treasury.operations.files import locked
from together.treasury.operations.settlements import OPEN, Seen, settle
from together.treasury.queries.chains import followed, policy_of
from together.treasury.rules.states import FiledState, InstructionState


class NotATransaction(Refused):
    """Raised when a hash is none, or names another payment's transaction."""


class Chain(Protocol):
    """What the treasury asks of a chain."""

    def transfer(self, tx_hash: str) -> OnChain | None:
        """Give a transaction as it stands in a block now; None if it stands in none."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What following found: how many were settled, and how many were undone."""

    settled: int
    undone: int


@transaction.atomic(durable=True)
def name_transactions(
    *, file: PaymentFile, hashes: Iterable[tuple[str, str]], by: Person, at: datetime
) -> int:
    """
    Write down which transactions carry the payments of a list: (reference, hash) each.

    A payment may have several, one replacing the other. Give how many are new.

    :raises NotInTheFile: if the list does not hold one of the references
    :raises NotATransaction: if a hash is none or carries another payment
    """
    people.demand(by, "treasury.write")
    file = locked(file)
    if file.handed_over_at is None or file.batch.disbursement.account.kind != "chain":
        raise NotInTheFile(f"file {file.number} is {file.state}, or no list of transfers")
    rows = _new_transfers(file, hashes)
    try:
        with transaction.atomic():
            ChainTransfer.objects.bulk_create(rows)
    except IntegrityError as error:
        raise NotATransaction(f"file {file.number}: a hash carries another payment") from error
    if rows:
        record(
            what="file.transactions_named",
            subject=file.number,
            by=by,
            at=at,
            details={"transactions": len(rows)},
        )
    return len(rows)


def _new_transfers(file: PaymentFile, hashes: Iterable[tuple[str, str]]) -> list[ChainTransfer]:
    """Give the transfers that are not written down yet."""
    held = {
        one.instruction.reference: one
        for one in file.payments.filter(state=FiledState.LISTED).select_related("instruction")
    }
    named = ChainTransfer.objects.filter(filed__file=file)
    known = dict(named.values_list("tx_hash", "filed__instruction__reference"))
    new: dict[str, ChainTransfer] = {}
    for reference, given in hashes:
        tx_hash = _hash(given)
        if reference not in held:
            raise NotInTheFile(f"file {file.number} does not hold {reference}")
        if tx_hash not in known:
            new[tx_hash] = ChainTransfer(filed=held[reference], tx_hash=tx_hash)
        if known.setdefault(tx_hash, reference) != reference:
            raise NotATransaction(f"{tx_hash} carries {known[tx_hash]}, not {reference}")
    return list(new.values())


def follow(*, account: CashAccount, chain: Chain, at: datetime) -> Followed:
    """
    Ask the chain about every transfer that can still change, and book what changed.

    The chain is asked outside of any transaction. Run again it finds what happened since.
    """
    found = {one.pk: chain.transfer(one.tx_hash) for one in followed(account)}
    return _write_down(account, found, at)


class _Reported:
    """A chain as a node reported it in a file."""

    def __init__(self, found: dict[str, OnChain | None]) -> None:
        self.found = found

    def transfer(self, tx_hash: str) -> OnChain | None:
        """Give a transaction as the report has it."""
        return self.found[tx_hash]


def take_report(*, account: CashAccount, data: bytes, by: Person, at: datetime) -> Followed:
    """
    Take in what a node says of every transaction of an account that can still change.

    What a report leaves out is not taken for gone: it has to say so of each.

    :raises NotATransaction: if it is malformed, or is silent about a transaction
    """
    people.demand(by, "treasury.write")
    try:
        found = chain_report.read(data)
    except NotAChainReport as error:
        raise NotATransaction(f"the report is refused: {error}") from error
    asked = followed(account).values_list("tx_hash", flat=True)
    silent = [tx_hash for tx_hash in asked if tx_hash not in found]
    if silent:
        raise NotATransaction(f"the report says nothing of {', '.join(silent[:5])}")
    return follow(account=account, chain=_Reported(found), at=at)


@transaction.atomic(durable=True)
def _write_down(account: CashAccount, found: dict[int, OnChain | None], at: datetime) -> Followed:
    policy = policy_of(account)
    rows = list(
        followed(account)
        .select_for_update(of=("self",))
        .filter(pk__in=found)
        .select_related("filed__instruction__batch", "filed__instruction__destination")
    )
    fell_out = {row.filed.instruction_id for row in rows if _update(row, found, account, at)}
    ChainTransfer.objects.bulk_update(
        rows, ["block_number", "block_hash", "confirmations", "seen_at", "note"]
    )
    final: dict[int, ChainTransfer] = {}
    for row in rows:
        if row.confirmations >= policy.confirmations:
            final.setdefault(row.filed.instruction_id, row)
    settled, undone, unknown = [], [], []
    for payment in _locked({row.filed.instruction_id for row in rows}):
        best = final.get(payment.pk)
        if payment.state == InstructionState.SETTLED and best is None:
            undone.append(payment)
        elif payment.state in OPEN and best is not None:
            seen = found[best.pk]
            if seen:
                settled.append((payment, Seen(payment.reference, seen.booked_at, best.tx_hash)))
        elif payment.state == InstructionState.SENDING and payment.pk in fell_out:
            unknown.append(payment.pk)
    Instruction.objects.filter(pk__in=unknown).update(state=InstructionState.UNKNOWN)
    _undo(undone, rows, at)
    settle(settled, at=at)
    return Followed(len(settled), len(undone))


def _update(
    row: ChainTransfer, found: dict[int, OnChain | None], account: CashAccount, at: datetime
) -> bool:
    """Let a transfer be as it was seen, and say whether it fell out of its block."""
    stood, seen = row.block_number is not None, found[row.pk]
    row.note = _fault(row, seen, account) if seen else ""
    if seen and not row.note:
        row.block_number, row.block_hash = seen.block_number, seen.block_hash
        row.confirmations, row.seen_at = max(seen.confirmations, 0), at
        return False
    row.block_number, row.block_hash, row.confirmations = None, "", 0
    return stood


def _fault(row: ChainTransfer, seen: OnChain, account: CashAccount) -> str:
    """Say how a transaction is not the transfer that was to be made, or nothing."""
    payment = row.filed.instruction
    meant = (
        ("contract", seen.contract, policy_of(account).contract),
        ("sender", seen.sender, account.identifier),
        ("receiver", seen.to, payment.payee),
        ("amount", seen.amount, payment.amount),
    )
    if not seen.succeeded:
        return "the transaction failed: nothing was moved"
    wrong = [
        f"{name} is {was}" for name, was, to_be in meant if str(was).lower() != str(to_be).lower()
    ]
    return f"not this payment: {', '.join(wrong)}"[:200] if wrong else ""


def _locked(payments: set[int]) -> list[Instruction]:
    found = Instruction.objects.select_for_update(of=("self",)).select_related("batch")
    return list(found.filter(pk__in=payments).order_by("id"))


def _undo(payments: list[Instruction], rows: list[ChainTransfer], at: datetime) -> None:
    """Reverse settlements whose transfers no longer stand, each once; the payments are unknown."""
    entries = []
    for payment in payments:
        transfers = [row for row in rows if row.filed.instruction_id == payment.pk]
        times = sum(row.undone for row in transfers)
        entries.append(
            postings.settlement_undone(
                reference=payment.reference,
                batch=payment.batch.number,
                money=Money(payment.amount, payment.asset),
                on=at.date(),
                undone=times,
            )
        )
        transfers[0].undone += 1
        transfers[0].save(update_fields=["undone"])
        payment.state, payment.settled_at = InstructionState.UNKNOWN, None
    Instruction.objects.bulk_update(payments, ["state", "settled_at"])
    posting.post_all(entries)
    record_all(
        what="instruction.undone",
        at=at,
        details={one.reference: {"transaction": one.rail_reference} for one in payments},
    )


def _hash(given: str) -> str:
    """Give a transaction's hash in small letters: 0x and 64 hex digits."""
    text = given.strip().lower()
    if not re.fullmatch("0x[0-9a-f]{64}", text):
        raise NotATransaction(f"{given!r} is no hash of a transaction: 0x and 64 hex digits")
    return text
