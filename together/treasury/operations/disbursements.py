"""Disbursements: preparing an order to pay, and releasing its waves under four eyes."""

from collections.abc import Iterable
from datetime import date, datetime

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
from together.treasury.models import CashAccount, Disbursement, Pool, Wave
from together.treasury.operations import accounts, order_effects, order_rows
from together.treasury.operations.orders import Order, Payment
from together.treasury.queries import waves
from together.treasury.queries.destinations import unpayable
from together.treasury.rules.states import DISBURSEMENT_MOVES, DisbursementState

__all__ = ["Order", "Payment"]

BATCH_SIZE = 1000


class NothingToPay(Refused):
    """Raised when a disbursement would hold no payment."""


class PaidAlready(Refused):
    """Raised when a payment with this business identity was ever instructed."""


class NoCanary(Refused):
    """Raised when each of several payments is more than the first wave may hold."""


class WaveNotPossible(Refused):
    """Raised when the wave before is not complete and explained; names what is missing."""


class ReleasedByItsProgramme(Refused):
    """Raised when an order is released past the programme that tests it once more."""


class NotPayable(Refused):
    """Raised when a payment cannot be made on the rail of its account; names it and says why."""


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
    Write an order's instructions down, in waves of batches of up to 1,000, and ask for approval.

    They are paid from ``account``, or else from the pool's main account. The approval is of all
    of them, and of what each wave holds.

    :raises NotOfThePool: if the account is another pool's, or keeps another asset
    :raises NothingToPay: if there is no payment
    :raises NoCanary: if no payment of several is small enough to go first
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
        is_tested=order.is_tested,
        count=len(rows),
        total=sum(row.amount for row in rows),
        prepared_by=by,
        prepared_at=at,
    )
    _demand_payable(disbursement, rows)
    cut = _cut(disbursement, rows)
    disbursement.effect_digest = approvals.digest(
        order_effects.planned(disbursement, rows, order_rows.sizes(cut))
    )
    _save(disbursement, cut)
    ask(disbursement=disbursement, by=by, at=at)
    return disbursement


def _cut(disbursement: Disbursement, rows: list[Payment]) -> order_rows.Cut:
    """
    Cut payments into the waves that they leave in.

    :raises NoCanary: if no payment of several is small enough to go first
    """
    cut = order_rows.cut(disbursement, rows)
    if not cut:
        raise NoCanary(
            f"{disbursement.kind} {disbursement.subject}: each payment is more than a canary may"
            f" hold of what {disbursement.pool} promised"
        )
    return cut


def _save(disbursement: Disbursement, cut: order_rows.Cut) -> None:
    """
    Write a disbursement and its instructions down.

    :raises NotPayable: if one of them has no destination that is usable on the account's rail
    :raises PaidAlready: if one of them, or the order, was instructed before
    """
    try:
        with transaction.atomic():
            disbursement.save(force_insert=True)
            order_rows.write(disbursement, cut, batch_size=BATCH_SIZE)
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
        effect=order_effects.now(disbursement),
        amount_cents=in_cents(disbursement.total, disbursement.pool.asset),
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def release(*, disbursement: Disbursement, on: date, by: Person, at: datetime) -> list[str]:
    """
    Fund the next wave of an approved disbursement; give its batches' numbers, ready for workers.

    What is left to leave is approved anew each time: every instruction as it stands is compared
    with what was approved.

    :raises ReleasedByItsProgramme: if its programme tests it once more, and so releases it itself
    :raises NotApproved: if exactly these instructions did not pass their stages
    :raises NotPossibleNow: if all of it was released, or it was withdrawn
    :raises WaveNotPossible: if the wave before is not complete and explained to the cent
    :raises Overdrawn: if the source holds less than all that is left to be released
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

    :raises NotApproved, NotPossibleNow, WaveNotPossible, Overdrawn: as :func:`release`
    """
    people.demand(by, "treasury.write")
    return _release(_locked(disbursement), on, by, at)


def _locked(disbursement: Disbursement) -> Disbursement:
    return Disbursement.objects.select_for_update().get(pk=disbursement.pk)


def _release(disbursement: Disbursement, on: date, by: Person, at: datetime) -> list[str]:
    wave = _next_wave(disbursement)
    approvals.demand(
        kind=disbursement.approval_kind,
        subject=disbursement.number,
        effect=order_effects.now(disbursement),
    )
    _demand_possible(disbursement, wave)
    if disbursement.state == DisbursementState.PREPARED:
        disbursement.state, disbursement.released_at = DisbursementState.RELEASED, at
        disbursement.save(update_fields=["state", "released_at"])
    wave.released_by, wave.released_at = by, at
    wave.save(update_fields=["released_by", "released_at"])
    batches = list(wave.batches.order_by("number"))
    source = (disbursement.source_code, disbursement.source_subject)
    asset = disbursement.pool.asset
    posting.post_all(
        [
            postings.batch_funded(
                batch=batch.number, source=source, money=Money(batch.total, asset), on=on
            )
            for batch in batches
        ]
    )
    wave.batches.update(released_at=at)
    record(
        what="disbursement.released",
        subject=disbursement.number,
        by=by,
        at=at,
        details={
            "effect": disbursement.effect_digest,
            "wave": wave.number,
            "batches": len(batches),
            "total": wave.total,
        },
    )
    return [batch.number for batch in batches]


def _demand_possible(disbursement: Disbursement, wave: Wave) -> None:
    """Refuse a wave that the database refuses as well, with the reason."""
    obstacle = waves.obstacle(wave)
    if obstacle:
        raise WaveNotPossible(f"{disbursement.number}, wave {wave.number}: {obstacle}")
    lacking = waves.lacking(disbursement)
    if lacking.minor_units:
        raise posting.Overdrawn(
            f"{disbursement.source_code} {disbursement.source_subject} lacks {lacking} for what"
            f" {disbursement.number} is to pay"
        )


def _next_wave(disbursement: Disbursement) -> Wave:
    """
    Give the first wave that was not released.

    :raises NotPossibleNow: if there is none, or the disbursement was withdrawn
    """
    wave = disbursement.waves.filter(released_at=None).order_by("number").first()
    if wave is None or disbursement.state != DisbursementState.RELEASED:
        lifecycle.move(
            DISBURSEMENT_MOVES,
            disbursement.state,
            DisbursementState.RELEASED,
            what=f"disbursement {disbursement.number}",
        )
    if wave is None:
        raise lifecycle.NotPossibleNow(f"disbursement {disbursement.number} has no wave left")
    return wave


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


def _demand_payable(disbursement: Disbursement, rows: list[Payment]) -> None:
    """Refuse what could not leave the account; the database refuses it as well."""
    for row in rows:
        fault = unpayable(row, disbursement.account, disbursement.prepared_at)
        if fault:
            raise NotPayable(f"{row.reference}: {fault}")
