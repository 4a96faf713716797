"""The audit trail: writing down who did what."""

from datetime import datetime
from typing import Any

from django.db import connection

from together.controls.models import AuditRecord, Person


def record(
    *,
    what: str,
    subject: str,
    by: Person | None,
    at: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    """
    Write one act down, inside the transaction that did it.

    ``by`` is nobody (None) for acts of the system itself.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{what} {subject}: an act is recorded with what it did, or not at all")
    AuditRecord.objects.create(what=what, subject=subject, by=by, at=at, details=details or {})
