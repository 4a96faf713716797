"""The console's pages over payment files: their digest, payments, downloads and transactions."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest

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
from together.treasury.admin.file_acts import ACTS, effect, total
from together.treasury.models import Batch, ChainTransfer, Instruction, PaymentFile
from together.treasury.operations import files
from together.treasury.operations.file_contents import BY_KIND
from together.treasury.rules.states import FileState


def by_state(instructions: QuerySet, asset: str) -> Table:
    """Give the control totals of some instructions: count and sum by state, and of all."""
    found = list(
        instructions.order_by("state").values("state").annotate(n=Count("id"), sum=Sum("amount"))
    )
    rows = [[badge(r["state"]), number(r["n"]), money(Money(int(r["sum"]), asset))] for r in found]
    total = Money(sum(int(r["sum"]) for r in found), asset)
    rows.append(["All", number(sum(r["n"] for r in found)), money(total)])
    return Table("Payments by state", ["State", "Payments", "Total"], rows, frozenset({1, 2}))


class PaymentFileAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        "number",
        state_column(),
        "batch",
        "format",
        number_column("count", "payments"),
        amount_column("total", total, order="total"),
        moment_column("prepared_at", "prepared"),
        moment_column("handed_over_at", "handed over"),
        digest_column("digest"),
    )
    list_filter = ("state", "format", "batch__disbursement__account")
    found_by = ("number", "message_id", "batch__number", "digest")
    ordering = ("-id",)
    waits_for = {
        FileState.PREPARED: "approval of its digest, and somebody who takes it",
        FileState.HANDED_OVER: "the bank's or the signer's word",
        FileState.ACCEPTED: "its payments to stand on statements",
        FileState.REJECTED: "somebody else to confirm that nothing of it was paid",
        FileState.WITHDRAWN: "nothing: it was given up before it was handed over",
    }
    acts = ACTS

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request).defer("data")
        return found.select_related("batch__disbursement__account", "prepared_by", "handed_over_by")

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            *effect(record),
            ("Message id", record.message_id),
            ("Batch", link(record.batch)),
            ("Disbursement", link(record.batch.disbursement)),
            ("Prepared by", record.prepared_by),
            ("Prepared", moment(record.prepared_at)),
            approval_fact(files.KIND, record.number),
            ("Taken by", record.handed_over_by),
            ("Handed over", moment(record.handed_over_at)),
            ("Answered", moment(record.answered_at)),
            ("Why", record.reason or None),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        asset = record.batch.disbursement.account.asset
        listed = record.payments.select_related("instruction__destination").order_by("position")
        rows = [
            [
                link(p.instruction),
                link(p.instruction.destination, p.instruction.payee),
                money(Money(p.instruction.amount, asset)),
                badge(p.state),
                badge(p.instruction.state),
                p.reason or "",
            ]
            for p in listed[:100]
        ]
        heads = ["Reference", "Payee", "Amount", "In this file", "Instruction", "Why"]
        more = "The first 100 payments." if record.count > 100 else ""
        taken = [
            [d.by, moment(d.at)] for d in record.downloads.select_related("by").order_by("-id")[:20]
        ]
        chain = [_transfers(record)] if record.format.startswith("transfers") else []
        return (
            by_state(Instruction.objects.filter(filed__file=record), asset),
            Table("Downloads", ["Who", "When (UTC)"], taken, empty="Nobody took it yet."),
            Table("Payments", heads, rows, frozenset({2}), more=more),
            *chain,
        )


def _transfers(file: PaymentFile) -> Table:
    found = ChainTransfer.objects.filter(filed__file=file).select_related("filed__instruction")
    rows = [
        [
            link(t.filed.instruction),
            digest(t.tx_hash),
            number(t.block_number),
            number(t.confirmations),
            number(t.undone),
            t.note,
        ]
        for t in found.order_by("id")[:100]
    ]
    heads = ["Reference", "Transaction", "Block", "Confirmations", "Undone", "Note"]
    return Table(
        "Transactions", heads, rows, frozenset({2, 3, 4}), empty="No transaction is named yet."
    )


def of_batch(batch: Batch) -> Table:
    """Give the files of a batch: state, totals, digest, who approved and took each."""
    found = batch.files.defer("data").select_related("handed_over_by").order_by("-id")
    asset = batch.disbursement.account.asset
    rows = [
        [
            link(f),
            badge(f.state),
            number(f.count),
            money(Money(f.total, asset)),
            digest(f.digest),
            f.handed_over_by or "",
            moment(f.handed_over_at),
        ]
        for f in found[:20]
    ]
    heads = ["File", "State", "Payments", "Total", "SHA-256", "Taken by", "Handed over"]
    empty = "No file yet." if batch.disbursement.account.kind in BY_KIND else "Paid online."
    return Table("Files", heads, rows, frozenset({2, 3}), empty=empty)
