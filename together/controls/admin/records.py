"""The console's page over the audit trail."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from together.controls.admin import trail
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import column, moment, moment_column


class AuditRecordAdmin(ReadOnlyAdmin):
    reads = "audit.read"
    list_display = (
        moment_column("at", "when (UTC)"),
        column("who", lambda r: r.by or "the system", lambda r: r.by and r.by.username),
        "what",
        "subject",
        column("details", lambda r: trail.details(r.details), lambda r: r.details),
    )
    found_by = ("subject", "by__username", "what")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request).select_related("by")
        return found

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.subject,)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("When", moment(record.at)),
            ("Who", record.by or "the system"),
            ("What", record.what),
            ("Subject", record.subject),
            *((name, str(value)) for name, value in record.details.items()),
        )
