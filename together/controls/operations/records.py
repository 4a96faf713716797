"""The audit trail: writing down who did what."""

import json
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
    _demand_transaction(what, subject)
    AuditRecord.objects.create(what=what, subject=subject, by=by, at=at, details=details or {})


def record_all(*, what: str, at: datetime, details: Mapping[str, dict[str, Any]]) -> None:
    """Write down what the system itself did to many records at once; details stand by subject."""
    _demand_transaction(what, ", ".join(details))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO controls_auditrecord (what, subject, at, details)"
            " SELECT %s, subject, %s, details::jsonb"
            " FROM unnest(%s::text[], %s::text[]) AS given(subject, details)",
            [what, at, list(details), [json.dumps(said) for said in details.values()]],
        )


def recording(rows: str) -> str:
    """
    Write the statement that records acts of the system, as a part of the one that does them.

    ``rows`` is a query of what, subject, at and details (jsonb), one row an act.
    """
    return f"INSERT INTO controls_auditrecord (what, subject, at, details) {rows}"


def _demand_transaction(what: str, subject: str) -> None:
    if not connection.in_atomic_block:
        raise RuntimeError(f"{what} {subject}: an act is recorded with what it did, or not at all")
