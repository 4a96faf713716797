"""The console's pages over files with statements: what became of each, its faults, its bytes."""

from collections.abc import Sequence
from typing import Any, cast

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from together.controls.admin.acts import Act, Call
from together.controls.admin.base import Fact, ReadOnlyAdmin, Route
from together.controls.admin.showing import (
    Table,
    badge,
    column,
    digest,
    link,
    moment,
    moment_column,
    money,
    number,
    number_column,
    state_column,
)
from together.controls.formats import csv_cells
from together.controls.models import Person
from together.ledger.rules.money import Money
from together.treasury.models import CashAccount, Statement, StatementFile, StatementLine
from together.treasury.operations import statement_files
from together.treasury.rules.states import StatementFileState
from together.treasury.tasks import work_on_file

STEPS = (
    StatementFileState.RECEIVED,
    StatementFileState.STORED,
    StatementFileState.MATCHING,
    StatementFileState.BOOKED,
)


def files_of(account: CashAccount) -> Table:
    """Give the last files of an account."""
    rows = [
        [link(one), one.kind, badge(one.state), number(one.lines), moment(one.received_at)]
        for one in account.files.order_by("-id")[:10]
    ]
    heads = ["File", "Kind", "State", "Lines", "Received"]
    return Table("Files", heads, rows, frozenset({3}), "No file came in yet.")


def _again(call: Call) -> str:
    statement_files.again(file=call.record, by=call.by, at=call.at)
    transaction.on_commit(lambda: work_on_file.delay(call.record.pk), robust=True)
    return f"{call.record} is worked on again."


class StatementFileAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        "__str__",
        column("account", lambda f: f.account_id, lambda f: f.account_id, order="account"),
        "kind",
        state_column(),
        number_column("lines"),
        number_column("size", "bytes"),
        moment_column("received_at", "received"),
        "received_by",
    )
    list_filter = ("account", "state", "kind")
    ordering = ("-id",)
    found_by = ("content_id",)
    found_in = ("name",)
    search_help_text = "Search SHA-256, name"
    waits_for = {
        StatementFileState.RECEIVED: "a worker to read it; nothing of it is stored yet",
        StatementFileState.STORED: "its lines to be matched",
        StatementFileState.MATCHING: "matching to end; until then nothing of it is on the books",
        StatementFileState.BOOKED: "nothing: its lines are stored, matched, and booked or breaks",
        StatementFileState.KNOWN: "nothing: all that it tells was here before",
        StatementFileState.REFUSED: "nothing: bring in another, or this again when it can follow",
    }
    acts = (
        Act(
            "again",
            "Work on it again",
            "treasury.write",
            _again,
            lambda file: (("File", str(file)), ("State", file.state), ("Begun", file.tries)),
            is_open=lambda file: file.state in statement_files.OPEN,
        ),
    )

    works_in = statement_files.OPEN

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("account", "received_by", "mapping")

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (f"file:{record.pk}",)

    def more_views(self) -> Sequence[Route]:
        """Add the two downloads of a file."""
        return (
            ("<int:pk>/file/", self.bytes_view, "bytes"),
            ("<int:pk>/faults.csv", self.faults_view, "faults"),
        )

    def bytes_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the file as it came, as a download, and write down who took it."""
        self._demand_read(request)
        file = self._record(request, str(pk))
        by = cast(Person, request.user)
        content = statement_files.take_out(file=file, by=by, at=timezone.now())
        answer = HttpResponse(content, content_type="application/octet-stream")
        name = file.name.encode("ascii", "replace").decode().replace("?", "_")
        answer["Content-Disposition"] = f'attachment; filename="{name or f"file-{pk}"}"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

    def faults_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the faults of a file as CSV, without a live formula."""
        self._demand_read(request)
        file = self._record(request, str(pk))
        rows = [[one["row"], one["column"], one["value"], one["rule"]] for one in file.faults]
        text = "".join(csv_cells.lines([["row", "column", "value", "rule"], *rows]))
        answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="file-{pk}-faults.csv"'
        return answer

    def note(self, record: Any) -> str:
        if record.state == StatementFileState.REFUSED:
            return "Refused: nothing of it is stored. Its faults say what to do."
        if record.state in statement_files.OPEN and record.tries > statement_files.MOST_TRIES:
            return (
                "The work broke off each time; the log says where. When that is mended, work on it"
                " again."
            )
        return ""

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Account", link(record.account)),
            ("Kind", record.kind),
            ("Progress", _progress(record)),
            ("Lines", number(record.lines)),
            ("Bytes", number(record.size)),
            *_read_by(record),
            ("Received by", record.received_by or "the system"),
            ("Received", moment(record.received_at)),
            ("Stored", moment(record.stored_at)),
            ("Ended", moment(record.ended_at)),
            ("SHA-256", digest(record.content_id)),
            (
                "The file itself",
                self._download(record, "bytes", "Download (written down in the trail)"),
            ),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        if record.state == StatementFileState.REFUSED:
            return (self._faults(record),)
        return (_told(record), _became(record))

    def _faults(self, record: Any) -> Table:
        rows = [
            [number(one["row"]) if one["row"] else "the file", one["column"], one["value"]]
            + [one["rule"]]
            for one in record.faults
        ]
        more = self._download(record, "faults", "Download the faults as CSV")
        return Table("Faults", ["Row", "Column", "Value", "Rule"], rows, more=more)

    def _download(self, record: Any, view: str, words: str) -> SafeString:
        return format_html('<a href="{}" download>{}</a>', self.address(view, record.pk), words)


def _read_by(file: StatementFile) -> Sequence[Fact]:
    """Give what only a bank's CSV is read by."""
    told = (
        ("Mapping", link(file.mapping) if file.mapping else ""),
        ("Opening told beside it", file.given_opening),
        ("Closing told beside it", file.given_closing),
    )
    return tuple(fact for fact in told if fact[1])


def _progress(file: StatementFile) -> Any:
    """Give the steps of a file up to where it stands."""
    if file.state not in STEPS:
        return badge(file.state)
    at = STEPS.index(StatementFileState(file.state))
    bar = format_html(
        '<progress class="t-progress" max="3" value="{}" aria-label="Progress">{} of 3</progress>',
        at,
        at,
    )
    words = format_html_join(
        " → ",
        '<span class="{}">{}</span>',
        (("t-none" if n > at else "", step.value) for n, step in enumerate(STEPS)),
    )
    return format_html("{}{}", bar, words)


def _told(file: StatementFile) -> Table:
    """Give the statements that a file tells: stored from it, or known before."""
    found = Statement.objects.filter(
        account_id=file.account_id, number__in=file.statements_told
    ).select_related("account")
    counted = found.annotate(
        line_count=Count("lines"), break_count=Count("lines", filter=Q(lines__state="break"))
    )
    rows = [
        [link(one), one.source_number, "this file" if one.file_id == file.pk else "before"]
        + [number(one.line_count), number(one.break_count), number(len(one.left_out))]
        + [money(Money(one.closing, one.account.asset))]
        for one in counted.order_by("number")
    ]
    heads = ["Statement", "Servicer's number", "Since", "Lines", "Breaks", "Left out", "Closing"]
    empty = "None yet: it is not read."
    return Table("Statements", heads, rows, frozenset({1, 3, 4, 5, 6}), empty)


def _became(file: StatementFile) -> Table:
    """Give what became of the lines of a file: how many by state and reason, breaks first."""
    most = 20
    found = (
        StatementLine.objects.filter(
            statement__account_id=file.account_id, statement__number__in=file.statements_told
        )
        .values("state", "reason")
        .annotate(n=Count("id"), sum=Sum("amount"))
        .order_by("state", "-n", "reason")
    )
    asset = file.account.asset
    rows = [
        [badge(one["state"]), one["reason"], number(one["n"]), money(Money(int(one["sum"]), asset))]
        for one in found[: most + 1]
    ]
    return Table(
        "What became of its lines",
        ["State", "Reason", "Lines", "Total"],
        rows[:most],
        frozenset({2, 3}),
        "None yet: it is not read, or tells no line.",
        f"The first {most} reasons." if len(rows) > most else "",
    )


def left_out_of(statement: Statement) -> Table:
    """Give what the file of a statement tells that is no booked line, and why."""
    most = 100
    more = f"The first {most}; the file has {len(statement.left_out):,}."
    return Table(
        "Left out",
        ["Entry", "Amount", "Reason"],
        statement.left_out[:most],
        frozenset({1}),
        "Nothing: every entry of the file is a line.",
        more if len(statement.left_out) > most else "",
    )
