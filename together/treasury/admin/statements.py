"""The console's pages over statements and their lines; breaks stand first."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone

from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    Table,
    amount_column,
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
from together.ledger.rules.money import Money
from together.treasury.admin import breaks
from together.treasury.admin.statement_files import left_out_of
from together.treasury.rules.states import LineState

IS_EXPLAINED = Case(
    When(state=LineState.BREAK, then=Value(0)), default=Value(1), output_field=IntegerField()
)


class StatementAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        "__str__",
        moment_column("from_at", "from"),
        moment_column("to_at", "to"),
        amount_column("opening", lambda s: Money(s.opening, s.account.asset)),
        amount_column("closing", lambda s: Money(s.closing, s.account.asset)),
        number_column("line_count", "lines"),
        number_column("break_count", "breaks"),
    )
    list_filter = ("account",)
    ordering = ("-id",)
    found_by = ("digest",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = (
            super().get_queryset(request).select_related("account", "pool", "file", "imported_by")
        )
        counted: QuerySet = found.annotate(
            line_count=Count("lines"),
            break_count=Count("lines", filter=Q(lines__state=LineState.BREAK)),
        )
        return counted

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (f"{record.account_id}:{record.number}",)

    def facts(self, record: Any) -> Sequence[Fact]:
        asset = record.account.asset
        return (
            ("Account", link(record.account)),
            ("File", link(record.file)),
            ("Number of its servicer", record.source_number),
            ("Opening", money(Money(record.opening, asset))),
            ("Closing", money(Money(record.closing, asset))),
            ("From", moment(record.from_at)),
            ("To", moment(record.to_at)),
            ("Lines", number(record.line_count)),
            ("Breaks", number(record.break_count)),
            ("Imported by", record.imported_by or "the system"),
            ("Imported", moment(record.imported_at)),
            ("Digest", digest(record.digest)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        lines = _breaks_first(record.lines.all())[:100]
        rows = [
            [
                link(line, line.entry_id),
                line.type,
                money(Money(line.amount, record.account.asset)),
                line.reference,
                badge(line.state),
                line.reason,
            ]
            for line in lines
        ]
        heads = ["Entry", "Type", "Amount", "Reference", "State", "Reason"]
        return (
            Table(
                "Lines, breaks first",
                heads,
                rows,
                frozenset({2}),
                more="The first 100 lines." if record.line_count > 100 else "",
            ),
            left_out_of(record),
        )


def _age(line: Any) -> int:
    """Give the days since a line was booked; a page is the entrance that asks the clock."""
    days: int = (timezone.now().date() - line.booked_at.date()).days
    return max(days, 0)


class StatementLineAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        "entry_id",
        state_column(),
        "reason",
        "type",
        amount_column("amount", lambda x: Money(x.amount, x.account.asset)),
        "reference",
        "counterparty",
        moment_column("booked_at", "booked"),
        column(
            "age in days",
            lambda x: number(_age(x)) if breaks.is_break(x) else None,
            _age,
            is_figure=True,
        ),
        "owner",
    )
    list_filter = ("state", "type", "account", "is_receipt", "owner")
    acts = breaks.LINE_ACTS
    found_by = ("reference", "entry_id")
    waits_for = {
        LineState.MATCHED: "nothing: it is explained",
        LineState.BREAK: "a person: it is not explained yet",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        related = ("account", "statement", "owner")
        return found.select_related(*related)

    def get_ordering(self, request: HttpRequest) -> Sequence[Any]:
        return (IS_EXPLAINED.asc(), "-id")

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (f"{record.account_id}:{record.entry_id}",)

    def title_of(self, record: Any) -> str:
        return f"{record.entry_id}: {Money(record.amount, record.account.asset)}"

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Account", link(record.account)),
            ("Statement", link(record.statement)),
            ("Booked", moment(record.booked_at)),
            ("Type", record.type),
            ("Amount", money(Money(record.amount, record.account.asset))),
            ("Reference", record.reference),
            ("Counterparty", record.counterparty),
            ("Reason", record.reason),
            ("Account of the counterparty", record.counterparty_account or None),
            ("Details", record.details or None),
            ("A receipt to allocate", "yes" if record.is_receipt else "no"),
            ("Owner", record.owner),
            ("Age in days", number(_age(record)) if breaks.is_break(record) else None),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        return breaks.tables_of(record)


def _breaks_first(lines: QuerySet) -> QuerySet:
    return lines.order_by(IS_EXPLAINED.asc(), "-id")
