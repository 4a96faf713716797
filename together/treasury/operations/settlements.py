"""Settling payments that left in files: when they stand on a statement, or in a chain for good."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from together import Refused
from together.controls.operations.records import record_all
from together.ledger.operations import posting
from together.ledger.rules.money import Money
from together.treasury import postings
from together.treasury.models import ChainTransfer, Instruction, StatementLine
from together.treasury.queries.chains import confirmations_of
from together.treasury.rules.states import InstructionState

OPEN = (InstructionState.SENDING, InstructionState.UNKNOWN)


class NotFinal(Refused):
    """Raised when a payment that a line is said to be cannot be settled yet."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A payment as somebody outside reported it: by our reference, when, and by which name."""

    reference: str
    booked_at: datetime
    rail_reference: str = ""


def settle_from_statement(found: Iterable[Seen], *, at: datetime) -> list[str]:
    """
    Settle payments of files that stand on a statement, and give the references settled.

    Part of the import's own transaction, before its lines are matched: what settles here is
    booked from its allotment to clearing, and the match books it on from there to cash. Left out
    is what does not wait for an answer, and a transfer on a chain that has too few confirmations.
    """
    seen = {one.reference: one for one in found}
    rows = list(
        Instruction.objects.select_for_update(of=("self",))
        .filter(reference__in=seen, state__in=OPEN, filed__state="listed")
        .select_related("batch__disbursement__account")
        .order_by("id")
    )
    ready = [row for row in rows if _is_final(row)]
    settle([(row, seen[row.reference]) for row in ready], at=at)
    return [row.reference for row in ready]


def settle_by_line(instruction: Instruction | None, line: StatementLine, *, at: datetime) -> None:
    """
    Settle the payment that a person says a line is, if it left in a file and waits for its answer.

    Part of the operation that matches them, as :func:`settle_from_statement`.

    :raises NotFinal: if it is a transfer on a chain with too few confirmations
    """
    if instruction is None or instruction.state not in OPEN or line.amount > 0:
        return
    seen = Seen(instruction.reference, line.booked_at, line.entry_id)
    if not settle_from_statement([seen], at=at):
        raise NotFinal(
            f"{instruction.reference} is {instruction.state}: it is settled when its file was"
            " handed over and, on a chain, its transfer has its confirmations"
        )


def settle(pairs: Sequence[tuple[Instruction, Seen]], *, at: datetime) -> None:
    """Book payments as taken by their rail; part of an operation that locked them."""
    if not connection.in_atomic_block:
        raise RuntimeError("payments settle in the transaction that found them settled")
    for row, seen in pairs:
        row.state, row.settled_at = InstructionState.SETTLED, seen.booked_at
        row.rail_reference = seen.rail_reference[:66]
    rows = [row for row, _ in pairs]
    Instruction.objects.bulk_update(rows, ["state", "settled_at", "rail_reference"])
    undone = _times_undone(rows)
    posting.post_all(
        [
            postings.instruction_settled(
                reference=row.reference,
                batch=row.batch.number,
                money=Money(row.amount, row.asset),
                on=seen.booked_at.date(),
                undone=undone.get(row.pk, 0),
            )
            for row, seen in pairs
        ]
    )
    record_all(
        what="instruction.settled",
        at=at,
        details={row.reference: {"rail_reference": row.rail_reference} for row in rows},
    )


def _times_undone(rows: Sequence[Instruction]) -> dict[int, int]:
    """Give how often each was settled and undone before, by whichever of its transfers."""
    found: dict[int, int] = {}
    transfers = ChainTransfer.objects.filter(filed__instruction__in=rows, undone__gt=0)
    for pk, times in transfers.values_list("filed__instruction", "undone"):
        found[pk] = found.get(pk, 0) + times
    return found


def _is_final(row: Instruction) -> bool:
    account = row.batch.disbursement.account
    if account.kind != "chain":
        return True
    needed = confirmations_of(account)
    best = ChainTransfer.objects.filter(
        filed__instruction=row, filed__state="listed", block_number__isnull=False
    )
    return best.filter(confirmations__gte=needed).exists()
