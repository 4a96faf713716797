"""The console's pages over disbursements, batches and instructions."""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest

from together.controls.admin.acts import Act, Call, Effect
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.four_eyes import approval_fact
from together.controls.admin.showing import (
    Table,
    amount_column,
    badge,
    digest,
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
from together.treasury.admin import file_acts, files
from together.treasury.models import Instruction, PaymentFile
from together.treasury.operations import disbursements, payouts
from together.treasury.operations.file_contents import BY_KIND
from together.treasury.rules.states import DisbursementState, InstructionState
from together.treasury.tasks import pay_batch


def _release(call: Call) -> str:
    numbers = disbursements.release(
        disbursement=call.record, on=call.at.date(), by=call.by, at=call.at
    )
    return on_their_way(call, numbers)


def on_their_way(call: Call, numbers: Sequence[str]) -> str:
    """Ring for the batches of a disbursement that was released, and say what became of them."""
    funded = "1 batch is" if len(numbers) == 1 else f"{len(numbers):,} batches are"
    if call.record.account.kind in BY_KIND:
        return f"Released: {funded} funded; each waits for a payment file."
    # The release is committed; a doorbell that does not ring is rung again by the sweep.
    for batch in numbers:
        transaction.on_commit(partial(pay_batch.delay, batch), robust=True)
    return f"Released: {funded} funded and on {'its' if len(numbers) == 1 else 'their'} way."


def _withdraw(call: Call) -> str:
    disbursements.withdraw(disbursement=call.record, by=call.by, at=call.at)
    return f"{call.record.number} is given up; its payments can never be instructed again."


def _try_again(call: Call) -> str:
    payouts.release_from_quarantine(instruction=call.record, by=call.by, at=call.at)
    return f"{call.record.reference} will be tried again; the rail is asked first."


def effect(disbursement: Any) -> Effect:
    """Tell in numbers what the release of a disbursement does."""
    total = Money(disbursement.total, disbursement.account.asset)
    return (
        ("Payments", number(disbursement.count)),
        ("Total", money(total)),
        ("Batches", number(disbursement.batches.count())),
        ("From", f"{disbursement.source_code} {disbursement.source_subject}"),
        ("Pool", disbursement.pool.name),
        ("Paid from", str(disbursement.account)),
        ("Digest of every payment", digest(disbursement.effect_digest)),
    )


def _is_prepared(disbursement: Any) -> bool:
    return bool(disbursement.state == DisbursementState.PREPARED)


class DisbursementAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        "number",
        state_column(),
        "kind",
        "subject",
        number_column("count", "payments"),
        amount_column("total", lambda d: Money(d.total, d.account.asset), order="total"),
        moment_column("prepared_at", "prepared"),
        moment_column("released_at", "released"),
    )
    list_filter = ("state", "kind", "pool")
    found_by = ("number", "subject", "effect_digest")
    ordering = ("-id",)
    waits_for = {
        DisbursementState.PREPARED: "approval and release",
        DisbursementState.RELEASED: "its instructions to be settled",
        DisbursementState.WITHDRAWN: "nothing: it was given up before release",
    }
    acts: ClassVar[tuple[Act, ...]] = (
        Act(
            "release",
            "Release",
            "treasury.write",
            _release,
            effect,
            lambda d: _is_prepared(d) and not d.is_tested,
            has_step_up=True,
            warning="Passes only when exactly these payments were approved. It cannot be undone.",
        ),
        Act(
            "withdraw",
            "Withdraw",
            "treasury.write",
            _withdraw,
            effect,
            _is_prepared,
            tone="danger",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = (
            super().get_queryset(request).select_related("pool", "account", "prepared_by")
        )
        return found

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            *effect(record),
            ("Kind", record.kind),
            ("Subject", record.subject),
            ("Prepared by", record.prepared_by),
            ("Prepared", moment(record.prepared_at)),
            ("Released", moment(record.released_at)),
            approval_fact(record.approval_kind, record.number, record.effect_digest),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        batches = [
            [
                link(b),
                number(b.count),
                money(Money(b.total, record.account.asset)),
                moment(b.released_at),
                number(b.open),
                number(b.settled),
                number(b.files_made),
            ]
            for b in record.batches.annotate(
                open=Count("instructions", filter=~Q(instructions__state="settled")),
                settled=Count("instructions", filter=Q(instructions__state="settled")),
                files_made=Subquery(
                    PaymentFile.objects.filter(batch=OuterRef("pk"))
                    .values("batch")
                    .annotate(n=Count("id"))
                    .values("n")
                ),
            ).order_by("number")[:50]
        ]
        heads = ["Batch", "Payments", "Total", "Released", "Not settled", "Settled", "Files"]
        more = "The first 50 batches." if len(batches) == 50 else ""
        return (
            files.by_state(
                Instruction.objects.filter(batch__disbursement=record), record.account.asset
            ),
            Table("Batches", heads, batches, frozenset({1, 2, 4, 5, 6}), more=more),
        )


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
