"""The console's pages over resolutions of breaks."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from together.controls.admin.acts import Act, Call, Effect
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.four_eyes import approval_fact
from together.controls.admin.showing import (
    amount_column,
    column,
    link,
    moment,
    moment_column,
    money,
    state_column,
)
from together.ledger.rules.money import Money
from together.treasury.admin.breaks import line_effect
from together.treasury.operations import breaks
from together.treasury.rules.states import ResolutionState


def _book(call: Call) -> str:
    breaks.book(resolution=call.record, by=call.by, at=call.at)
    return "The resolution is booked and the line is matched."


def _withdraw(call: Call) -> str:
    breaks.withdraw(resolution=call.record, by=call.by, at=call.at)
    return "The resolution is given up; the line stays a break."


def _resolution_effect(resolution: Any) -> Effect:
    asked, asset = breaks.effect(resolution), resolution.line.account.asset
    return (
        *line_effect(resolution.line),
        ("Matched to", resolution.instruction or "no payment"),
        ("Of it", money(Money(asked["matched"], asset))),
        (resolution.get_kind_display().capitalize(), money(Money(asked["rest"], asset))),
        ("Reason", resolution.reason),
    )


def _waits(resolution: Any) -> bool:
    return bool(resolution.state == ResolutionState.PROPOSED)


class ResolutionAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        column("line", lambda r: r.line.entry_id, lambda r: r.line.entry_id),
        state_column(),
        "kind",
        amount_column("amount", lambda r: Money(r.line.amount, r.line.account.asset)),
        "reason",
        "proposed_by",
        moment_column("proposed_at", "proposed"),
    )
    list_filter = ("state", "kind", "line__account")
    found_by = ("line__entry_id", "line__reference")
    ordering = ("-id",)
    waits_for = {
        ResolutionState.PROPOSED: "approval by somebody else, then to be booked",
        ResolutionState.BOOKED: "nothing: the line is matched",
        ResolutionState.WITHDRAWN: "nothing: it was given up before it was booked",
    }
    acts = (
        Act(
            "book",
            "Book the resolution",
            "treasury.write",
            _book,
            _resolution_effect,
            _waits,
            has_step_up=True,
            warning="Passes only when exactly this resolution was approved by somebody else.",
        ),
        Act("withdraw", "Withdraw", "treasury.write", _withdraw, is_open=_waits, tone="danger"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("line__account", "instruction__batch", "proposed_by")

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (f"{record.line.account_id}:{record.line.entry_id}",)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Line", link(record.line, record.line.entry_id)),
            ("Amount", money(Money(record.line.amount, record.line.account.asset))),
            ("Payment", link(record.instruction)),
            ("The rest is", record.get_kind_display()),
            ("Reason", record.reason),
            ("Proposed by", record.proposed_by),
            ("Proposed", moment(record.proposed_at)),
            approval_fact(breaks.KIND, str(record.line_id), record.effect_digest),
        )
