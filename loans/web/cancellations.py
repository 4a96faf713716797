"""The portal's page on which an institution gives notice that it will not draw a commitment."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from loans.models import Cancellation, Loan
from loans.operations import cancellations
from loans.rules.cancellations import MOST_LETTERS
from loans.rules.drafts import AMOUNT
from loans.rules.institution_states import CancellationState
from loans.rules.states import LoanState
from together import Refused
from together.controls.models import Person
from together.controls.queries import held
from together.controls.web.access import portal
from together.ledger.rules.money import Money, NotAnAmount, parse

ACT = "portal.act"
WAITS = {
    CancellationState.PROPOSED: "waits; the loan is not drawn meanwhile",
    CancellationState.BOOKED: "in effect",
    CancellationState.WITHDRAWN: "taken back",
}


class Cancel(forms.Form):
    """What will not be drawn, from when on, and why."""

    amount = forms.CharField(
        label="Amount",
        max_length=30,
        required=False,
        help_text="In whole units: 250,000.00. Empty: all that is not drawn.",
    )
    on = forms.DateField(
        label="At the end of",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Until then you may take it back.",
    )
    reason = forms.CharField(
        max_length=MOST_LETTERS, help_text="Your loan officer reads it; up to 200 letters."
    )

    def __init__(self, asset: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asset = asset

    def clean_amount(self) -> Money | None:
        """Read the amount exactly; nothing is all of it."""
        typed = self.cleaned_data["amount"]
        plain = typed.replace(",", "").strip()
        if not plain:
            return None
        if not AMOUNT.fullmatch(plain):
            said = f"{typed[:30]!r} must be an amount such as 250,000.00"
            raise forms.ValidationError(said)
        try:
            return parse(plain, self.asset)
        except NotAnAmount as error:
            raise forms.ValidationError(str(error)) from error


@portal(ACT)
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Show what a notice does, and give it."""
    loan = _loan(request, number)
    today = timezone.now().date()
    if request.method != "POST":
        return _shown(request, loan, Cancel(loan.pool.asset, initial={"on": today}))
    form = Cancel(loan.pool.asset, request.POST)
    if not form.is_valid():
        return _shown(request, loan, form, status=400)
    try:
        made = cancellations.ask(
            loan=loan, by=cast(Person, request.user), at=timezone.now(), **form.cleaned_data
        )
    except Refused as reason:
        return _shown(request, loan, form, refusal=str(reason), status=409)
    amount = Money(made.amount, loan.pool.asset)
    messages.success(request, f"Notice is given: {amount} is cancelled at the end of {made.on}.")
    return redirect("portal_loan", number=loan.number)


@portal(ACT)
@require_http_methods(["POST"])
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take a notice back that did not take effect."""
    scopes = held.scopes_of(request.user, ACT)
    found = Cancellation.objects.filter(loan__institution__number__in=scopes, number=number)
    one = found.select_related("loan").first()
    if one is None:
        raise Http404
    try:
        cancellations.withdraw(cancellation=one, by=cast(Person, request.user), at=timezone.now())
    except Refused as reason:
        messages.error(request, f"Refused. {reason}")
    else:
        messages.success(request, f"{one.number} is taken back. The loan may be drawn.")
    return redirect("portal_loan", number=one.loan.number)


def rows(loan: Loan, *, may_act: bool) -> list[dict[str, Any]]:
    """Give the cancellations of a loan as its page shows them, the newest first."""
    return [
        {
            "one": one,
            "amount": Money(one.amount, loan.pool.asset),
            "told": WAITS[CancellationState(one.state)],
            "may_withdraw": may_act
            and one.state == CancellationState.PROPOSED
            and not one.effect_digest,
        }
        for one in loan.cancellations.order_by("-id")[:20]
    ]


def may_ask(loan: Loan) -> bool:
    """Say whether notice may be given: the loan is committed, and none waits."""
    waiting = loan.cancellations.filter(state=CancellationState.PROPOSED)
    return loan.state == LoanState.COMMITTED and not waiting.exists()


def _shown(
    request: HttpRequest, loan: Loan, form: Cancel, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "loan": loan,
        "undrawn": Money(loan.commitment, loan.pool.asset),
        "may_ask": may_ask(loan),
        "form": form,
        "refusal": refusal,
    }
    return render(request, "portal/cancel.html", context, status=status)


def _loan(request: HttpRequest, number: str) -> Loan:
    """
    Give one loan of the person's institutions.

    :raises Http404: if there is none, or it is another institution's: nobody can tell which
    """
    scopes = held.scopes_of(request.user, ACT)
    found = Loan.objects.filter(institution__number__in=scopes, number=number)
    loan = found.select_related("institution", "pool").first()
    if loan is None:
        raise Http404
    return loan
