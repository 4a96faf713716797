"""What the approval of a disbursement binds: every instruction, and what each wave holds."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from together.treasury.models import Disbursement, Instruction
from together.treasury.operations.orders import Payment


def effect(
    disbursement: Disbursement,
    rows: Iterable[tuple[str, str, int, str | None]],
    sizes: Sequence[Sequence[int]] = (),
) -> dict[str, Any]:
    """
    Give what an approval of the disbursement binds: every reference, payee and amount.

    Where the payee is a registered destination, the digest of all its fields too; of several
    waves the number, count and total of each.
    """
    running, count, total = hashlib.sha256(), 0, 0
    for reference, payee, amount, destination in rows:
        bound = f"|{destination}" if destination else ""
        running.update(f"{reference}|{payee}|{amount}{bound}\n".encode())
        count, total = count + 1, total + amount
    in_waves = {"waves": [list(one) for one in sizes]} if len(sizes) > 1 else {}
    return {
        **in_waves,
        "pool": disbursement.pool_id,
        "account": disbursement.account_id,
        "kind": disbursement.kind,
        "subject": disbursement.subject,
        "source": [disbursement.source_code, disbursement.source_subject],
        "count": count,
        "total": total,
        "instructions": running.hexdigest(),
    }


def planned(
    disbursement: Disbursement, rows: Iterable[Payment], sizes: Sequence[Sequence[int]]
) -> dict[str, Any]:
    """Give the effect of payments that are to be written down."""
    bound = ((r.reference, r.payee, r.amount, _digest(r)) for r in rows)
    return effect(disbursement, bound, sizes)


def _digest(payment: Payment) -> str | None:
    return payment.destination.digest if payment.destination else None


def now(disbursement: Disbursement) -> dict[str, Any]:
    """Give the effect of a disbursement as its rows are now."""
    planned = disbursement.waves.order_by("number").values_list("number", "count", "total")
    return effect(disbursement, _stored(disbursement), list(planned))


def _stored(disbursement: Disbursement) -> Iterator[tuple[str, str, int, str | None]]:
    rows = Instruction.objects.filter(batch__disbursement=disbursement).order_by("reference")
    found = rows.values_list("reference", "payee", "amount", "destination__digest")
    return found.iterator(chunk_size=10_000)
