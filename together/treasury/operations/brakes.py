"""
Brakes: a disbursement is stopped at the first cent that nothing explains.

See Note [who looks, and at what]: after each turn of a worker at a batch its allotment in the
books is compared with its payments not taken; every half minute, and before each wave, allotments,
clearing, statements and lines that nothing explains are compared for the whole disbursement. What
is found stops this disbursement alone; the kill switch stops all.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record
from together.controls.rules.lifecycle import NotPossibleNow
from together.treasury.models import Batch, Brake, Disbursement, Instruction, Wave
from together.treasury.operations.matching import match
from together.treasury.queries import waves
from together.treasury.rules.states import BrakeKind, DisbursementState, InstructionState

# Of a wave's answered payments one in so many may be refused or come back, and so many at least.
ONE_IN, AT_LEAST = 20, 5


class StillUnexplained(Refused):
    """Raised when a disbursement would go on although what stopped it is not explained."""


class MayNotResume(Refused):
    """Raised when who would let a disbursement go on stopped it, or released a wave of it."""


def look(*, disbursement: Disbursement, at: datetime) -> Brake | None:
    """
    Compare all of a released disbursement, and stop it if a cent is not explained.

    Lines that waited for an answer which came since are matched first. Gives the brake that this
    look pulled.
    """
    if waves.has_overtaken_lines(disbursement.account_id):
        match(account=disbursement.account, at=at)
    found = waves.unexplained(disbursement)
    if found:
        return _pull(disbursement, BrakeKind.UNEXPLAINED, found, at=at)
    failing = _too_many_fail(disbursement)
    return _pull(disbursement, BrakeKind.REFUSALS, failing, at=at) if failing else None


def look_at_batch(*, batch: str, at: datetime) -> Brake | None:
    """Compare one batch after workers had it, and stop its disbursement if a cent is missing."""
    found = Batch.objects.select_related("disbursement__account").get(number=batch)
    missing = waves.unexplained_of_batch(found)
    if not missing:
        return None
    return _pull(found.disbursement, BrakeKind.UNEXPLAINED, missing, at=at)


@transaction.atomic(durable=True)
def halt(*, disbursement: Disbursement, reason: str, by: Person, at: datetime) -> Brake:
    """
    Stop a released disbursement before its next call to a rail; nothing is lost by it.

    :raises NotPossibleNow: if it is not released, or stopped already
    """
    people.demand(by, "treasury.halt")
    locked = _locked(disbursement)
    if locked.state != DisbursementState.RELEASED:
        raise NotPossibleNow(f"{locked.number} is {locked.state}: nothing of it is being paid")
    if locked.brakes.filter(resumed_at=None).exists():
        raise NotPossibleNow(f"{locked.number} is stopped already")
    return _write(locked, BrakeKind.PERSON, reason, (), by=by, at=at)


@transaction.atomic(durable=True)
def resume(*, disbursement: Disbursement, reason: str, by: Person, at: datetime) -> None:
    """
    Let a stopped disbursement go on; workers find by themselves what is due.

    :raises NotPossibleNow: if it is not stopped
    :raises MayNotResume: if the person stopped it or released a wave of it
    :raises StillUnexplained: if what stopped it is not explained, whatever the reason given
    """
    people.demand(by, "treasury.approve")
    locked = _locked(disbursement)
    brake = locked.brakes.select_for_update().filter(resumed_at=None).first()
    if brake is None:
        raise NotPossibleNow(f"{locked.number} is not stopped")
    is_part = Wave.objects.filter(disbursement=locked, released_by=by).exists()
    if is_part or brake.pulled_by_id == by.pk:
        raise MayNotResume(
            f"{by} stopped {locked.number} or released a wave: somebody else resumes"
        )
    missing = waves.unexplained(locked)
    if missing:
        raise StillUnexplained(f"{locked.number}: {missing[0]}")
    brake.resumed_by, brake.resumed_at, brake.resumed_reason = by, at, reason
    brake.save(update_fields=["resumed_by", "resumed_at", "resumed_reason"])
    record(
        what="disbursement.resumed",
        subject=locked.number,
        by=by,
        at=at,
        details={"reason": reason, "was": brake.reason},
    )


def to_watch() -> Sequence[Disbursement]:
    """Give the released disbursements that are not stopped and may still pay, or be explained."""
    found = Disbursement.objects.filter(state=DisbursementState.RELEASED)
    found = found.exclude(brakes__in=Brake.objects.filter(resumed_at=None))
    with connection.cursor() as cursor:
        # Nothing can go wrong any more where every cent of it stands on statements.
        cursor.execute(
            "SELECT d.id FROM treasury_disbursement d WHERE d.state = 'released' AND EXISTS ("
            "SELECT FROM treasury_batch b WHERE b.disbursement_id = d.id AND ("
            " b.released_at IS NULL OR EXISTS (SELECT FROM ledger_account a"
            "  WHERE a.subject = b.number AND a.code IN ('allotment', 'clearing.out')"
            "    AND a.balance <> 0)))"
        )
        moving = [pk for (pk,) in cursor.fetchall()]
    return list(found.filter(pk__in=moving).select_related("account", "pool").order_by("pk"))


@transaction.atomic(durable=True)
def _pull(
    disbursement: Disbursement, kind: BrakeKind, found: Sequence[str], *, at: datetime
) -> Brake | None:
    """Stop a disbursement by itself, once: who comes second finds it stopped."""
    locked = _locked(disbursement)
    if locked.brakes.filter(resumed_at=None).exists():
        return None
    return _write(locked, kind, found[0][:400], found, by=None, at=at)


def _write(
    disbursement: Disbursement,
    kind: BrakeKind,
    reason: str,
    findings: Sequence[str],
    *,
    by: Person | None,
    at: datetime,
) -> Brake:
    brake = Brake.objects.create(
        disbursement=disbursement,
        kind=kind,
        reason=reason,
        findings=list(findings),
        pulled_by=by,
        pulled_at=at,
    )
    record(
        what="disbursement.stopped",
        subject=disbursement.number,
        by=by,
        at=at,
        details={"kind": kind.value, "reason": reason, "findings": list(findings)},
    )
    return brake


def _locked(disbursement: Disbursement) -> Disbursement:
    """Lock a disbursement and give it with its account and pool."""
    found = Disbursement.objects.select_for_update(of=("self",))
    return found.select_related("account", "pool").get(pk=disbursement.pk)


def _too_many_fail(disbursement: Disbursement) -> list[str]:
    """Say of which released waves too much was refused or came back since they were looked at."""
    failed = Instruction.objects.filter(
        batch__disbursement=disbursement,
        state__in=(InstructionState.REFUSED, InstructionState.RETURNED),
    )
    if not failed[AT_LEAST - 1 :].exists():
        return []
    looked = disbursement.brakes.filter(kind=BrakeKind.REFUSALS).order_by("-pulled_at").first()
    return [
        f"wave {one.number}: of {one.answered:,} payments {one.refused:,} were refused and"
        f" {one.returned:,} came back: is the file right?"
        for one in waves.standing(disbursement)
        if one.released_at
        and (one.refused + one.returned) >= AT_LEAST
        and (one.refused + one.returned) * ONE_IN > one.answered
        and (looked is None or looked.pulled_at < one.released_at)
    ]
