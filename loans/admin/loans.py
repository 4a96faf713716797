"""The console's pages over loans and the events of their lives."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.admin import collateral
from loans.admin.acting import LOAN_ACTS
from loans.admin.applications import pairs
from loans.admin.cancellations import CANCEL_ACT, cancellations_table, cancelled_facts
from loans.admin.commitments import commitment_facts
from loans.admin.floating import fixings_table, rate_facts
from loans.admin.impairments import facts_of_impairment
from loans.admin.invoices import invoices_table
from loans.admin.loan_covenants import covenants_of_loan
from loans.admin.margin_calls import calls_table
from loans.admin.term_sheets import sheets_table
from loans.admin.watches import WATCH_ACT
from loans.queries.receipts import waiting_for
from loans.queries.standing import Standing, standing
from loans.rules.adjustments import words
from loans.rules.replay.events import FIXING
from loans.rules.states import LoanState
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    NOTHING,
    Table,
    amount_column,
    badge,
    column,
    day,
    digest,
    link,
    moment,
    moment_column,
    money,
    state_column,
)
from together.ledger.rules.money import Money
from together.notices.admin.notices import notices_table
from together.notices.queries import notices


class LoanAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = (
        "number",
        state_column(),
        column("institution", lambda x: x.institution, lambda x: x.institution.number),
        amount_column("commitment", lambda x: Money(x.amount, x.pool.asset), order="amount"),
        amount_column("cancelled", lambda x: Money(x.cancelled, x.pool.asset), order="cancelled"),
        "business_date",
        moment_column("approved_at", "approved"),
    )
    list_filter = ("state",)
    found_by = ("number", "institution__number", "terms_digest")
    ordering = ("-id",)
    acts = (*LOAN_ACTS, CANCEL_ACT, WATCH_ACT)
    waits_for = {
        LoanState.COMMITTED: "its term sheet to be accepted, then its drawdown to be asked for",
        LoanState.DRAWING: "its drawdown to be released and settled",
        LoanState.ACTIVE: "repayments",
        LoanState.CLOSED: "nothing: everything is repaid",
        LoanState.WRITTEN_OFF: "recoveries: what was owed is given up",
        LoanState.CANCELLED: "nothing: all of it was cancelled before it was drawn",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("institution", "pool", "application__pool", "disbursement")

    def facts(self, record: Any) -> Sequence[Fact]:
        now = standing(record, timezone.now().date())
        return (
            ("Principal outstanding", money(now.principal_outstanding)),
            ("Interest accrued, unpaid", money(now.interest_accrued)),
            ("Due now", money(now.due_now)),
            ("Next due", money(now.next_due) if now.next_due_on else None),
            ("Next due on", day(now.next_due_on)),
            ("Days past due", f"{now.days_past_due} ({now.bucket})"),
            ("Overpaid", money(now.overpaid)),
            *rate_facts(record, timezone.now().date()),
            *commitment_facts(record, timezone.now().date()),
            *collateral.facts(record.application, timezone.now()),
            *facts_of_impairment(record),
            ("Institution", link(record.institution)),
            ("Commitment", money(Money(record.amount, record.pool.asset))),
            *cancelled_facts(record),
            ("Pool", link(record.pool)),
            ("Application", link(record.application)),
            ("Drawdown", link(record.disbursement)),
            ("Day closed for", day(record.business_date)),
            ("Approved", moment(record.approved_at)),
            ("Digest of the terms", digest(record.terms_digest)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        return (
            _schedule(standing(record, timezone.now().date())),
            *collateral.pledges_table(record.application, timezone.now()),
            *calls_table(record),
            *covenants_of_loan(record),
            sheets_table(record),
            *cancellations_table(record),
            invoices_table(record),
            notices_table(notices.about(record.number)),
            *_receipts(record),
            *fixings_table(record),
            _events(record),
            _adjustments(record),
            pairs("Terms", record.terms),
        )


def _receipts(loan: Any) -> list[Table]:
    """Give the receipts that name the loan and wait; usually there is none, and no table."""
    rows = [
        [link(one.line, one.line.entry_id), day(one.line.booked_at), _amount(one.line, loan)]
        + [one.reason or "it is allocated within minutes"]
        for one in waiting_for(loan)
    ]
    heads = ["Entry", "Came in", "Amount", "Why it waits"]
    return [Table("Receipts that wait", heads, rows, frozenset({2}))] if rows else []


def _events(loan: Any) -> Table:
    # Fixings have a table of their own: of daily ones there are hundreds.
    others = loan.events.exclude(type=FIXING).select_related("recorded_by", "target")
    found = list(others.order_by("-sequence")[:100])
    reversed_by = {e.target_id: e.sequence for e in found if e.type == "reversal"}
    rows = [
        [
            e.sequence,
            link(e, words(e.type)),
            day(e.on),
            _amount(e, loan),
            _bond(e, reversed_by.get(e.pk)),
            e.recorded_by or "the system",
        ]
        for e in found
    ]
    heads = ["No.", "Event", "Day", "Amount", "Belongs to", "Recorded by"]
    return Table("Events, newest first", heads, rows, frozenset({0, 3}), "No event yet.")


def _bond(event: Any, reversal: int | None) -> Any:
    """Say which event another one points at, and by which it was reversed."""
    said = [f"of event {event.target.sequence}"] if event.target else []
    said += [f"reversed by event {reversal}"] if reversal else []
    return ", ".join(said) or NOTHING


def _schedule(now: Standing) -> Table:
    rows = [
        [r.number, day(r.due_on), *map(money, (r.principal, r.interest, r.due, r.paid, r.balance))]
        for r in now.instalments
    ]
    heads = ["No.", "Due on", "Principal", "Interest", "Due", "Paid", "Balance"]
    numbers = frozenset({0, 2, 3, 4, 5, 6})
    return Table("Schedule", heads, rows, numbers, "The schedule begins with the drawdown.")


def _adjustments(loan: Any) -> Table:
    found = loan.adjustments.select_related("proposed_by").order_by("-id")[:20]
    rows = [
        [link(a), badge(a.state), a.get_type_display(), day(a.on), a.proposed_by, a.reason]
        for a in found
    ]
    heads = ["Adjustment", "State", "Kind", "Its own day", "Proposed by", "Reason"]
    return Table("Adjustments, newest first", heads, rows, empty="None was proposed.")


class EventAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = (
        "loan",
        "sequence",
        "type",
        "on",
        column("amount", lambda e: _amount(e, e.loan), lambda e: e.amount),
        "recorded_by",
        moment_column("recorded_at", "recorded"),
    )
    list_filter = ("type", "loan__state")
    found_by = ("loan__number",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related(
            "loan__pool", "recorded_by", "line", "adjustment", "target__loan"
        )

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.loan.number,)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Loan", link(record.loan)),
            ("Sequence", record.sequence),
            ("Type", record.type),
            ("Day", day(record.on)),
            ("Amount", _amount(record, record.loan)),
            ("Points at", link(record.target)),
            *((name.replace("_", " "), str(value)) for name, value in record.further.items()),
            ("Statement line", link(record.line, record.line.entry_id if record.line else "")),
            ("Adjustment", link(record.adjustment)),
            ("Recorded by", record.recorded_by or "the system"),
            ("Recorded", moment(record.recorded_at)),
        )


def _amount(record: Any, loan: Any) -> Any:
    return NOTHING if record.amount is None else money(Money(record.amount, loan.pool.asset))
