"""The console's page over institutions."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from loans.admin.acting import ASSET, INSTITUTION_ACTS, INSTITUTION_LIST_ACTS
from loans.operations import drawdowns
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.documents import documents_table, file_act
from together.controls.admin.showing import (
    Table,
    amount_column,
    badge,
    day,
    link,
    moment,
    money,
)
from together.ledger.rules.money import Money
from together.treasury.models import Destination

# What is filed about an institution to know who it is.
DOCUMENTS = (
    ("kyb.register", "extract of the register"),
    ("kyb.owners", "beneficial owners"),
    ("kyb.authority", "who signs for it"),
    ("kyb.licence", "licence"),
    ("kyb.source_of_funds", "source of funds"),
    ("other", "other"),
)


class InstitutionAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = (
        "number",
        "legal_name",
        "lei",
        "jurisdiction",
        "kyb_verified_on",
        amount_column("limit", lambda i: Money(i.limit, ASSET), order="limit"),
    )
    list_filter = ("jurisdiction",)
    found_in = ("number", "legal_name", "lei")
    ordering = ("number",)
    acts = (*INSTITUTION_ACTS, file_act("loans", DOCUMENTS, lambda record: record.number))
    list_acts = INSTITUTION_LIST_ACTS

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request).select_related("entered_by")
        return found

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.number,)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Number", record.number),
            ("LEI", record.lei),
            ("Jurisdiction", record.jurisdiction),
            ("Exchange affiliation", record.exchange_affiliation or "none stated"),
            ("KYB verified", day(record.kyb_verified_on)),
            ("Limit", money(Money(record.limit, ASSET))),
            ("Entered by", record.entered_by),
            ("Entered", moment(record.entered_at)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        applications = [
            [link(a), money(Money(a.amount, a.pool.asset)), badge(a.state), moment(a.submitted_at)]
            for a in record.applications.select_related("pool").order_by("-id")[:20]
        ]
        loans = [
            [link(x), money(Money(x.amount, x.pool.asset)), badge(x.state), moment(x.approved_at)]
            for x in record.loans.select_related("pool").order_by("-id")[:20]
        ]
        heads = ["Number", "Amount", "State", "Submitted"]
        destinations = [
            [link(d), d.get_kind_display(), d.payee, d.asset, badge(d.state), moment(d.usable_at)]
            for d in Destination.objects.filter(
                owner_kind=drawdowns.OWNER, owner=record.lei
            ).order_by("-id")[:20]
        ]
        where = ["Number", "Rail", "Payee", "Asset", "State", "Usable from"]
        return (
            Table("Destinations", where, destinations, empty="Nowhere to pay to: register one."),
            documents_table(record.number),
            Table("Applications", heads, applications, frozenset({1}), "No application."),
            Table("Loans", [*heads[:3], "Approved"], loans, frozenset({1}), "No loan."),
        )
