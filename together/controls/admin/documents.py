"""The console's pages over documents, and what other pages show of those of their record."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from together.controls.admin.acts import Act, Attached, Call, WithReason
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.fields import DateInput, FileInput
from together.controls.admin.showing import (
    Table,
    badge,
    column,
    day,
    digest,
    link,
    moment,
    moment_column,
    number,
    number_column,
)
from together.controls.models import Document
from together.controls.operations import documents
from together.controls.queries import documents as filed
from together.controls.queries import held
from together.controls.rules.documents import MOST_BYTES

AREAS = ("loans", "claims")
SHOWN = 30


class FileDocument(forms.Form):
    file = forms.FileField(
        widget=FileInput,
        help_text=f"PDF, PNG, JPEG, XLSX, CSV, text or JSON, up to {MOST_BYTES // 2**20} MB.",
    )
    title = forms.CharField(max_length=120)
    issued_on = forms.DateField(required=False, widget=DateInput(), label="Issued on")
    expires_on = forms.DateField(
        required=False,
        widget=DateInput(),
        label="Expires on",
        help_text="From this day on it is no evidence any more.",
    )


def file_act(area: str, kinds: Sequence[tuple[str, str]], subject: Callable[[Any], str]) -> Act:
    """Make the act that files a document of one of these kinds about a record."""
    kind = forms.ChoiceField(choices=kinds)
    form = type("FileDocumentOf", (FileDocument,), {"kind": kind, "field_order": ["file", "kind"]})

    def do(call: Call) -> str:
        values = call.values
        new = documents.file(
            area=area,
            subject=subject(call.record),
            kind=values["kind"],
            title=values["title"],
            name=values["file"].name,
            data=values["file"].read(),
            by=call.by,
            at=call.at,
            issued_on=values["issued_on"],
            expires_on=values["expires_on"],
        )
        return f"{new.title} is filed as {new.number}."

    return Act("file", "File a document", f"{area}.write", do, form=form)


def documents_table(subject: str) -> Table:
    """Give the documents of a record."""
    rows = [
        [
            link(one),
            one.kind,
            badge(state(one)),
            day(one.issued_on),
            day(one.expires_on),
            one.filed_by,
            moment(one.filed_at),
        ]
        for one in filed.of(subject)[:SHOWN]
    ]
    heads = ["Document", "Kind", "State", "Issued", "Expires", "Filed by", "Filed"]
    return Table("Documents", heads, rows, empty="Nothing is filed.")


def looks_table(subject: str) -> Table:
    """Give who looked at a confidential record lately."""
    rows = [[moment(one.at), one.by, one.what] for one in filed.looks(subject)]
    return Table("Who looked", ["When (UTC)", "Who", "At what"], rows, empty="Nobody yet.")


def state(document: Document) -> str:
    """Say whether a document is in force."""
    return "withdrawn" if document.withdrawn_at else "filed"


def _take_out(call: Call) -> Attached:
    data = documents.take_out(document=call.record, by=call.by, at=call.at)
    return Attached(call.record.name, data, call.record.media_type)


def _withdraw(call: Call) -> str:
    reason = call.values["reason"]
    documents.withdraw(document=call.record, reason=reason, by=call.by, at=call.at)
    return f"{call.record.number} is withdrawn."


class DocumentAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    also_reads = "claims.read"
    list_display = (
        "number",
        "title",
        column("state", lambda d: badge(state(d)), state),
        "subject",
        "kind",
        number_column("size", "bytes"),
        "expires_on",
        moment_column("filed_at", "filed"),
    )
    list_filter = ("kind",)
    found_by = ("number", "subject", "content_id")
    found_in = ("title",)
    ordering = ("-id",)
    waits_for = {
        "filed": "nothing: it is evidence until it expires or is withdrawn",
        "withdrawn": "nothing: it is kept, and is no evidence any more",
    }
    acts = (
        Act("take-out", "Download", "loans.read|claims.read", _take_out),
        Act(
            "withdraw",
            "Withdraw",
            "loans.write|claims.write",
            _withdraw,
            is_open=lambda record: record.withdrawn_at is None,
            form=WithReason,
            tone="danger",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Show only what the roles of a person let them read."""
        areas = [area for area in AREAS if held.may(request.user, f"{area}.read")]
        found: QuerySet = super().get_queryset(request).filter(area__in=areas)
        return found.select_related("filed_by", "withdrawn_by")

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.subject,)

    def state_of(self, record: Any) -> str:
        return state(record)

    def note(self, record: Any) -> str:
        return f"Withdrawn: {record.withdrawn_for}" if record.withdrawn_at else ""

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("About", record.subject),
            ("Kind", record.kind),
            ("Issued", day(record.issued_on)),
            ("Expires", day(record.expires_on)),
            ("File", record.name),
            ("Media type", record.media_type),
            ("Bytes", number(record.size)),
            ("SHA-256", digest(record.content_id)),
            ("Filed by", record.filed_by),
            ("Filed", moment(record.filed_at)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        return (looks_table(record.subject),)
