"""Files with statements: received and kept, begun, ended as stored, known or refused, taken out."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.controls.rules.file_names import safe_name
from together.treasury.formats import csv_mapping, reading
from together.treasury.formats.parsed import LARGEST, Fault
from together.treasury.formats.reading import Given
from together.treasury.models import CashAccount, ColumnMapping, FileContent, StatementFile
from together.treasury.rules.states import STATEMENT_FILE_MOVES, StatementFileState

OPEN = (StatementFileState.RECEIVED, StatementFileState.STORED, StatementFileState.MATCHING)
# What breaks off so often while it is read would break off for ever.
MOST_TRIES = 3
# A file that was begun so long ago is not being worked on, or again does no harm.
QUIET = timedelta(minutes=2)


class TooLarge(Refused):
    """Raised when a file is larger than any that is read; it is not kept."""


class NotItsMapping(Refused):
    """Raised when a file shall be read by the mapping of another account."""


@transaction.atomic(durable=True)
def receive(
    *,
    account: CashAccount,
    data: bytes,
    by: Person | None,
    at: datetime,
    mapping: ColumnMapping | None = None,
    given: Given | None = None,
    name: str = "",
) -> StatementFile:
    """
    Keep a file as it came, to be read; ``by`` is nobody where the system fetched it.

    :raises TooLarge: if it is larger than any that is read
    :raises NotItsMapping: if the mapping is another account's
    """
    if by is not None:
        people.demand(by, "treasury.write")
    if len(data) > LARGEST:
        raise TooLarge(f"the file has {len(data):,} bytes; at most {LARGEST:,} are read")
    if mapping and mapping.account_id != account.code:
        raise NotItsMapping(f"mapping {mapping} is of account {mapping.account_id}")
    sha256 = hashlib.sha256(data).hexdigest()
    FileContent.objects.bulk_create([FileContent(sha256=sha256, data=data)], ignore_conflicts=True)
    file = StatementFile.objects.create(
        account=account,
        content_id=sha256,
        name=safe_name(name, most=200),
        kind=reading.kind_of(data, has_mapping=mapping is not None),
        size=len(data),
        mapping=mapping,
        given_opening=given.opening[:40] if given else "",
        given_closing=given.closing[:40] if given else "",
        state=StatementFileState.RECEIVED,
        received_by=by,
        received_at=at,
    )
    record(
        what="statement_file.received",
        subject=f"file:{file.pk}",
        by=by,
        at=at,
        details={"account": account.code, "sha256": sha256, "size": len(data), "kind": file.kind},
    )
    return file


@transaction.atomic(durable=True)
def begin(*, file: StatementFile, at: datetime) -> StatementFile:
    """
    Count another try, and give the file as it is now.

    What broke off three times while it was read is refused. A file whose bytes were stored before
    is known without being read.
    """
    file = StatementFile.objects.select_for_update().get(pk=file.pk)
    if file.state not in OPEN:
        return file
    if file.state == StatementFileState.RECEIVED and file.tries >= MOST_TRIES:
        rule = f"reading it broke off {MOST_TRIES} times; the log says where"
        return _refuse(file, [Fault(0, "", "", rule)], at)
    file.tries += 1
    file.begun_at = at
    file.save(update_fields=["tries", "begun_at"])
    before = _stored_before(file) if file.state == StatementFileState.RECEIVED else None
    if before:
        return known(file, before.statements_told, before.lines, at)
    return file


def _stored_before(file: StatementFile) -> StatementFile | None:
    same = StatementFile.objects.filter(account_id=file.account_id, content_id=file.content_id)
    done = same.filter(
        state__in=[
            StatementFileState.STORED,
            StatementFileState.MATCHING,
            StatementFileState.BOOKED,
        ]
    )
    return done.order_by("id").first()


def of_try(file: StatementFile) -> StatementFile | None:
    """Lock a file that is to be stored in this transaction; None if another worker ended it."""
    locked = StatementFile.objects.select_for_update().get(pk=file.pk)
    return locked if locked.state == StatementFileState.RECEIVED else None


def stored(file: StatementFile, numbers: Sequence[int], lines: int, at: datetime) -> None:
    """Note in the transaction that stored them which statements a file tells."""
    file.statements_told, file.lines, file.stored_at = list(numbers), lines, at
    _move(file, StatementFileState.STORED, "statements_told", "lines", "stored_at")


def known(file: StatementFile, numbers: Sequence[int], lines: int, at: datetime) -> StatementFile:
    """Note that all which a file tells was here before."""
    file.statements_told, file.lines, file.ended_at = list(numbers), lines, at
    _move(file, StatementFileState.KNOWN, "statements_told", "lines", "ended_at")
    return file


@transaction.atomic(durable=True)
def refuse(*, file: StatementFile, faults: Sequence[Fault], at: datetime) -> None:
    """Note why nothing of a file was stored."""
    locked = of_try(file)
    if locked:
        _refuse(locked, faults, at)


def _refuse(file: StatementFile, faults: Sequence[Fault], at: datetime) -> StatementFile:
    file.faults, file.ended_at = [asdict(fault) for fault in faults], at
    _move(file, StatementFileState.REFUSED, "faults", "ended_at")
    record(
        what="statement_file.refused",
        subject=f"file:{file.pk}",
        by=file.received_by,
        at=at,
        details={"faults": len(faults), "first": str(faults[0])[:300]},
    )
    return file


@transaction.atomic(durable=True)
def matching(*, file: StatementFile, at: datetime) -> None:
    """Note that the lines of a stored file are being matched."""
    file = StatementFile.objects.select_for_update().get(pk=file.pk)
    if file.state == StatementFileState.STORED:
        _move(file, StatementFileState.MATCHING)


@transaction.atomic(durable=True)
def booked(*, file: StatementFile, at: datetime) -> None:
    """Note that what was matched of a file is on the books."""
    file = StatementFile.objects.select_for_update().get(pk=file.pk)
    if file.state == StatementFileState.MATCHING:
        file.ended_at = at
        _move(file, StatementFileState.BOOKED, "ended_at")


def left_behind(*, at: datetime) -> QuerySet[StatementFile]:
    """Give the files that wait and were not begun lately; what always breaks off waits for us."""
    since = at - QUIET
    return StatementFile.objects.filter(
        Q(begun_at=None, received_at__lt=since) | Q(begun_at__lt=since),
        state__in=OPEN,
        tries__lte=MOST_TRIES,
    ).order_by("id")


@transaction.atomic(durable=True)
def again(*, file: StatementFile, by: Person, at: datetime) -> None:
    """
    Let a file that always broke off be worked on again.

    :raises NotPossibleNow: if it came to its end
    """
    people.demand(by, "treasury.write")
    file = StatementFile.objects.select_for_update().get(pk=file.pk)
    if file.state not in OPEN:
        raise lifecycle.NotPossibleNow(f"{file} is {file.state}: it came to its end")
    file.tries, file.begun_at = 0, None
    file.save(update_fields=["tries", "begun_at"])
    record(what="statement_file.again", subject=f"file:{file.pk}", by=by, at=at)


@transaction.atomic(durable=True)
def take_out(*, file: StatementFile, by: Person, at: datetime) -> bytes:
    """Give the bytes of a file, and write down who took them."""
    people.demand(by, "treasury.read")
    record(
        what="statement_file.downloaded",
        subject=f"file:{file.pk}",
        by=by,
        at=at,
        details={"sha256": file.content_id},
    )
    return bytes(file.content.data)


def mapping_of(file: StatementFile) -> csv_mapping.Mapping | None:
    """Give the mapping that a file is read by."""
    return csv_mapping.of_json(file.mapping.document) if file.mapping else None


def given_of(file: StatementFile) -> Given | None:
    """Give the balances that a person told beside a file."""
    if not file.given_opening and not file.given_closing:
        return None
    return Given(file.given_opening, file.given_closing)


def _move(file: StatementFile, then: StatementFileState, *also: str) -> None:
    file.state = lifecycle.move(STATEMENT_FILE_MOVES, file.state, then, what=str(file))
    file.save(update_fields=["state", *also])
