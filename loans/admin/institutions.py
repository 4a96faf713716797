"""The console's page over institutions."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.admin.acting import ASSET, INSTITUTION_ACTS, INSTITUTION_LIST_ACTS
from loans.admin.spreads import DOCUMENTS, ENTER_ACT, accounts_table
from loans.admin.verifications import PROPOSE_ACT, verifications_table
from loans.operations import drawdowns
from loans.queries.verifications import to_look_at_anew, with_expiry
from loans.rules.verifications import KINDS, REMIND_DAYS
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.documents import documents_table, file_act
from together.controls.admin.showing import (
    Table,
    amount_column,
    badge,
    column,
    day,
    link,
    moment,
    money,
)
from together.ledger.rules.money import Money
from together.treasury.models import Destination

# What is filed about an institution: who it is, and how it stands.
FILED = (*KINDS[:-1], *DOCUMENTS, KINDS[-1])


class VerifiedFilter(SimpleListFilter):
    """Institutions whose verification is missing, expired or ends soon, soonest first."""

    title = "verification (KYB)"
    parameter_name = "verified"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer one choice: the work that waits."""
        return [("anew", f"to look at anew: missing, or ends within {REMIND_DAYS} days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what was chosen."""
        if self.value() != "anew":
            return queryset
        return to_look_at_anew(queryset, timezone.now().date())


class InstitutionAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = (
        "number",
        "legal_name",
        "lei",
        "jurisdiction",
        column(
            "verified until",
            lambda i: day(i.verified_until),
            lambda i: i.verified_until,
            order="verified_until",
        ),
        amount_column("limit", lambda i: Money(i.limit, ASSET), order="limit"),
    )
    list_filter = (VerifiedFilter, "jurisdiction")
    found_in = ("number", "legal_name", "lei")
    ordering = ("number",)
    acts = (
        *INSTITUTION_ACTS,
        PROPOSE_ACT,
        ENTER_ACT,
        file_act("loans", FILED, lambda record: record.number),
    )
    list_acts = INSTITUTION_LIST_ACTS

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found = super().get_queryset(request).select_related("entered_by")
        return with_expiry(found)

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.number,)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Number", record.number),
            ("LEI", record.lei),
            ("Jurisdiction", record.jurisdiction),
            ("Exchange affiliation", record.exchange_affiliation or "none stated"),
            ("Verified (KYB) until", day(record.verified_until)),
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
            verifications_table(record),
            accounts_table(record),
            documents_table(record.number),
            Table("Applications", heads, applications, frozenset({1}), "No application."),
            Table("Loans", [*heads[:3], "Approved"], loans, frozenset({1}), "No loan."),
        )
