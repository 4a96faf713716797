"""The portal's page of an amendment letter: what changes, its PDF, and the answer to it."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from loans.models import AmendmentLetter, Loan
from loans.operations import amendment_letters
from loans.queries import amendments
from loans.rules.amendments import MOST_WORDS, WORDING, wording
from loans.rules.institution_states import LetterState, PaperState
from loans.rules.term_sheets import LAPSED, state_on
from loans.web import papers
from together import Refused
from together.controls.models import Person
from together.controls.queries import held
from together.controls.web.access import portal, stepped_up

READ, ACT = "portal.read", "portal.act"
WAITS = {
    LetterState.ISSUED: "It waits for an Admin or Manager of your institution to answer it.",
    LAPSED: "It can not be accepted any more. Ask your loan officer for another one.",
    LetterState.ACCEPTED: "It is accepted; your loan officer puts it into effect.",
    LetterState.DECLINED: "Your institution declined it; the loan stays as it is.",
    LetterState.SUPERSEDED: "A later version took its place.",
    LetterState.WITHDRAWN: "It was taken back; the loan stays as it is.",
}
IN_EFFECT = "It is accepted and in effect: the schedule of the loan follows it."
CHANGED = "The loan has changed since, so nothing can come of it. Ask your loan officer."


class Accept(forms.Form):
    """What a person says who accepts: that they may sign, and what they saw."""

    may_sign = forms.BooleanField(
        error_messages={"required": "Tick that you accept it and may sign."}
    )
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    wording = forms.CharField(max_length=20, widget=forms.HiddenInput)


class Decline(forms.Form):
    """What a person says who declines: why."""

    words = forms.CharField(
        label="Why, in words that your loan officer reads",
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why you decline it."},
    )


@portal(READ)
@require_safe
def letter_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show an amendment letter with what it changes, and what answers it."""
    return _shown(request, _letter(request, number, READ))


@portal(ACT)
@stepped_up
@require_http_methods(["POST"])
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Accept an amendment for the institution."""
    letter = _letter(request, number, ACT)
    form = Accept(request.POST)
    if not form.is_valid():
        return _shown(request, letter, accepting=form, status=400)
    try:
        amendment_letters.accept(
            letter=letter, by=cast(Person, request.user), at=timezone.now(), **form.cleaned_data
        )
    except Refused as reason:
        return _refused(request, letter, reason)
    messages.success(request, f"{letter.number} is accepted. Your loan officer books the change.")
    return redirect("portal_loan", number=letter.loan.number)


@portal(ACT)
@require_http_methods(["POST"])
def decline(request: HttpRequest, number: str) -> HttpResponse:
    """Decline an amendment for the institution, with words."""
    letter = _letter(request, number, ACT)
    form = Decline(request.POST)
    if not form.is_valid():
        return _shown(request, letter, declining=form, status=400)
    try:
        amendment_letters.decline(
            letter=letter, by=cast(Person, request.user), at=timezone.now(), **form.cleaned_data
        )
    except Refused as reason:
        return _refused(request, letter, reason)
    messages.success(request, f"{letter.number} is declined. The loan stays as it is.")
    return redirect("portal_loan", number=letter.loan.number)


@portal(READ)
@require_safe
def pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Give the PDF of a letter as it was sent."""
    letter = _letter(request, number, READ)
    data = amendment_letters.take_out(
        letter=letter, by=cast(Person, request.user), at=timezone.now()
    )
    return papers.attached(data, letter.document)


def waiting(request: HttpRequest) -> list[AmendmentLetter]:
    """Give the letters that wait for the visitor's institutions, the next to lapse first."""
    scopes = held.scopes_of(request.user, READ)
    found = amendments.waiting().filter(adjustment__loan__institution__number__in=scopes)
    return list(found.filter(lapses_on__gt=timezone.now().date()))


def of_loan(loan: Loan) -> list[tuple[AmendmentLetter, str]]:
    """Give the letters of a loan with their states today, the newest first."""
    today = timezone.now().date()
    found = AmendmentLetter.objects.filter(adjustment__loan=loan).select_related("adjustment")
    return [(one, state_on(one.state, one.lapses_on, today)) for one in found.order_by("-id")]


def _refused(request: HttpRequest, letter: AmendmentLetter, reason: Refused) -> HttpResponse:
    letter.refresh_from_db()
    return _shown(request, letter, refusal=str(reason), status=409)


def _shown(
    request: HttpRequest,
    letter: AmendmentLetter,
    *,
    accepting: Accept | None = None,
    declining: Decline | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    loan = letter.loan
    state = state_on(letter.state, letter.lapses_on, timezone.now().date())
    name = loan.institution.legal_name
    has_changed = loan.events.count() != letter.adjustment.event_count
    context: dict[str, Any] = {
        "letter": letter,
        "loan": loan,
        "sections": papers.sections(letter.content),
        "state": state,
        "waits": _waits(letter, state, has_changed=has_changed),
        "is_open": state == LetterState.ISSUED and not has_changed,
        "may_answer": loan.institution.number in held.scopes_of(request.user, ACT),
        "accepting": accepting or Accept(),
        "declining": declining or Decline(),
        "wording": WORDING,
        "words": wording(WORDING, name),
        "said": wording(letter.wording, name) if letter.wording else letter.words,
        "paper": letter.paper_acceptances.filter(state=PaperState.ACCEPTED).first(),
        "refusal": refusal,
    }
    return render(request, "portal/amendment_letter.html", context, status=status)


def _waits(letter: AmendmentLetter, state: str, *, has_changed: bool) -> str:
    if state == LetterState.ACCEPTED and letter.adjustment.state == "booked":
        return IN_EFFECT
    if has_changed and state in (LetterState.ISSUED, LetterState.ACCEPTED):
        return CHANGED
    return WAITS[state]


def _letter(request: HttpRequest, number: str, act: str) -> AmendmentLetter:
    """
    Give one letter of the person's institutions.

    :raises Http404: if there is none, or it is another institution's: nobody can tell which
    """
    scopes = held.scopes_of(request.user, act)
    found = AmendmentLetter.objects.filter(
        adjustment__loan__institution__number__in=scopes, number=number
    )
    related = ("adjustment__loan__institution", "adjustment__loan__pool", "document", "answered_by")
    letter = found.select_related(*related).first()
    if letter is None:
        raise Http404
    return letter
