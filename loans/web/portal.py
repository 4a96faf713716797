"""The portal's first page, and those of loans: what is owed and when, the payoff, the drawdown."""

from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from loans.models import Institution, Loan
from loans.operations import drawdowns
from loans.queries.account_statement import account_statement
from loans.queries.commitments import commitment
from loans.queries.rates import rate_now
from loans.queries.standing import Standing, payoff, standing
from loans.queries.term_sheets import newest
from loans.rules.states import LoanState, TermSheetState
from loans.web import (
    account_statements,
    amendment_letters,
    applications,
    cancellations,
    collateral,
    covenants,
    drafts,
    notices,
    schedules,
    term_sheets,
)
from together import Refused
from together.controls.models import Person
from together.controls.operations.screening import HitStands, NotScreened
from together.controls.queries import held
from together.controls.web.access import portal
from together.ledger.rules.money import Money

READ, ACT = "portal.read", "portal.act"
NOT_NOW = "This cannot be done right now. Your loan officer will be in touch."
LOAN_WAITS = {
    LoanState.COMMITTED: "The amount is reserved for you. Once its term sheet is accepted it can be"
    " drawn.",
    LoanState.DRAWING: "The drawdown is asked for; the treasury approves and pays it.",
    LoanState.ACTIVE: "The loan is drawn and being repaid.",
    LoanState.CLOSED: "Everything is repaid.",
    LoanState.CANCELLED: "All of it was cancelled before it was drawn.",
    LoanState.WRITTEN_OFF: "What was owed is written off. Money that comes in is still taken.",
}


@portal(READ)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the institution's loans with what is owed, and its applications."""
    today = timezone.now().date()
    rows = [
        (loan, Money(loan.commitment or loan.amount, loan.pool.asset), standing(loan, today))
        for loan in _loans(request, READ).prefetch_related("events")
    ]
    context = {
        "institutions": Institution.objects.filter(number__in=held.scopes_of(request.user, READ)),
        "loans": rows,
        "applications": applications.listed(request),
        "drafts": drafts.open_drafts(request),
        "questions": applications.questions(request),
        "calls": collateral.calls(request),
        "may_apply": bool(held.scopes_of(request.user, ACT)),
        "sheets": term_sheets.waiting(request),
        "letters": amendment_letters.waiting(request),
        "covenants": covenants.due(request),
        "new_notices": notices.new_ones(request),
        "today": today,
    }
    return render(request, "portal/home.html", context)


@portal(READ)
@require_safe
def loan_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one loan: what is due next and how to pay it, the schedule, the payments."""
    loan = _loan(request, number, READ)
    return render(request, "portal/loan.html", _loan_context(request, loan))


@portal(READ)
@require_safe
def schedule_csv(request: HttpRequest, number: str) -> HttpResponseBase:
    """Give the schedule of a loan as CSV."""
    loan = _loan(request, number, READ)
    return schedules.download(loan, standing(loan, timezone.now().date()))


@portal(READ)
@require_safe
def statement_csv(request: HttpRequest, number: str) -> HttpResponseBase:
    """Give the account statement of a loan as CSV."""
    loan = _loan(request, number, READ)
    return account_statements.download(loan, account_statement(loan, timezone.now().date()))


@portal(ACT)
@require_http_methods(["POST"])
def draw(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for the drawdown of a committed loan."""
    loan = _loan(request, number, ACT)
    try:
        drawdowns.ask(loan=loan, by=cast(Person, request.user), at=timezone.now())
    except Refused as reason:
        # Who is looked into for sanctions is not told so: that would warn them.
        is_quiet = isinstance(reason, (HitStands, NotScreened))
        context = {
            **_loan_context(request, loan),
            "refusal": NOT_NOW if is_quiet else str(reason),
        }
        return render(request, "portal/loan.html", context, status=409)
    messages.success(request, "The drawdown is asked for. The treasury approves and pays it.")
    return redirect("portal_loan", number=loan.number)


def _loan_context(request: HttpRequest, loan: Loan) -> dict[str, Any]:
    today = timezone.now().date()
    now, account = standing(loan, today), account_statement(loan, today)
    sheet = newest(loan)
    may_act = loan.institution.number in held.scopes_of(request.user, ACT)
    may_cancel = may_act and cancellations.may_ask(loan)
    return {
        "sheet": sheet,
        "letters": amendment_letters.of_loan(loan),
        "loan": loan,
        "amount": Money(loan.amount, loan.pool.asset),
        "cancelled": Money(loan.cancelled, loan.pool.asset),
        "left": Money(loan.commitment, loan.pool.asset),
        "cancellations": cancellations.rows(loan, may_act=may_act),
        "may_cancel": may_cancel,
        "standing": now,
        "rate": rate_now(loan, today),
        "undrawn": _undrawn(loan, today),
        "waits": LOAN_WAITS[LoanState(loan.state)],
        "to_pay": _to_pay(now),
        "rows": schedules.rows(now, today),
        "columns": [name.capitalize() for name in schedules.COLUMNS],
        "totals": schedules.totals(now),
        "chart": schedules.chart(now),
        "account": account,
        "invoices": notices.invoices_of(loan),
        "movements": account_statements.rows(account),
        "movement_columns": [name.capitalize() for name in account_statements.COLUMNS],
        "covenants": covenants.rows(loan),
        "collateral": collateral.summary(loan.application),
        "payoff": _payoff(request, loan, today) if loan.state == LoanState.ACTIVE else None,
        # While a cancellation waits nothing is drawn.
        "may_draw": may_cancel and sheet is not None and sheet.state == TermSheetState.ACCEPTED,
    }


def _undrawn(loan: Loan, today: date) -> dict[str, Any] | None:
    """Give until when a commitment may be drawn and its fee so far; nothing once it is drawn."""
    kept = commitment(loan)
    if kept is None or kept.since is None or loan.state != LoanState.COMMITTED:
        return None
    return {"ends_on": kept.ends_on, "fee": Money(kept.fee(today), loan.pool.asset)}


class PayOff(forms.Form):
    """The day for which somebody wants to know what pays the loan off."""

    payoff_on = forms.DateField(
        label="Paid on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["payoff_on"].widget.attrs["min"] = today.isoformat()

    def clean_payoff_on(self) -> date:
        """Refuse a day that is gone, or more than a year ahead."""
        on: date = self.cleaned_data["payoff_on"]
        if not self.today <= on <= self.today + timedelta(days=366):
            raise forms.ValidationError(f"{on} is not within a year from {self.today}.")
        return on


def _payoff(request: HttpRequest, loan: Loan, today: date) -> dict[str, Any]:
    """Give the form of the payoff quote, with the quote if one is asked for."""
    if "payoff_on" not in request.GET:
        return {"form": PayOff(today, initial={"payoff_on": today})}
    form = PayOff(today, request.GET)
    if not form.is_valid():
        return {"form": form}
    on = form.cleaned_data["payoff_on"]
    return {"form": form, "on": on, "amount": payoff(loan, on)}


def _to_pay(now: Standing) -> Money:
    """Give what to pay next: everything due, or else the next instalment."""
    return now.due_now if now.due_now.minor_units else now.next_due


def _loans(request: HttpRequest, act: str) -> QuerySet[Loan]:
    """Give the loans of the institutions for which the person may do an act; no others."""
    scopes = held.scopes_of(request.user, act)
    found = Loan.objects.filter(institution__number__in=scopes)
    return found.select_related("institution", "pool", "application__pool").order_by("number")


def _loan(request: HttpRequest, number: str, act: str) -> Loan:
    """
    Give one loan of the person's institutions.

    :raises Http404: if there is none, or it is another institution's: nobody can tell which
    """
    loan = _loans(request, act).filter(number=number).first()
    if loan is None:
        raise Http404
    return loan
