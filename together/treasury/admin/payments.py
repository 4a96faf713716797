"""The console's pages over batches and instructions."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join

from together.controls.admin.acts import Act, Call
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    Table,
    amount_column,
    badge,
    digest_column,
    link,
    moment,
    moment_column,
    money,
    number,
    number_column,
    state_column,
)
from together.ledger.rules.money import Money
from together.treasury.admin import file_acts, files, remedies
from together.treasury.operations import payouts
from together.treasury.rules.states import InstructionState


def _try_again(call: Call) -> str:
    payouts.release_from_quarantine(instruction=call.record, by=call.by, at=call.at)
    return f"{call.record.reference} will be tried again; the rail is asked first."


class BatchAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        "number",
        "disbursement",
        number_column("count", "payments"),
        amount_column(
            "total", lambda b: Money(b.total, b.disbursement.account.asset), order="total"
        ),
        moment_column("released_at", "released"),
    )
    list_filter = ("disbursement__account", "disbursement__state")
    found_by = ("number", "disbursement__number")
    ordering = ("-id",)
    acts = (
        Act(
            "prepare-file",
            "Prepare a file",
            "treasury.write",
            file_acts.prepare,
            file_acts.prepare_effect,
            file_acts.is_filed,
            file_acts.Prepare,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request).select_related("disbursement__account")
        return found

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Disbursement", link(record.disbursement)),
            ("Payments", number(record.count)),
            ("Total", money(Money(record.total, record.disbursement.account.asset))),
            ("Released", moment(record.released_at)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        rows = [
            [link(i), i.payee, money(Money(i.amount, i.asset)), badge(i.state), number(i.tries)]
            for i in record.instructions.order_by("id")[:100]
        ]
        heads = ["Reference", "Payee", "Amount", "State", "Tries"]
        more = "The first 100 instructions." if record.count > 100 else ""
        return (
            files.by_state(record.instructions, record.disbursement.account.asset),
            files.of_batch(record),
            Table("Instructions", heads, rows, frozenset({2, 4}), more=more),
        )


class InstructionAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        "reference",
        state_column(),
        "payee",
        amount_column("amount", lambda i: Money(i.amount, i.asset)),
        number_column("tries"),
        digest_column("rail_reference"),
        moment_column("settled_at", "settled"),
    )
    list_filter = ("state", "kind")
    found_by = ("reference", "subject")
    ordering = ("-id",)
    waits_for = {
        InstructionState.READY: "its batch to be released, then for a worker",
        InstructionState.SENDING: "the rail's answer; it is nobody else's until its lease ends",
        InstructionState.UNKNOWN: "its lease to end; the rail is asked before anything is sent",
        InstructionState.SETTLED: "nothing: the rail took it",
        InstructionState.REFUSED: "a person: the rail will not take it",
        InstructionState.QUARANTINED: "a person: it was tried too often without an answer",
        InstructionState.RETURNED: "a person: it was paid and came back",
    }
    acts = (
        *remedies.INSTRUCTION_ACTS,
        Act(
            "try-again",
            "Try again",
            "treasury.approve",
            _try_again,
            lambda i: (
                ("Payee", i.payee),
                ("Amount", money(Money(i.amount, i.asset))),
                ("Tries so far", number(i.tries)),
                ("First step", "the rail is asked; only what it never saw is sent"),
            ),
            lambda i: i.state == InstructionState.QUARANTINED,
            has_step_up=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request).select_related("batch__disbursement")
        return found

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Payee", record.payee),
            ("Destination", link(record.destination)),
            ("Amount", money(Money(record.amount, record.asset))),
            ("Batch", link(record.batch)),
            ("Disbursement", link(record.batch.disbursement)),
            ("Business identity", f"{record.kind} {record.subject}"),
            ("Tries", number(record.tries)),
            ("Lease until", moment(record.lease_until)),
            ("Rail's reference", record.rail_reference or None),
            ("Settled", moment(record.settled_at)),
            ("Remedies", _remedies(record)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        attempts = [[moment(a.at), a.act, a.outcome] for a in record.attempts.order_by("-id")[:50]]
        lines = [
            [link(m.line, m.line.entry_id), m.get_kind_display()]
            + [money(Money(m.amount, record.asset)), moment(m.line.booked_at)]
            for m in record.matches.select_related("line").order_by("id")[:10]
        ]
        heads = ["Entry", "What", "Amount", "Booked"]
        return (
            Table("Attempts", ["When (UTC)", "Act", "Outcome"], attempts, empty="Never tried."),
            Table("On statements", heads, lines, frozenset({2}), "Not on a statement yet."),
        )


def _remedies(record: Any) -> Any:
    """Give the remedies of a failed payment, as links."""
    found = [(link(one),) for one in record.remedies.order_by("id")]
    return format_html_join(", ", "{}", found) if found else None
