"""Disbursements: preparing an order to pay, and releasing it under four eyes."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.ledger.operations import posting
from together.ledger.rules.money import Money, in_cents
from together.treasury import postings
from together.treasury.models import (
    CashAccount,
    Destination,
    Disbursement,
    Instruction,
    Pool,
)
from together.treasury.operations import accounts, instructions
from together.treasury.queries.destinations import unpayable
from together.treasury.rules.states import DISBURSEMENT_MOVES, DisbursementState


class NothingToPay(Refused):
    """Raised when a disbursement would hold no payment."""


class PaidAlready(Refused):
    """Raised when a payment with this business identity was ever instructed."""


class NotPayable(Refused):
    """Raised when a payment cannot be made on the rail of its account; names it and says why."""


class ReleasedByItsProgramme(Refused):
    """Raised when an order is released past the programme that tests it once more."""


@dataclass(frozen=True, slots=True)
class Payment:
    """
    One payment to instruct: identity, reference for the rail, payee, minor units.

    ``payee`` is the account paid on the exchange's own rail; everything else goes to a registered
    ``destination``, whose payee it is.
    """

    subject: str
    reference: str
    payee: str
    amount: int
    destination: Destination | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """
    What a programme asks the treasury to pay.

    ``kind`` and ``subject`` name it for ever; ``source`` is the account (code, subject) that its
    batches are funded from; ``approval_kind`` the stages it must pass. ``is_tested`` where the
    programme tests the order once more when it is released: then it alone releases it.
    """

    kind: str
    subject: str
    approval_kind: str
    source: tuple[str, str]
    is_tested: bool = False


@transaction.atomic(durable=True)
def prepare(
    *,
    pool: Pool,
    order: Order,
    payments: Iterable[Payment],
    by: Person,
    at: datetime,
    account: CashAccount | None = None,
) -> Disbursement:
    """
    Write an order's instructions down, in batches of up to 1,000, and ask for approval.

    They are paid from ``account``, or else from the pool's main account.

    :raises NotOfThePool: if the account is another pool's, or keeps another asset
    :raises NothingToPay: if there is no payment
    :raises NotPayable: if one of them has no destination that is usable on the account's rail
    :raises PaidAlready: if one of them, or the order, was instructed before
    """
    rows = sorted(payments, key=lambda payment: payment.reference)
    if not rows:
        raise NothingToPay(f"{order.kind} {order.subject}: no payment is due")
    disbursement = Disbursement(
        number=next_number(Disbursement, "D", digits=5),
        pool=pool,
        account=accounts.of_pool(account, pool, pool.asset),
        kind=order.kind,
        subject=order.subject,
        approval_kind=order.approval_kind,
        source_code=order.source[0],
        source_subject=order.source[1],
        count=len(rows),
        total=sum(row.amount for row in rows),
        is_tested=order.is_tested,
        prepared_by=by,
        prepared_at=at,
    )
    _demand_payable(disbursement, rows)
    disbursement.effect_digest = approvals.digest(
        effect(disbursement, ((r.reference, r.payee, r.amount, _digest(r)) for r in rows))
    )
    _save(disbursement, rows)
    ask(disbursement=disbursement, by=by, at=at)
    return disbursement


def _save(disbursement: Disbursement, rows: list[Payment]) -> None:
    """
    Write a disbursement and its instructions down.

    :raises NotPayable: if one of them has no destination that is usable on the account's rail
    :raises PaidAlready: if one of them, or the order, was instructed before
    """
    try:
        with transaction.atomic():
            disbursement.save(force_insert=True)
            instructions.write(disbursement, rows)
    except IntegrityError as error:
        diagnostic = getattr(error.__cause__, "diag", None)
        if getattr(diagnostic, "constraint_name", "") == "treasury_payee_registered":
            raise NotPayable(str(error).splitlines()[0]) from error
        order = f"{disbursement.kind} {disbursement.subject}"
        raise PaidAlready(f"{order}: {str(error).splitlines()[-1]}") from error


def ask(*, disbursement: Disbursement, by: Person, at: datetime) -> Approval:
    """Ask for the approval of a disbursement as its rows are now."""
    return approvals.request(
        kind=disbursement.approval_kind,
        subject=disbursement.number,
        effect=effect(disbursement, _stored(disbursement)),
        amount_cents=in_cents(disbursement.total, disbursement.pool.asset),
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def release(*, disbursement: Disbursement, on: date, by: Person, at: datetime) -> list[str]:
    """
    Fund the batches of an approved disbursement and give their numbers, ready for workers.

    :raises ReleasedByItsProgramme: if its programme tests it once more, and so releases it itself
    :raises NotApproved: if exactly these instructions did not pass their stages
    :raises NotPossibleNow: if it was released or withdrawn
    :raises Overdrawn: if the source holds less than the disbursement
    """
    people.demand(by, "treasury.write")
    disbursement = _locked(disbursement)
    if disbursement.is_tested:
        raise ReleasedByItsProgramme(
            f"disbursement {disbursement.number}: {disbursement.kind} {disbursement.subject} is"
            " tested again by its programme, which releases it"
        )
    return _release(disbursement, on, by, at)


def release_tested(*, disbursement: Disbursement, on: date, by: Person, at: datetime) -> list[str]:
    """
    Do the same for an order that its programme has just tested, in the transaction of that test.

    :raises NotApproved: if exactly these instructions did not pass their stages
    :raises NotPossibleNow: if it was released or withdrawn
    :raises Overdrawn: if the source holds less than the disbursement
    """
    people.demand(by, "treasury.write")
    return _release(_locked(disbursement), on, by, at)


def _locked(disbursement: Disbursement) -> Disbursement:
    return Disbursement.objects.select_for_update().get(pk=disbursement.pk)


def _release(disbursement: Disbursement, on: date, by: Person, at: datetime) -> list[str]:
    state = lifecycle.move(
        DISBURSEMENT_MOVES,
        disbursement.state,
        DisbursementState.RELEASED,
        what=f"disbursement {disbursement.number}",
    )
    now_effect = effect(disbursement, _stored(disbursement))
    approvals.demand(
        kind=disbursement.approval_kind, subject=disbursement.number, effect=now_effect
    )
    disbursement.state, disbursement.released_at = state, at
    disbursement.save(update_fields=["state", "released_at"])
    batches = list(disbursement.batches.order_by("number"))
    posting.post_all(
        [
            postings.batch_funded(
                batch=batch.number,
                source=(disbursement.source_code, disbursement.source_subject),
                money=Money(batch.total, disbursement.pool.asset),
                on=on,
            )
            for batch in batches
        ]
    )
    disbursement.batches.update(released_at=at)
    record(
        what="disbursement.released",
        subject=disbursement.number,
        by=by,
        at=at,
        details={"effect": disbursement.effect_digest, "batches": len(batches)},
    )
    return [batch.number for batch in batches]


@transaction.atomic(durable=True)
def withdraw(*, disbursement: Disbursement, by: Person, at: datetime) -> None:
    """
    Give up a disbursement that was not released; its payments can never be instructed again.

    :raises NotPossibleNow: if it was released
    """
    people.demand(by, "treasury.write")
    disbursement = _locked(disbursement)
    disbursement.state = lifecycle.move(
        DISBURSEMENT_MOVES,
        disbursement.state,
        DisbursementState.WITHDRAWN,
        what=f"disbursement {disbursement.number}",
    )
    disbursement.save(update_fields=["state"])
    record(what="disbursement.withdrawn", subject=disbursement.number, by=by, at=at)


def effect(
    disbursement: Disbursement, rows: Iterable[tuple[str, str, int, str | None]]
) -> dict[str, Any]:
    """
    Give what an approval of the disbursement binds: every reference, payee and amount.

    Where the payee is a registered destination, the digest of all its fields too.
    """
    running, count, total = hashlib.sha256(), 0, 0
    for reference, payee, amount, destination in rows:
        bound = f"|{destination}" if destination else ""
        running.update(f"{reference}|{payee}|{amount}{bound}\n".encode())
        count, total = count + 1, total + amount
    return {
        "pool": disbursement.pool_id,
        "account": disbursement.account_id,
        "kind": disbursement.kind,
        "subject": disbursement.subject,
        "source": [disbursement.source_code, disbursement.source_subject],
        "count": count,
        "total": total,
        "instructions": running.hexdigest(),
    }


def _stored(disbursement: Disbursement) -> Iterator[tuple[str, str, int, str | None]]:
    rows = Instruction.objects.filter(batch__disbursement=disbursement).order_by("reference")
    found = rows.values_list("reference", "payee", "amount", "destination__digest")
    return found.iterator(chunk_size=10_000)


def _digest(payment: Payment) -> str | None:
    return payment.destination.digest if payment.destination else None


def _demand_payable(disbursement: Disbursement, rows: list[Payment]) -> None:
    """Refuse what could not leave the account; the database refuses it as well."""
    for row in rows:
        fault = unpayable(row, disbursement.account, disbursement.prepared_at)
        if fault:
            raise NotPayable(f"{row.reference}: {fault}")
