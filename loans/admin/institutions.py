"""The console's page over institutions."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.admin.acting import INSTITUTION_ACTS
from loans.admin.contacts import ENTER_CONTACT, contacts_table
from loans.admin.profiles import CHANGE_ACT, ENTER_ACT, changes_table, shown
from loans.admin.spreads import DOCUMENTS, accounts_table
from loans.admin.spreads import ENTER_ACT as ENTER_ACCOUNTS
from loans.admin.verifications import PROPOSE_ACT, verifications_table
from loans.operations import drawdowns, screenings
from loans.queries import confidential, screened
from loans.queries.limits import limits_of
from loans.queries.profiles import ASSET, profile_of
from loans.queries.verifications import to_look_at_anew, with_expiry
from loans.rules.profiles import WORDS
from loans.rules.verifications import KINDS, REMIND_DAYS
from together.controls.admin.acts import Call, grouped
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.documents import documents_table, file_act
from together.controls.admin.screening import screen_act, screened_fact, screening_tables
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
from together.notices.admin.notices import notices_table
from together.notices.queries import notices
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


def _screen(call: Call) -> str:
    done = screenings.screen_one(institution=call.record, at=call.at)
    return f"{call.record} is screened; {len(done.opened)} hits were opened."


class InstitutionAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = (
        "number",
        "legal_name",
        "lei",
        "jurisdiction",
        "sector",
        column("group", lambda i: link(i.group), lambda i: i.group and i.group.number),
        column(
            "verified until",
            lambda i: day(i.verified_until),
            lambda i: i.verified_until,
            order="verified_until",
        ),
        amount_column("limit", lambda i: Money(i.limit, ASSET), order="limit"),
    )
    list_filter = (VerifiedFilter, "sector", "affiliation", "group", "jurisdiction")
    found_in = ("number", "legal_name", "lei", "exchange", "parent_name")
    ordering = ("number",)
    acts = (
        *INSTITUTION_ACTS,
        *grouped("Who it is", CHANGE_ACT, ENTER_CONTACT, PROPOSE_ACT, screen_act("loans", _screen)),
        *grouped(
            "Evidence", file_act("loans", FILED, lambda record: record.number), ENTER_ACCOUNTS
        ),
    )
    list_acts = (ENTER_ACT,)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found = super().get_queryset(request).select_related("entered_by", "group", "parent__group")
        return with_expiry(found)

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.number,)

    def facts(self, record: Any) -> Sequence[Fact]:
        known = profile_of(record).document
        linked = {"group": link(record.group), "parent": link(record.parent)}
        told = [
            (words, linked.get(name) or shown(name, known[name]))
            for name, words in WORDS.items()
            if name not in ("legal_name", "limit") and (known[name] or name == "group")
        ]
        used = limits_of(record)
        return (
            ("Number", record.number),
            ("LEI", record.lei),
            *told,
            ("Verified (KYB) until", day(record.verified_until)),
            screened_fact(screened.subject(record), timezone.now()),
            ("Limit", money(used.limit)),
            ("Used of it", money(used.used)),
            ("Entered by", record.entered_by),
            ("Entered", moment(record.entered_at)),
        )

    def note(self, record: Any) -> str:
        above = record.parent.group if record.parent else None
        if above and above != record.group:
            return f"Its parent {record.parent} belongs to the group {above}; it does not."
        return ""

    def tables(self, record: Any) -> Sequence[Table]:
        applications = [
            [link(a), money(Money(a.amount, a.pool.asset)), badge(a.state), moment(a.submitted_at)]
            for a in confidential.told_to_all(record.applications).order_by("-id")[:20]
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
            contacts_table(record),
            changes_table(record),
            verifications_table(record),
            *screening_tables(screened.subject(record)),
            accounts_table(record),
            documents_table(record.number),
            notices_table(notices.of_owners([record.number])),
            Table("Applications", heads, applications, frozenset({1}), "No application."),
            Table("Loans", [*heads[:3], "Approved"], loans, frozenset({1}), "No loan."),
        )
