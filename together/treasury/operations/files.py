"""Payment files: prepared from a batch, approved by their digest, handed over, or withdrawn."""

from datetime import date, datetime
from typing import Any

from django.db import DatabaseError, transaction

from together import Refused
from together.controls.models import Approval, Decision, Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.rules.money import in_cents
from together.treasury.models import (
    Batch,
    FileDownload,
    FiledPayment,
    Instruction,
    PaymentFile,
)
from together.treasury.operations import payouts
from together.treasury.operations.file_contents import BY_KIND, bytes_of, digest_of
from together.treasury.rules.states import FILE_MOVES, FiledState, FileState, InstructionState

KIND = "payment.file"


class NothingToFile(Refused):
    """Raised when no payment of a batch waits for a file."""


class NotForFiles(Refused):
    """Raised when a batch is paid online, or a format is not one of its account's."""


class FileChanged(Refused):
    """Raised when a file is not what it was when it was prepared."""


class MayNotTake(Refused):
    """Raised when a file is taken by who prepared or approved it."""


@transaction.atomic(durable=True)
def prepare(
    *, batch: Batch, format_: str = "", execute_on: date, by: Person, at: datetime
) -> PaymentFile:
    """
    Write the payments of a released batch that wait into a file, and ask for its approval.

    A payment whose destination was revoked meanwhile is left out and goes on waiting. Without a
    format the first of the account's kind is taken.

    :raises NotForFiles: if the batch's account is paid online, or by other formats
    :raises NotPossibleNow: if the batch is not released
    :raises NothingToFile: if no payment waits
    :raises CannotBeWritten: if a payment cannot stand in a file as it is
    """
    people.demand(by, "treasury.write")
    batch = (
        Batch.objects.select_for_update(of=("self",))
        .select_related("disbursement__account", "disbursement__pool")
        .get(pk=batch.pk)
    )
    if batch.released_at is None:
        raise NotPossibleNow(f"batch {batch.number} is not released")
    format_ = _format(batch, format_)
    rows = waiting(batch)
    if not rows:
        raise NothingToFile(f"batch {batch.number}: no payment waits for a file")
    file = PaymentFile(
        number=next_number(PaymentFile, "F", digits=5),
        batch=batch,
        format=format_,
        message_id=f"{batch.number}-{batch.files.count() + 1}",
        execute_on=execute_on,
        count=len(rows),
        total=sum(row.amount for row in rows),
        prepared_by=by,
        prepared_at=at.replace(microsecond=0),
    )
    file.data = bytes_of(file, rows)
    file.digest = digest_of(file.data)
    file.save(force_insert=True)
    FiledPayment.objects.bulk_create(
        FiledPayment(file=file, instruction=row, position=n) for n, row in enumerate(rows)
    )
    _ask(file, by, at)
    return file


def _ask(file: PaymentFile, by: Person, at: datetime) -> None:
    """Ask for the approval of a file's bytes."""
    asset = file.batch.disbursement.account.asset
    approvals.request(
        kind=KIND,
        subject=file.number,
        effect=effect(file),
        amount_cents=in_cents(file.total, asset),
        by=by,
        at=at,
    )


def waiting(batch: Batch) -> list[Instruction]:
    """Give the payments of a batch that wait for a file, by their references."""
    listed = FiledPayment.objects.exclude(state=FiledState.RELEASED)
    found = (
        Instruction.objects.filter(batch=batch, state=InstructionState.READY)
        .exclude(pk__in=listed.filter(instruction__batch=batch).values("instruction"))
        .exclude(destination__state="revoked")
        .select_related("destination")
        .order_by("reference")
    )
    return list(found)


def effect(file: PaymentFile) -> dict[str, Any]:
    """Give what an approval of a file binds: its bytes by their digest, and what they are."""
    return {
        "file": file.number,
        "batch": file.batch.number,
        "account": file.batch.disbursement.account_id,
        "format": file.format,
        "message_id": file.message_id,
        "execute_on": file.execute_on.isoformat(),
        "count": file.count,
        "total": file.total,
        "asset": file.batch.disbursement.account.asset,
        "digest": file.digest,
    }


@transaction.atomic(durable=True)
def hand_over(*, file: PaymentFile, by: Person, at: datetime) -> bytes:
    """
    Give an approved file to somebody who takes it to the bank or the signer.

    From now on its payments may be carried out: they wait for the rail's answer.

    :raises NotApproved: if exactly these bytes were not approved
    :raises FileChanged: if the bytes are not those of the digest, or not what the rows say now
    :raises MayNotTake: if the person prepared or approved the file
    :raises Halted: if payments are halted
    :raises NotPossibleNow: if it was handed over or withdrawn, or a destination is revoked
    """
    people.demand(by, "treasury.hand_over")
    payouts.demand_open()
    file = locked(file)
    state = moved(file, FileState.HANDED_OVER)
    approvals.demand(kind=KIND, subject=file.number, effect=effect(file))
    _demand_other(file, by)
    rows = rows_of(file)
    data = bytes(file.data)
    if digest_of(data) != file.digest or bytes_of(file, rows) != data:
        raise FileChanged(f"file {file.number} is not what was prepared and approved")
    revoked = [row.reference for row in rows if row.destination and row.destination.revoked_at]
    if revoked:
        raise NotPossibleNow(
            f"file {file.number}: the destination of {', '.join(revoked[:5])} is revoked:"
            " withdraw the file and prepare another"
        )
    file.state, file.handed_over_by, file.handed_over_at = state, by, at
    try:
        with transaction.atomic():
            file.save(update_fields=["state", "handed_over_by", "handed_over_at"])
    except DatabaseError as error:
        raise MayNotTake(str(error).splitlines()[0]) from error
    Instruction.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=InstructionState.SENDING, tries=1
    )
    _write_down(file, by, at, "file.handed_over")
    return data


@transaction.atomic(durable=True)
def download(*, file: PaymentFile, by: Person, at: datetime) -> bytes:
    """
    Give the bytes of a file that was handed over once more; every time is written down.

    :raises NotPossibleNow: if it was not handed over
    :raises MayNotTake: if the person prepared or approved the file
    :raises FileChanged: if the bytes are not those of the digest
    """
    people.demand(by, "treasury.hand_over")
    file = locked(file)
    if file.handed_over_at is None:
        raise NotPossibleNow(f"file {file.number} is {file.state}: it is not handed over")
    _demand_other(file, by)
    data = bytes(file.data)
    if digest_of(data) != file.digest:
        raise FileChanged(f"file {file.number} is not what was prepared and approved")
    _write_down(file, by, at, "file.downloaded")
    return data


@transaction.atomic(durable=True)
def withdraw(*, file: PaymentFile, reason: str, by: Person, at: datetime) -> PaymentFile:
    """
    Give a file up that was not handed over; its payments wait for another one.

    :raises NotPossibleNow: if it was handed over: then only the bank can reject it
    """
    people.demand(by, "treasury.write")
    file = locked(file)
    file.state, file.reason = moved(file, FileState.WITHDRAWN), reason
    file.save(update_fields=["state", "reason"])
    file.payments.update(state=FiledState.RELEASED)
    record(what="file.withdrawn", subject=file.number, by=by, at=at, details={"reason": reason})
    return file


def locked(file: PaymentFile) -> PaymentFile:
    """Lock a file and give it with its account; part of an operation."""
    files = PaymentFile.objects.select_for_update(of=("self",))
    return files.select_related("batch__disbursement__account", "batch__disbursement__pool").get(
        pk=file.pk
    )


def moved(file: PaymentFile, state: FileState) -> FileState:
    """Give the next state of a file, if it may have it."""
    return lifecycle.move(FILE_MOVES, FileState(file.state), state, what=f"file {file.number}")


def rows_of(file: PaymentFile) -> list[Instruction]:
    """Give the instructions in a file, in their places."""
    listed = file.payments.select_related("instruction__destination").order_by("position")
    return [one.instruction for one in listed]


def _format(batch: Batch, format_: str) -> str:
    kind = batch.disbursement.account.kind
    known = BY_KIND.get(kind, ())
    if not known:
        raise NotForFiles(f"batch {batch.number} is paid online, one payment at a time")
    if format_ and format_ not in known:
        raise NotForFiles(f"{format_} is not one of {', '.join(known)}")
    return format_ or known[0]


def _demand_other(file: PaymentFile, by: Person) -> None:
    """Let nobody carry what they prepared or approved themselves."""
    asked = Approval.objects.filter(kind=KIND, subject=file.number)
    deciders = Decision.objects.filter(approval__in=asked).values_list("person", flat=True)
    if by.pk == file.prepared_by_id or by.pk in set(deciders):
        raise MayNotTake(f"{by} prepared or approved file {file.number}: somebody else takes it")


def _write_down(file: PaymentFile, by: Person, at: datetime, what: str) -> None:
    FileDownload.objects.create(file=file, by=by, at=at)
    record(what=what, subject=file.number, by=by, at=at, details={"digest": file.digest})
