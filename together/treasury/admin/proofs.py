"""The console's pages over three-way proofs: true now, when last, and why not since."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    Table,
    amount_column,
    badge,
    column,
    link,
    moment,
    moment_column,
    money,
    number,
    number_column,
)
from together.ledger.rules.money import Money
from together.treasury.models import CashAccount, ThreeWayProof
from together.treasury.queries.three_way import standing


def word_of(proof: ThreeWayProof) -> str:
    """Give the word for a proof: true, with named breaks, or untrue."""
    if proof.is_true:
        return "true"
    return "with breaks" if proof.unexplained == 0 else "untrue"


def now_of(account: CashAccount) -> Table:
    """Tell whether the proof of an account is true now, when it last was, and why not since."""
    found = standing(account, timezone.now())
    asset, now = account.asset, found.now
    rows = [
        ["Now", badge(word_of(now)), "; ".join(found.reasons) or "all three agree"],
        ["Unexplained", money(Money(now.unexplained, asset)), "must be zero"],
        ["Last true", moment(found.last_true.at) if found.last_true else "never", ""],
    ]
    if found.first_untrue and not now.is_true:
        first = found.first_untrue
        rows.append(["Not since", moment(first.at), link(first)])
    rows += [
        [f"Cash: {name}", money(Money(amount, asset)), why] for name, amount, why in _sides(now)
    ]
    heads = ["", "Books = instructions = statements", ""]
    return Table("Three-way proof", heads, rows, frozenset({1}))


def _sides(proof: ThreeWayProof) -> list[tuple[str, int, str]]:
    return [
        ("books", proof.cash, "the balance of its cash account"),
        ("statements", proof.stated, "closing of the last one"),
        ("breaks", proof.breaks_total, f"{proof.breaks:,} lines that nothing explains"),
        ("expected", proof.expected_in, "fundings that are booked and on no statement yet"),
    ]


class ThreeWayProofAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        moment_column("at", "when (UTC)"),
        "account",
        column("proof", lambda p: badge(word_of(p)), word_of),
        amount_column("unexplained", lambda p: Money(p.unexplained, p.account.asset)),
        number_column("breaks"),
        amount_column("breaks total", lambda p: Money(p.breaks_total, p.account.asset)),
    )
    list_filter = ("account",)
    found_in = ("account__code",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request).select_related("account")
        return found

    def state_of(self, record: Any) -> str:
        return word_of(record)

    def facts(self, record: Any) -> Sequence[Fact]:
        asset = record.account.asset
        return (
            ("Account", link(record.account)),
            ("When", moment(record.at)),
            ("Unexplained", money(Money(record.unexplained, asset))),
            ("Breaks", number(record.breaks)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        asset = record.account.asset
        sides = [[n, money(Money(a, asset)), why] for n, a, why in _sides(record)]
        paid = [
            ["taken by the rail", money(Money(record.settled, asset)), "settled instructions"],
            ["on statements", money(Money(record.on_statements, asset)), "payments matched"],
            ["in clearing", money(Money(record.in_clearing, asset)), "by the books"],
            ["lines matched to another amount", number(record.wrong_lines), "must be none"],
        ]
        differ = [[name, money(Money(amount, asset))] for name, amount in record.differences]
        return (
            Table("Cash", ["Side", "Amount", "What it is"], sides, frozenset({1})),
            Table("Payments", ["Side", "Amount", "What it is"], paid, frozenset({1})),
            Table("Differences beyond named breaks", ["Between", "Amount"], differ, frozenset({1})),
        )
