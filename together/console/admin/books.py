"""The console's pages over the books: accounts and entries, for reading."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from loans.rules import adjustments
from together.console.queries.reports.shared import words
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    Table,
    amount_column,
    column,
    day,
    digest,
    link,
    moment,
    moment_column,
    money,
)
from together.ledger.models import Entry
from together.ledger.rules.money import Money

# What entries may be, so that the filter need not read the whole table: what the apps post, and the
# adjustments of loans. A test compares it with the code that posts.
KINDS = (
    *("POOL_FUNDED", "CONVERTED", "CONVERSION_ON_STATEMENT"),
    *("BATCH_FUNDED", "PAYMENT_SETTLED", "SETTLEMENT_UNDONE"),
    *("PAYMENTS_ON_STATEMENT", "PAYMENT_OFF_STATEMENT", "PAYMENT_RETURNED"),
    *("MONEY_RECEIVED", "CHARGED", "BREAK_RESOLVED"),
    *("RUN_PUBLISHED", "AWARDS_PAID", "AWARDS_RETURNED", "AWARDS_EXPIRED"),
    "PAYMENT_GIVEN_BACK",
    *("LOAN_COMMITTED", "LOAN_DRAWN", "LOAN_INTEREST", "LOAN_RECEIPT", "LOAN_IMPAIRMENT"),
    *("LOAN_COMMITMENT_FEE", "LOAN_CANCELLED"),
    *(f"LOAN_{kind.upper()}" for kind in adjustments.KINDS if kind not in adjustments.RECEIVED),
)


class KindFilter(SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, words(kind)) for kind in KINDS]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(kind=self.value()) if self.value() in KINDS else queryset


class AccountAdmin(ReadOnlyAdmin):
    reads = "books.read"
    list_display = (
        "__str__",
        column("name", lambda a: a.chart.name, lambda a: a.chart.name),
        column("kind", lambda a: a.chart.kind, lambda a: a.chart.kind, order="chart__kind"),
        amount_column("balance", lambda a: Money(a.balance * a.side, a.asset)),
    )
    list_filter = ("chart__kind", "asset", "chart")
    found_by = ("subject", "chart_id")
    ordering = ("chart", "subject", "asset")
    list_select_related = ("chart",)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Account", record.chart.name),
            ("Kind", record.chart.kind),
            ("Kept by", record.subject or "the whole initiative"),
            (
                "Balance, on its normal side",
                money(Money(record.balance * record.side, record.asset)),
            ),
            ("Normal side", "debit" if record.side > 0 else "credit"),
            ("May be overdrawn", "yes" if record.may_overdraw else "no: the database refuses it"),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        lines = record.lines.select_related("entry").order_by("-id")[:100]
        rows = [[day(x.entry.booked_on), link(x.entry), x.entry.kind, *_sides(x)] for x in lines]
        heads = ["Day", "Entry", "Kind", "Debit", "Credit"]
        more = "The newest 100 lines." if len(rows) == 100 else ""
        return (Table("Lines", heads, rows, frozenset({3, 4}), more=more),)


class EntryAdmin(ReadOnlyAdmin):
    reads = "books.read"
    list_display = (
        *("key", "kind", "booked_on", "happened_on", "narrative"),
        moment_column("written_at"),
    )
    list_filter = (KindFilter,)
    found_by = ("key",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request).select_related("reverses")
        return found

    def facts(self, record: Any) -> Sequence[Fact]:
        undone = Entry.objects.filter(reverses=record).first()
        return (
            ("Kind", record.kind),
            ("Booked on", day(record.booked_on)),
            ("Happened on", _happened(record)),
            ("Written", moment(record.written_at)),
            ("Narrative", record.narrative or None),
            ("Reverses", link(record.reverses)),
            ("Reversed by", link(undone)),
            ("Digest", digest(bytes(record.digest).hex())),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        lines = record.lines.select_related("account__chart").order_by("id")[:200]
        rows = [[link(x.account), x.account.chart.name, *_sides(x)] for x in lines]
        heads = ["Account", "Name", "Debit", "Credit"]
        return (Table("Lines", heads, rows, frozenset({2, 3})),)


def _happened(entry: Any) -> str:
    """Write the day of the event, and say if its period was closed by then."""
    if entry.happened_on == entry.booked_on:
        return str(day(entry.happened_on))
    return f"{day(entry.happened_on)}: that period was closed, this corrects it"


def _sides(line: Any) -> tuple[Any, Any]:
    """Give debit and credit of a line, one of them empty."""
    amount = money(Money(abs(line.amount), line.asset))
    return (amount, "") if line.amount > 0 else ("", amount)
