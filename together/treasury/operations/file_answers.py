"""What comes back for a payment file: accepted, or rejected whole or payment by payment."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction

from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.approvals import NotApproved
from together.controls.operations.records import record
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.rules.money import in_cents
from together.treasury.formats import pain002
from together.treasury.formats.pain002 import StatusReport
from together.treasury.models import FiledPayment, Instruction, PaymentFile
from together.treasury.operations.files import locked, moved
from together.treasury.rules.states import FiledState, FileState, InstructionState

KIND = "payment.rejection"
OPEN = (InstructionState.SENDING, InstructionState.UNKNOWN)


class NotInTheFile(Refused):
    """Raised when an answer names what the file does not hold, or another file."""


@transaction.atomic(durable=True)
def accept(*, file: PaymentFile, by: Person, at: datetime) -> PaymentFile:
    """
    Write down that the bank took a file; its payments settle when they stand on a statement.

    :raises NotPossibleNow: if it is not handed over
    """
    people.demand(by, "treasury.write")
    return _accept(locked(file), by, at)


@transaction.atomic(durable=True)
def reject(
    *,
    file: PaymentFile,
    references: Collection[str] = (),
    reason: str,
    by: Person,
    at: datetime,
) -> Approval:
    """
    Write down that payments of a file will not be carried out; none named: all of it.

    Nothing is paid again by that: somebody else has to confirm the rejection first.

    :raises NotPossibleNow: if the file was not handed over, or a payment is settled or rejected
    :raises NotInTheFile: if the file does not hold one of the references
    """
    people.demand(by, "treasury.write")
    file = locked(file)
    wanted = set(references)
    reasons = {
        one.instruction.reference: reason
        for one in _listed(file)
        if not wanted or one.instruction.reference in wanted
    }
    missing = wanted - set(reasons)
    if missing:
        raise NotInTheFile(f"file {file.number} does not hold {', '.join(sorted(missing)[:5])}")
    return _reject(file, reasons, by, at)


@transaction.atomic(durable=True)
def take_report(*, file: PaymentFile, data: bytes, by: Person, at: datetime) -> Approval | None:
    """
    Read what the bank says of a file (pain.002); give the request that rejections wait for.

    The same report taken again changes nothing.

    :raises NotInTheFile: if it is about another file, or names a payment the file does not hold
    :raises NotPossibleNow: if the file was not handed over, or what is rejected is settled
    """
    people.demand(by, "treasury.write")
    file = locked(file)
    try:
        report = pain002.read(data)
    except pain002.NotAStatusReport as error:
        raise NotInTheFile(f"the report is refused: {error}") from error
    if report.original_message_id != file.message_id:
        raise NotInTheFile(f"the report is about {report.original_message_id}, not this file")
    reasons = _rejected(file, report)
    if reasons:
        return _reject(file, reasons, by, at)
    is_taken = report.code in pain002.TAKEN or any(
        one.code in pain002.TAKEN for one in report.payments
    )
    if is_taken and file.state == FileState.HANDED_OVER:
        _accept(file, by, at)
    return None


@transaction.atomic(durable=True)
def confirm_rejection(*, approval: Approval, by: Person, at: datetime) -> int:
    """
    Let rejected payments be paid by another file, and give how many.

    Their money never left the allotment: it was spent from there only by a settlement.

    :raises NotApproved: if a second person did not confirm exactly this rejection
    """
    people.demand(by, "treasury.write")
    file = locked(PaymentFile.objects.get(number=approval.subject))
    references = approval.effect["references"]
    approvals.demand(
        kind=KIND, subject=file.number, effect=effect(file, references, approval.effect["reasons"])
    )
    found = file.payments.filter(
        instruction__reference__in=references, state=FiledState.REJECTED
    ).select_related("instruction")
    rows = list(found.select_for_update(of=("self",)))
    try:
        with transaction.atomic():
            found.model.objects.filter(pk__in=[one.pk for one in rows]).update(
                state=FiledState.RELEASED
            )
            Instruction.objects.filter(pk__in=[one.instruction_id for one in rows]).update(
                state=InstructionState.READY, tries=0
            )
    except DatabaseError as error:
        raise NotApproved(str(error).splitlines()[0]) from error
    if rows:
        record(
            what="file.rejection_confirmed",
            subject=file.number,
            by=by,
            at=at,
            details={"payments": len(rows)},
        )
    return len(rows)


def effect(file: PaymentFile, references: Sequence[str], reasons: Sequence[str]) -> dict[str, Any]:
    """Give what the confirmation of a rejection binds: which payments, of which bytes, and why."""
    found = file.payments.filter(instruction__reference__in=references)
    total = sum(found.values_list("instruction__amount", flat=True))
    return {
        "file": file.number,
        "digest": file.digest,
        "count": len(references),
        "total": total,
        "asset": file.batch.disbursement.account.asset,
        "references": list(references),
        "reasons": list(reasons),
    }


def _listed(file: PaymentFile) -> list[FiledPayment]:
    return list(file.payments.select_related("instruction").order_by("position"))


def _accept(file: PaymentFile, by: Person, at: datetime) -> PaymentFile:
    file.state, file.answered_at = moved(file, FileState.ACCEPTED), at
    file.save(update_fields=["state", "answered_at"])
    record(what="file.accepted", subject=file.number, by=by, at=at)
    return file


def _rejected(file: PaymentFile, report: StatusReport) -> dict[str, str]:
    """Give the payments that a report newly rejects, with its reasons."""
    held = {one.instruction.reference: one for one in _listed(file)}
    strange = [one.reference for one in report.payments if one.reference not in held]
    if strange:
        raise NotInTheFile(f"the report names {', '.join(strange[:5])}: not in this file")
    found = {one.reference: one.reason for one in report.payments if one.is_rejected}
    if report.code == pain002.REJECTED:
        found = dict.fromkeys(held, report.reason) | found
    return {
        reference: reason or "rejected by the bank"
        for reference, reason in found.items()
        if held[reference].state == FiledState.LISTED
    }


def _reject(file: PaymentFile, reasons: dict[str, str], by: Person, at: datetime) -> Approval:
    if file.handed_over_at is None:
        raise NotPossibleNow(f"file {file.number} is {file.state}: it is not handed over")
    listed = [one for one in _listed(file) if one.instruction.reference in reasons]
    for one in listed:
        if one.state != FiledState.LISTED or one.instruction.state not in OPEN:
            raise NotPossibleNow(
                f"{one.instruction.reference} is {one.instruction.state}, and {one.state} in"
                f" file {file.number}: it cannot be rejected"
            )
        if one.transfers.filter(block_number__isnull=False).exists():
            raise NotPossibleNow(f"{one.instruction.reference} stands in its chain: it was sent")
        one.state = FiledState.REJECTED
        one.reason = reasons[one.instruction.reference][:200]
    FiledPayment.objects.bulk_update(listed, ["state", "reason"])
    Instruction.objects.filter(pk__in=[one.instruction_id for one in listed]).update(
        state=InstructionState.REFUSED
    )
    is_whole = not file.payments.filter(state=FiledState.LISTED).exists()
    then = FileState.REJECTED if is_whole else FileState.ACCEPTED
    if file.state != then:
        file.state, file.answered_at = moved(file, then), at
        file.save(update_fields=["state", "answered_at"])
    said = effect(
        file,
        [one.instruction.reference for one in listed],
        sorted({one.reason for one in listed}),
    )
    return approvals.request(
        kind=KIND,
        subject=file.number,
        effect=said,
        amount_cents=in_cents(said["total"], file.batch.disbursement.account.asset),
        by=by,
        at=at,
    )
