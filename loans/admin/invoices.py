"""The console's pages over invoices, and what the page of a loan shows of them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from loans.rules.states import InvoiceState
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    Table,
    amount_column,
    badge,
    column,
    day,
    link,
    money,
)
from together.ledger.rules.money import Money

SHOWN = 24


def _money(invoice: Any, minor_units: int) -> Money:
    return Money(minor_units, invoice.loan.pool.asset)


def invoices_table(loan: Any) -> Table:
    """Give the invoices of a loan, newest first."""
    rows = [
        [
            link(one),
            badge(one.state, "plain"),
            one.instalment,
            day(one.on),
            day(one.due_on),
            money(Money(one.total, loan.pool.asset)),
            link(one.notice),
            badge(one.notice.state),
        ]
        for one in loan.invoices.select_related("notice").order_by("-id")[:SHOWN]
    ]
    heads = ["Invoice", "State", "Instalment", "Of", "Due on", "To pay", "Notice", "Mail"]
    empty = "None yet: an instalment is invoiced before it is due."
    return Table("Invoices, newest first", heads, rows, frozenset({2, 5}), empty)


class InvoiceAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    nothing = "No instalment was invoiced yet: each is, before it is due."
    tones = {InvoiceState.ISSUED: "plain"}
    list_display = (
        "number",
        column("state", lambda i: badge(i.state, "plain"), lambda i: i.state, order="state"),
        column("loan", lambda i: link(i.loan), lambda i: i.loan.number),
        column("institution", lambda i: i.loan.institution, lambda i: i.loan.institution.number),
        "instalment",
        column("due on", lambda i: day(i.due_on), lambda i: i.due_on, order="due_on"),
        amount_column("to pay", lambda i: _money(i, i.total), order="total"),
        column("mail", lambda i: badge(i.notice.state), lambda i: i.notice.state),
    )
    list_filter = ("state", "notice__state")
    found_by = ("number", "loan__number", "loan__institution__number", "notice__number")
    ordering = ("-id",)
    waits_for = {
        InvoiceState.ISSUED: "nothing: it is what was asked for; what is open is on the loan",
        InvoiceState.SUPERSEDED: "nothing: a corrected one took its place before it was due",
        InvoiceState.CANCELLED: "nothing: the plan changed, and nothing is to be paid on it",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("loan__institution", "loan__pool", "notice", "replaces")

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.number, record.notice.number)

    def facts(self, record: Any) -> Sequence[Fact]:
        later = getattr(record, "replaced_by", None)
        return (
            ("To pay", money(_money(record, record.total))),
            ("Principal", money(_money(record, record.principal))),
            ("Interest", money(_money(record, record.interest))),
            ("Fees and penalties", money(_money(record, record.charges))),
            ("Settled of it by then", money(_money(record, record.settled))),
            ("Overdue from before", money(_money(record, record.arrears))),
            ("Due on", day(record.due_on)),
            ("As known on", day(record.on)),
            ("Events it was computed on", record.events),
            ("Loan", link(record.loan)),
            ("Institution", link(record.loan.institution)),
            ("Instalment", record.instalment),
            ("Version", record.version),
            ("Takes the place of", link(record.replaces)),
            ("Its place was taken by", link(later)),
            ("Notice", link(record.notice)),
            ("Mail", badge(record.notice.state)),
        )
