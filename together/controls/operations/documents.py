"""Documents: filed about a record, taken out by who may, withdrawn with a reason."""

import hashlib
from datetime import date, datetime

from django.db import connection, transaction

from together import Refused
from together.controls.models import Document, DocumentContent, Person
from together.controls.operations import access, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import documents as rules
from together.controls.rules import lifecycle
from together.controls.rules.file_names import safe_name


class NotADocument(Refused):
    """Raised when what shall be filed cannot be; says which field, its value and the rule."""


def keep(
    *,
    area: str,
    subject: str,
    kind: str,
    title: str,
    name: str,
    data: bytes,
    by: Person,
    at: datetime,
    issued_on: date | None = None,
    expires_on: date | None = None,
) -> Document:
    """
    File a document about a record, as part of an operation; :func:`file` is an operation itself.

    ``subject`` is the record's number; ``area`` says who may read it: ``loans`` or ``claims``.

    :raises NotADocument: if the content is of no kind that is filed, the days are not in order or
        the title is missing
    """
    people.demand(by, f"{area}.write")
    return take_in(
        area=area,
        subject=subject,
        kind=kind,
        title=title,
        name=name,
        data=data,
        by=by,
        at=at,
        issued_on=issued_on,
        expires_on=expires_on,
    )


def take_in(
    *,
    area: str,
    subject: str,
    kind: str,
    title: str,
    name: str,
    data: bytes,
    by: Person,
    at: datetime,
    issued_on: date | None = None,
    expires_on: date | None = None,
) -> Document:
    """
    File a document as :func:`keep` does, for an operation that has asked by itself who may.

    So an institution's own people bring a document in: no role lets them file anything else.

    :raises NotADocument: as :func:`keep`
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{name} of {subject}: it is filed with what made it, or not at all")
    title = title.strip()
    _demand_sound(title, issued_on, expires_on, at.date())
    try:
        media_type = rules.media_type(name, data)
    except ValueError as fault:
        raise NotADocument(str(fault)) from fault
    sha256 = keep_content(data)
    filed = Document.objects.create(
        number=next_number(Document, "D"),
        subject=subject,
        area=area,
        kind=kind,
        title=title,
        content_id=sha256,
        name=safe_name(name),
        media_type=media_type,
        size=len(data),
        issued_on=issued_on,
        expires_on=expires_on,
        filed_by=by,
        filed_at=at,
    )
    said = {"document": filed.number, "kind": kind, "sha256": sha256, "size": len(data)}
    record(what="document.filed", subject=subject, by=by, at=at, details=said)
    return filed


file = transaction.atomic(durable=True)(keep)


def keep_content(data: bytes) -> str:
    """Keep bytes under their SHA-256, once, and give it; part of an operation."""
    sha256 = hashlib.sha256(data).hexdigest()
    content = DocumentContent(sha256=sha256, data=data)
    DocumentContent.objects.bulk_create([content], ignore_conflicts=True)
    return sha256


def _demand_sound(title: str, issued_on: date | None, expires_on: date | None, today: date) -> None:
    if not title or len(title) > 120:
        raise NotADocument(f"title: {title[:40]!r} must be stated, in up to 120 letters")
    if issued_on and issued_on > today:
        raise NotADocument(f"issued_on: {issued_on} is in the future")
    if issued_on and expires_on and expires_on <= issued_on:
        raise NotADocument(f"expires_on: {expires_on} is not after {issued_on}, when it was issued")


@transaction.atomic(durable=True)
def take_out(*, document: Document, by: Person, at: datetime) -> bytes:
    """
    Give the bytes of a document, and write down who took them.

    :raises NotAllowed: if none of the person's roles lets them read it
    """
    people.demand(by, f"{document.area}.read")
    access.seen(subject=document.subject, what=f"document {document.number}", by=by, at=at)
    return bytes(document.content.data)


@transaction.atomic(durable=True)
def withdraw(*, document: Document, reason: str, by: Person, at: datetime) -> None:
    """
    Withdraw a document: it stays, and is no evidence any more.

    :raises NotADocument: if no reason is given
    :raises NotPossibleNow: if it is withdrawn already
    """
    people.demand(by, f"{document.area}.write")
    if not reason.strip() or len(reason) > 200:
        raise NotADocument("reason: must be given, in up to 200 letters")
    document = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if document.withdrawn_at:
        raise lifecycle.NotPossibleNow(f"{document.number} is withdrawn already")
    document.withdrawn_by, document.withdrawn_at, document.withdrawn_for = by, at, reason
    document.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_for"])
    said = {"document": document.number, "reason": reason}
    record(what="document.withdrawn", subject=document.subject, by=by, at=at, details=said)
