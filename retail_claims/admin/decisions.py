"""The console's page over decisions: one person's tests, reasons and award in a run."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    NOTHING,
    Table,
    amount_column,
    badge,
    column,
    digest,
    link,
    money,
    number,
    state_column,
)
from together.ledger.rules.money import Money

DECISIONS = ("award", "decline", "review", "hold")


class OutcomeFilter(SimpleListFilter):
    title = "decision"
    parameter_name = "decision"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(one, one) for one in DECISIONS]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(decision=self.value()) if self.value() in DECISIONS else queryset


class DecisionAdmin(ReadOnlyAdmin):
    reads = "claims.read"
    list_display = (
        "person_id",
        "run",
        state_column("decision", "decision"),
        column("reasons", lambda d: ", ".join(d.reasons), lambda d: " ".join(d.reasons)),
        column("loss (USD)", lambda d: number_text(d.loss_e8), lambda d: e8(d.loss_e8)),
        amount_column("award", lambda d: _money(d, d.award), order="award"),
        amount_column("escrow", lambda d: _money(d, d.escrow)),
    )
    list_filter = ("run", OutcomeFilter)
    found_by = ("person_id", "person_ref")
    ordering = ("run", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("run__programme__pool")

    def state_of(self, record: Any) -> str:
        return str(record.decision)

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (f"{record.run.number}:{record.person_id}",)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Run", link(record.run)),
            ("Person", record.person_id),
            ("Salted reference", digest(record.person_ref)),
            ("Reasons", ", ".join(record.reasons) or "none"),
            ("Liquidation fills", number(record.fills)),
            ("Loss, USD", number_text(record.loss_e8)),
            ("Net assets by the snapshot, USD", _net(record.net_e8)),
            ("Demand", money(_money(record, record.demand))),
            ("Award", money(_money(record, record.award))),
            ("Escrow", money(_money(record, record.escrow))),
            ("Paid before", money(_money(record, record.paid))),
            ("To pay", money(_money(record, record.payable))),
            ("Paid to", record.payee),
            ("Leaf of the award tree", number(record.leaf_index)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        tests = [[name.replace("_", " "), _answer(value)] for name, value in record.tests.items()]
        losses = [[one.get("class"), one.get("loss")] for one in record.class_losses]
        return (
            Table("Tests", ["Test", "Result"], tests),
            Table("Loss by class", ["Class", "Loss, USD"], losses, frozenset({1}), "No loss."),
        )


def e8(value: int | None) -> str:
    """Give a number of 0.00000001 as exact decimal text."""
    return "" if value is None else str(Decimal(value).scaleb(-8))


def number_text(value: int) -> Any:
    """Write a number of 0.00000001 with its thousands grouped, never rounded."""
    whole, rest = divmod(abs(value), 10**8)
    digits = f"{rest:08d}".rstrip("0").ljust(2, "0")
    return f"{'-' if value < 0 else ''}{whole:,}.{digits}"


def _net(value: int | None) -> Any:
    return NOTHING if value is None else number_text(value)


def _answer(value: Any) -> Any:
    if isinstance(value, bool):
        return badge("passed" if value else "failed")
    return str(value)


def _money(decision: Any, amount: int) -> Money:
    return Money(amount, decision.run.programme.pool.asset)
