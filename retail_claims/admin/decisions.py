"""The console's page over decisions: one person's tests, reasons and award in a run."""

import re
from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.html import format_html

from retail_claims.queries import proofs
from together.controls.admin.base import Fact, ReadOnlyAdmin, Route
from together.controls.admin.showing import (
    NOTHING,
    Table,
    amount_column,
    badge,
    column,
    digest,
    figures,
    link,
    money,
    number,
    state_column,
)
from together.ledger.rules.money import Money

DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
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
        column("loss (USD)", lambda d: _aligned(d.loss_e8), lambda d: e8(d.loss_e8)),
        amount_column("award", lambda d: _money(d, d.award), order="award"),
        amount_column("escrow", lambda d: _money(d, d.escrow)),
    )
    list_filter = ("run", OutcomeFilter)
    found_by = ("person_id", "person_ref")
    ordering = ("run", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("run__programme__pool")

    def more_views(self) -> Sequence[Route]:
        """Add the proof."""
        return (("<path:object_id>/proof.json", self.proof_view, "proof"),)

    def proof_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the proof of one award, as its person gets it."""
        self._demand_read(request)
        decision = self._record(request, object_id)
        proof = proofs.proof_of(decision.run, decision.person_id)
        response = JsonResponse(proof, json_dumps_params={"indent": 1})
        name = f"{decision.run.number}-{decision.leaf_index}-proof.json"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

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
            ("Proof", format_html('<a href="{}">proof.json</a>', self.address("proof", record.pk))),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        tests = [
            [
                one["code"].replace("_", " "),
                _plain(one["measured"]),
                _plain(one["threshold"]),
                _answer(one["passed"]),
            ]
            for one in record.tests
        ]
        heads = ["Test", "Measured", "Threshold", "Result"]
        losses = [[one["class"], figures(one["loss"])] for one in record.class_losses]
        return (
            Table("Tests", heads, tests, frozenset({1, 2})),
            Table("Loss by class", ["Class", "Loss, USD"], losses, frozenset({1}), "No loss."),
        )


def e8(value: int | None) -> str:
    """Give a number of 0.00000001 as exact decimal text."""
    return "" if value is None else f"{Decimal(value).scaleb(-8):f}"


def number_text(value: int) -> str:
    """Write a number of 0.00000001 with its thousands grouped, never rounded."""
    return figures(e8(value))


def _aligned(value: int) -> Any:
    return format_html('<span class="t-money">{}</span>', number_text(value))


def _net(value: int | None) -> Any:
    return NOTHING if value is None else number_text(value)


def _plain(value: str | None) -> Any:
    """Write a measured value: fractions also as a decimal of four places, for the eye."""
    if not value:
        return NOTHING
    if DECIMAL.fullmatch(value):
        return figures(value)
    above, slash, below = value.partition("/")
    if not slash or not below.isdigit() or below in ("0", "1"):
        return above if below == "1" else value
    with localcontext(prec=60):
        return f"{Decimal(above) / Decimal(below):.4f}"


def _answer(value: bool | None) -> Any:
    return NOTHING if value is None else badge("passed" if value else "failed")


def _money(decision: Any, amount: int) -> Money:
    return Money(amount, decision.run.programme.pool.asset)
