"""
Remedies: a payment that was refused or came back is paid again elsewhere, or given back.

See Note [never both]: the old payment stays what it is, and the database lets it go nowhere while
a remedy of it lives; the new one has an identity of its own, made of the remedy's number, and is
paid from the very money of the old one: what came back, or its part of the allotment.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.operations import posting
from together.ledger.rules.money import Money, in_cents
from together.treasury import postings
from together.treasury.models import Disbursement, Instruction, Remedy, RemedyWay
from together.treasury.operations import disbursements
from together.treasury.operations.orders import Order, Payment
from together.treasury.rules.states import (
    REMEDY_MOVES,
    DisbursementState,
    InstructionState,
    RemedyState,
)

KIND, AGAIN = "payment.remedy", "payment.again"
FAILED = (InstructionState.REFUSED, InstructionState.RETURNED)


class MayStillBePaid(Refused):
    """Raised when a payment is to be remedied that neither was refused nor came back."""


class DecidedAlready(Refused):
    """Raised when a remedy of the payment waits or was booked."""


class SamePayee(Refused):
    """Raised when a payment would go again to the account that refused it or gave it back."""


@transaction.atomic(durable=True)
def propose(
    *, instruction: Instruction, payee: str = "", reason: str, by: Person, at: datetime
) -> Approval:
    """
    Propose to pay a failed payment again to ``payee``; without one, to give its money back.

    :raises MayStillBePaid: if it was not refused and did not come back
    :raises DecidedAlready: if another remedy of it waits or was booked
    :raises SamePayee: if it would go where it failed
    """
    people.demand(by, "treasury.write")
    found = Instruction.objects.select_for_update(of=("self",))
    row = found.select_related("batch__disbursement").get(pk=instruction.pk)
    if row.state not in FAILED:
        raise MayStillBePaid(f"{row.reference} is {row.state}: it was not refused, nor came back")
    if row.remedies.exclude(state=RemedyState.WITHDRAWN).exists():
        raise DecidedAlready(f"{row.reference}: a remedy of it waits or was booked")
    if payee and payee == row.payee:
        raise SamePayee(f"{row.reference}: {payee} is where it failed")
    remedy = Remedy(
        number=next_number(Remedy, "RM"),
        instruction=row,
        origin=_origin(row),
        way=RemedyWay.PAY_AGAIN if payee else RemedyWay.GIVE_BACK,
        payee=payee,
        reason=reason,
        proposed_by=by,
        proposed_at=at,
    )
    bound = effect(remedy)
    remedy.effect_digest = approvals.digest(bound)
    remedy.save(force_insert=True)
    record(what="remedy.proposed", subject=remedy.number, by=by, at=at, details=bound)
    return approvals.request(
        kind=KIND,
        subject=remedy.number,
        effect=bound,
        amount_cents=in_cents(row.amount, row.asset),
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def book(*, remedy: Remedy, on: date, by: Person, at: datetime) -> None:
    """
    Book an approved remedy: the pool has the money again, or it may be paid again.

    :raises NotApproved: if exactly it did not pass its stages
    :raises NotPossibleNow: if it was booked or withdrawn
    """
    people.demand(by, "treasury.write")
    remedy = _locked(remedy)
    bound = effect(remedy)
    approvals.demand(kind=KIND, subject=remedy.number, effect=bound)
    remedy.state = _moved(remedy, RemedyState.BOOKED)
    remedy.booked_at = at
    remedy.save(update_fields=["state", "booked_at"])
    if remedy.way == RemedyWay.GIVE_BACK:
        row = remedy.instruction
        posting.post(
            postings.given_back(
                remedy=remedy.number,
                source=source_of(row),
                pool=row.batch.disbursement.pool_id,
                money=Money(row.amount, row.asset),
                on=on,
            )
        )
    record(what="remedy.booked", subject=remedy.number, by=by, at=at, details=bound)


@transaction.atomic(durable=True)
def withdraw(*, remedy: Remedy, by: Person, at: datetime) -> None:
    """
    Give up a remedy before it is booked; another one may be proposed.

    :raises NotPossibleNow: if it was booked or withdrawn
    """
    people.demand(by, "treasury.write")
    remedy = _locked(remedy)
    remedy.state = _moved(remedy, RemedyState.WITHDRAWN)
    remedy.save(update_fields=["state"])
    record(what="remedy.withdrawn", subject=remedy.number, by=by, at=at)


def pay_again(*, remedy: Remedy, by: Person, at: datetime) -> Disbursement:
    """
    Prepare the new payment of a booked remedy: a disbursement of one, approved and released as any.

    :raises NotPossibleNow: if it is not booked, or gives the money back
    :raises PaidAlready: if its payment is prepared already
    """
    people.demand(by, "treasury.write")
    known = Remedy.objects.select_related("instruction__batch__disbursement__account")
    remedy = known.get(pk=remedy.pk)
    if remedy.state != RemedyState.BOOKED or remedy.way != RemedyWay.PAY_AGAIN:
        raise NotPossibleNow(f"{remedy.number} is {remedy.state}: {remedy.get_way_display()}")
    row = remedy.instruction
    # A disbursement that was given up leaves its identity used: the next has another number.
    n = Disbursement.objects.filter(kind=AGAIN, subject=remedy.number).count() + 1
    return disbursements.prepare(
        pool=row.batch.disbursement.pool,
        account=row.batch.disbursement.account,
        order=Order(AGAIN, remedy.number, AGAIN, source_of(row)),
        payments=[
            Payment(f"{remedy.number}:{n}", f"{remedy.number}-{n:02d}", remedy.payee, row.amount)
        ],
        by=by,
        at=at,
    )


def effect(remedy: Remedy) -> dict[str, Any]:
    """Give what an approval of the remedy binds."""
    row = remedy.instruction
    return {
        "number": remedy.number,
        "payment": row.reference,
        "was": row.state,
        "way": str(remedy.way),
        "from_payee": row.payee,
        "payee": remedy.payee,
        "total": row.amount,
        "account": row.batch.disbursement.account_id,
        "reason": remedy.reason,
    }


def source_of(row: Instruction) -> tuple[str, str]:
    """Give the account of the books that a failed payment's money is in."""
    if row.state == InstructionState.RETURNED:
        return "payments.returned", row.batch.disbursement.pool_id
    return "allotment", row.batch.number


def payment_of(remedy: Remedy) -> Disbursement | None:
    """Give the disbursement that pays a remedy's payment again, if one is prepared or released."""
    found = Disbursement.objects.filter(kind=AGAIN, subject=remedy.number)
    return found.exclude(state=DisbursementState.WITHDRAWN).first()


def _origin(row: Instruction) -> Disbursement:
    """Give the disbursement that first paid what a payment pays, perhaps again."""
    paid_by = row.batch.disbursement
    if paid_by.kind != AGAIN:
        return paid_by
    return Remedy.objects.select_related("origin").get(number=paid_by.subject).origin


def _locked(remedy: Remedy) -> Remedy:
    found = Remedy.objects.select_for_update(of=("self",))
    return found.select_related("instruction__batch__disbursement").get(pk=remedy.pk)


def _moved(remedy: Remedy, then: RemedyState) -> RemedyState:
    now = RemedyState(remedy.state)
    return lifecycle.move(REMEDY_MOVES, now, then, what=f"remedy {remedy.number}")
