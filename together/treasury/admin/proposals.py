"""The console's pages over proposals: what a line may be, to be confirmed or declined."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from together.controls.admin.acts import Act, Call, Effect
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    amount_column,
    badge,
    column,
    link,
    moment,
    moment_column,
    money,
)
from together.ledger.rules.money import Money
from together.treasury.admin.breaks import is_break, line_effect, target_of
from together.treasury.operations.matching import proposals


def _confirm(call: Call) -> str:
    proposals.confirm(proposal=call.record, by=call.by, at=call.at)
    return "The line is matched, and in the books."


def _decline(call: Call) -> str:
    proposals.decline(proposal=call.record, by=call.by, at=call.at)
    return "Declined: this is never proposed for the line again."


def _proposal_effect(proposal: Any) -> Effect:
    line = proposal.line
    target, asset = target_of(proposal), line.account.asset
    return (
        *line_effect(line),
        ("Would be", f"{proposal.get_kind_display()} {target}"),
        ("Amount of it", money(Money(proposal.amount, asset))),
        ("Difference", money(Money(line.amount - proposal.amount, asset))),
        ("Why", proposal.reason),
    )


def _state(proposal: Any) -> str:
    if proposal.declined_at:
        return "declined"
    return "open" if _is_open(proposal) else "matched"


def _is_open(proposal: Any) -> bool:
    return proposal.declined_at is None and is_break(proposal.line)


class ProposalAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        column("line", lambda p: p.line.entry_id, lambda p: p.line.entry_id),
        "reason",
        amount_column("amount", lambda p: Money(p.line.amount, p.line.account.asset)),
        column("would be", target_of, lambda p: str(target_of(p))),
        column("state", lambda p: badge(_state(p)), _state),
        moment_column("proposed_at", "proposed"),
    )
    list_filter = ("rule", "line__account")
    found_by = ("line__reference", "line__entry_id")
    ordering = ("-id",)
    acts = (
        Act(
            "confirm",
            "Confirm",
            "treasury.write",
            _confirm,
            _proposal_effect,
            lambda p: _is_open(p) and p.amount == p.line.amount,
            has_step_up=True,
        ),
        Act("decline", "Decline", "treasury.write", _decline, _proposal_effect, _is_open),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related(
            "line__account", "instruction", "funding", "conversion", "declined_by"
        )

    def title_of(self, record: Any) -> str:
        return f"{record.line.entry_id}: {record.get_kind_display()} {target_of(record)}"

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (f"{record.line.account_id}:{record.line.entry_id}",)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            *_proposal_effect(record),
            ("Its page", link(record.line, record.line.entry_id)),
            ("Proposed", moment(record.proposed_at)),
            ("Declined by", record.declined_by),
        )
