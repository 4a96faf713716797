"""The console's pages over notices: what was said, its PDF, its mail, and what is done by hand."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from together.controls.admin.acts import Act, Attached, Call, Effect, WithReason, in_state
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.documents import looks_table
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    column,
    day,
    digest,
    link,
    moment,
    moment_column,
    number,
    state_column,
)
from together.controls.queries import held
from together.notices.models import Notice
from together.notices.operations import archive, outbox
from together.notices.rules.messages import MOST_TRIES

AREAS = ("loans", "claims")
READS, WRITES = "loans.read|claims.read", "loans.write|claims.write"
SHOWN = 20


def notices_table(found: QuerySet[Notice]) -> Table:
    """Give the newest of some notices, for the page of whom or what they are about."""
    rows = [
        [
            link(one),
            badge(one.state),
            one.get_kind_display(),
            one.title,
            day(one.on),
            moment(one.sent_at),
        ]
        for one in found[:SHOWN]
    ]
    heads = ["Notice", "State", "Kind", "Subject", "Day", "Mailed"]
    return Table("Notices, newest first", heads, rows, empty="Nothing was said yet.")


def _whole(text: str) -> Any:
    """Write a number so that it stays on one line."""
    return format_html('<span class="t-time">{}</span>', text)


def _take_out(call: Call) -> Attached:
    data = archive.take_out(notice=call.record, by=call.by, at=call.at)
    return Attached(call.record.name, data, "application/pdf")


def _retry(call: Call) -> str:
    outbox.retry(notice=call.record, by=call.by, at=call.at)
    return f"{call.record} is mailed again within a minute."


def _withdraw(call: Call) -> str:
    outbox.withdraw(notice=call.record, reason=call.values["reason"], by=call.by, at=call.at)
    return f"{call.record} is withdrawn."


def _effect(notice: Any) -> Effect:
    return (
        ("Subject", notice.title),
        ("To", ", ".join(notice.addresses) or NOTHING),
        ("Message-ID", digest(notice.message_id)),
    )


class NoticeAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    also_reads = "claims.read"
    nothing = "Nothing was said yet. Invoices and statements are made after the end of a day."
    list_display = (
        column("number", lambda n: _whole(n.number), lambda n: n.number, order="id"),
        state_column(),
        column("subject", lambda n: n.title, lambda n: n.title),
        column("about", lambda n: _whole(n.about), lambda n: n.about, order="about"),
        column("said to", lambda n: _whole(n.owner), lambda n: n.owner, order="owner"),
        column("day", lambda n: day(n.on), lambda n: n.on, order="on"),
        moment_column("sent_at", "mailed"),
    )
    list_filter = ("state", "kind")
    found_by = ("number", "about", "owner", "digest", "content_id")
    ordering = ("-id",)
    waits_for = {
        "ready": "a worker to mail it, within a minute",
        "sending": "the mail server's answer",
        "sent": "nothing: the mail server took it",
        "failed": "a person: mend what its reason says and try again, or withdraw it",
        "kept": "nothing: it is archived and shown in the portal; it was not mailed",
        "withdrawn": "nothing: it is kept, and is not mailed",
    }
    acts = (
        Act("take-out", "Download the PDF", READS, _take_out),
        Act(
            "retry",
            "Try again",
            WRITES,
            _retry,
            _effect,
            in_state("failed"),
            warning="The same mail goes to the same addresses, under the same Message-ID.",
        ),
        Act(
            "withdraw",
            "Withdraw",
            WRITES,
            _withdraw,
            _effect,
            in_state("ready", "failed", "kept"),
            form=WithReason,
            tone="danger",
            warning="It is never mailed. The portal shows it as withdrawn, with the reason.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Show only what the roles of a person let them read."""
        areas = [area for area in AREAS if held.may(request.user, f"{area}.read")]
        found: QuerySet = super().get_queryset(request)
        return found.filter(area__in=areas)

    def note(self, record: Any) -> str:
        return f"Reason: {record.reason}" if record.reason else ""

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Subject", record.title),
            ("Kind", record.get_kind_display()),
            ("About", record.about),
            ("Said to", record.owner),
            ("Mailed to", ", ".join(record.addresses) or NOTHING),
            ("Day", day(record.on)),
            ("Made", moment(record.made_at)),
            ("Mailed", moment(record.sent_at)),
            ("Tries", f"{record.tries} of at most {MOST_TRIES}"),
            ("Next try", moment(record.due_at) if record.state == "ready" else NOTHING),
            ("PDF", record.name),
            ("Bytes", number(record.size)),
            ("SHA-256 of the PDF", digest(record.content_id)),
            ("Digest of what it says", digest(record.digest)),
            ("Message-ID", digest(record.message_id)),
            ("Business key", digest(record.key)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        words = " ".join(record.body.split())
        return (
            Table("The mail, as it was written", ["Text"], [], empty=words),
            looks_table(record.number),
        )
