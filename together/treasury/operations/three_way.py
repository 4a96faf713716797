"""Keeping three-way proofs: after every matching, and every few minutes."""

from datetime import datetime

from django.db import transaction

from together.treasury.models import CashAccount, ThreeWayProof
from together.treasury.queries.three_way import NAMES, three_way


def keep(account: CashAccount, at: datetime) -> ThreeWayProof:
    """
    Compute and keep the proof of an account, inside the caller's transaction.

    One that says what the last one said is not kept again. Proofs follow one another: one whose
    clock is behind the last one's is kept as of that one's moment.
    """
    CashAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    last = ThreeWayProof.objects.filter(account=account).first()
    found = three_way(account, max(at, last.at) if last else at)
    if last and all(getattr(last, name) == getattr(found, name) for name in NAMES):
        return last
    found.save(force_insert=True)
    return found


@transaction.atomic(durable=True)
def prove_all(*, at: datetime) -> int:
    """Keep the proof of every account, and give how many are not true."""
    return sum(not keep(account, at).is_true for account in CashAccount.objects.order_by("code"))
