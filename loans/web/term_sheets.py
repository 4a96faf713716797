"""The portal's page of a term sheet: what is offered, its PDF, and its acceptance."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from loans.models import TermSheet
from loans.operations import term_sheets
from loans.queries.term_sheets import in_state_on
from loans.rules.institution_states import PaperState
from loans.rules.states import LoanState, TermSheetState
from loans.rules.term_sheets import LAPSED, WORDING, state_on, wording
from loans.web import papers
from together import Refused
from together.controls.models import Person
from together.controls.queries import held
from together.controls.web.access import portal, stepped_up
from together.ledger.rules.money import Money

READ, ACT = "portal.read", "portal.act"
WAITS = {
    TermSheetState.ISSUED: "It waits for an Admin or Manager of your institution to accept it.",
    LAPSED: "It can not be accepted any more. Ask your loan officer for another one.",
    TermSheetState.ACCEPTED: "It is accepted; the loan may be drawn.",
    TermSheetState.SUPERSEDED: "A later version took its place.",
}


class Accept(forms.Form):
    """What a person says who accepts: that they may sign, and what they saw."""

    may_sign = forms.BooleanField(
        error_messages={"required": "Tick that you accept it and may sign."}
    )
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    wording = forms.CharField(max_length=20, widget=forms.HiddenInput)


@portal(READ)
@require_safe
def sheet_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show a term sheet with its facts, and what accepts it."""
    return _shown(request, _sheet(request, number, READ))


@portal(ACT)
@stepped_up
@require_http_methods(["POST"])
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Accept a term sheet for the institution."""
    sheet = _sheet(request, number, ACT)
    form = Accept(request.POST)
    if not form.is_valid():
        return _shown(request, sheet, form=form, status=400)
    try:
        term_sheets.accept(
            sheet=sheet, by=cast(Person, request.user), at=timezone.now(), **form.cleaned_data
        )
    except Refused as reason:
        sheet.refresh_from_db()
        return _shown(request, sheet, refusal=str(reason), status=409)
    messages.success(request, f"{sheet.number} is accepted. The loan may be drawn now.")
    return redirect("portal_loan", number=sheet.loan.number)


@portal(READ)
@require_safe
def pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Give the PDF of a term sheet as it was sent."""
    sheet = _sheet(request, number, READ)
    data = term_sheets.take_out(sheet=sheet, by=cast(Person, request.user), at=timezone.now())
    return papers.attached(data, sheet.document)


def waiting(request: HttpRequest) -> list[TermSheet]:
    """Give the term sheets that wait for the visitor's institutions, the newest first."""
    scopes = held.scopes_of(request.user, READ)
    found = TermSheet.objects.filter(
        loan__institution__number__in=scopes, loan__state=LoanState.COMMITTED
    )
    open_now = in_state_on(found, TermSheetState.ISSUED, timezone.now().date())
    return list(open_now.select_related("loan"))


def _shown(
    request: HttpRequest,
    sheet: TermSheet,
    *,
    form: Accept | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    state = state_on(sheet.state, sheet.lapses_on, timezone.now().date())
    name = sheet.loan.institution.legal_name
    context: dict[str, Any] = {
        "sheet": sheet,
        "sections": papers.sections(sheet.content),
        "amount": Money(sheet.loan.amount, sheet.loan.pool.asset),
        "state": state,
        "waits": WAITS[state],
        "is_open": state == TermSheetState.ISSUED,
        "may_accept": sheet.loan.institution.number in held.scopes_of(request.user, ACT),
        "form": form or Accept(),
        "wording": WORDING,
        "words": wording(WORDING, name),
        "said": wording(sheet.wording, name) if sheet.wording else "",
        "paper": sheet.paper_acceptances.filter(state=PaperState.ACCEPTED).first(),
        "refusal": refusal,
    }
    return render(request, "portal/term_sheet.html", context, status=status)


def _sheet(request: HttpRequest, number: str, act: str) -> TermSheet:
    """
    Give one term sheet of the person's institutions.

    :raises Http404: if there is none, or it is another institution's: nobody can tell which
    """
    scopes = held.scopes_of(request.user, act)
    found = TermSheet.objects.filter(loan__institution__number__in=scopes, number=number)
    sheet = found.select_related(
        "loan__institution", "loan__pool", "document", "accepted_by"
    ).first()
    if sheet is None:
        raise Http404
    return sheet
