"""The audit trail: writing down who did what."""

from collections.abc import Mapping
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
    record_all(what=what, by=by, at=at, details={subject: details or {}})


def record_all(
    *, what: str, by: Person | None, at: datetime, details: Mapping[str, dict[str, Any]]
) -> None:
    """Write down the same act on many records at once; ``details`` stand by subject."""
    if not connection.in_atomic_block:
        subjects = ", ".join(details)
        raise RuntimeError(f"{what} {subjects}: an act is recorded with what it did, or not at all")
    AuditRecord.objects.bulk_create(
        AuditRecord(what=what, subject=subject, by=by, at=at, details=said)
        for subject, said in details.items()
    )
