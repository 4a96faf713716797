"""The console's page over fundings: what was put into pools, and booking what was approved."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from together.controls.admin.acts import Act, Call, Effect
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.four_eyes import approval_fact
from together.controls.admin.showing import (
    amount_column,
    day,
    link,
    moment,
    moment_column,
    money,
)
from together.ledger.rules.money import Money
from together.treasury.models import Funding
from together.treasury.operations import pools


def _fund(call: Call) -> str:
    is_new = pools.fund(reference=call.record.reference, by=call.by, at=call.at)
    return "The money is in the books." if is_new else "The money was in the books already."


def funding_effect(funding: Funding) -> Effect:
    """Tell in numbers what booking a funding does."""
    amount = Money(funding.amount, funding.account.asset)
    return (
        ("Pool", funding.pool.name),
        ("Given for", funding.pool.get_given_for_display() or "not said yet"),
        ("Account", str(funding.account)),
        ("Cash and available rise by", money(amount)),
        ("Day", day(funding.on)),
    )


class FundingAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        "reference",
        "account",
        amount_column("amount", lambda f: Money(f.amount, f.account.asset), order="amount"),
        "on",
        "entered_by",
        moment_column("entered_at"),
    )
    list_filter = ("pool", "account")
    found_by = ("reference",)
    list_select_related = ("pool", "account", "entered_by")
    acts = (
        Act(
            "fund",
            "Book the funding",
            "treasury.write",
            _fund,
            funding_effect,
            has_step_up=True,
            warning="Passes only when exactly this funding was approved by somebody else.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = (
            super().get_queryset(request).select_related("pool", "account", "entered_by")
        )
        return found

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Pool", link(record.pool)),
            ("Account", link(record.account)),
            ("Amount", money(Money(record.amount, record.account.asset))),
            ("Day of the money", day(record.on)),
            ("Entered by", record.entered_by),
            ("Entered", moment(record.entered_at)),
            approval_fact(pools.KIND, record.reference),
        )
