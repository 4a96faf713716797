"""The console's pages over three-way proofs: true now, when last, and why not since."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

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
from together.treasury.queries.three_way import Standing


def word_of(proof: ThreeWayProof) -> str:
    """Give the word for a proof: true, with named breaks, or untrue."""
    if proof.is_true:
        return "true"
    return "with breaks" if proof.unexplained == 0 else "untrue"


def now_of(account: CashAccount, found: Standing) -> Table:
    """Tell what the proof of an account stands on now: each side, and what is left over."""
    asset, now = account.asset, found.now
    rows = [[name, money(Money(amount, asset)), why] for name, amount, why in _sides(now)]
    why = "must be zero: " + ("; ".join(found.reasons) or "all three agree")
    rows.append(["Unexplained", money(Money(now.unexplained, asset)), why])
    title = "Three-way proof: books = instructions = statements"
    return Table(title, ["Side", "Amount", "What it is"], rows, frozenset({1}))


def facts_of(account: CashAccount, found: Standing) -> Sequence[Fact]:
    """Tell whether the proof of an account is true now, when it last was, and since when not."""
    now, first = found.now, found.first_untrue
    breaks = link_to_breaks(account, now.breaks) if now.breaks else number(0)
    facts: list[Fact] = [
        ("Three-way proof", badge(word_of(now))),
        ("Breaks", breaks),
        ("Last true", moment(found.last_true.at) if found.last_true else "never"),
    ]
    if first and not now.is_true:
        facts.append(("Not true since", link(first, f"{first.at:%-d %b %Y, %H:%M:%S}")))
    return facts


def link_to_breaks(account: CashAccount, count: int) -> Any:
    """Give a link to the queue of an account's breaks."""
    asked = urlencode({"state__exact": "break", "account__code__exact": account.code})
    queue = reverse("admin:treasury_statementline_changelist")
    return format_html('<a href="{}?{}">{}</a>', queue, asked, f"{count:,}")


def _sides(proof: ThreeWayProof) -> list[tuple[str, int, str]]:
    return [
        ("Books", proof.cash, "the balance of its cash account"),
        ("Statements", proof.stated, "closing of the last one"),
        ("Breaks", proof.breaks_total, f"{proof.breaks:,} lines that nothing explains"),
        ("Expected", proof.expected_in, "fundings that are booked and on no statement yet"),
    ]


class ThreeWayProofAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        moment_column("at", "when"),
        column("account", lambda p: p.account_id, lambda p: p.account_id, order="account"),
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
            ["Taken by the rail", money(Money(record.settled, asset)), "settled instructions"],
            ["On statements", money(Money(record.on_statements, asset)), "payments matched"],
            ["In clearing", money(Money(record.in_clearing, asset)), "by the books"],
            ["Lines matched to another amount", number(record.wrong_lines), "must be none"],
        ]
        differ = [
            [name[:1].upper() + name[1:], money(Money(amount, asset))]
            for name, amount in record.differences
        ]
        return (
            Table("Cash", ["Side", "Amount", "What it is"], sides, frozenset({1})),
            Table("Payments", ["Side", "Amount", "What it is"], paid, frozenset({1})),
            Table("Differences beyond named breaks", ["Between", "Amount"], differ, frozenset({1})),
        )
