"""The portal's pages of applications: where each stands, answers, documents, withdrawing."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from loans.formats.agreed import secured_of
from loans.models import Application, InformationRequest, Loan
from loans.operations import application_documents, information_requests, withdrawals
from loans.operations.information_requests import Attachment
from loans.queries import collateral_requests, information
from loans.queries.application_documents import own_documents
from loans.queries.stages import stage_on
from loans.rules.drafts import DOCUMENTS
from loans.rules.exact import Fraction
from loans.rules.institution_states import InformationState
from loans.rules.loan_to_value import percent
from loans.rules.market_data import written
from loans.rules.products import BY_CODE
from loans.rules.states import UNDECIDED, ApplicationState
from loans.web.draft_forms import FILES, FileForm
from together import Refused
from together.controls.models import Document
from together.controls.queries import held
from together.controls.web.access import acting, portal
from together.ledger.rules.money import Money

READ, ACT = "portal.read", "portal.act"
KINDS = dict(DOCUMENTS)
RATE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,9})?")
WAITS = {
    ApplicationState.SUBMITTED: "A loan officer looks at your figures.",
    ApplicationState.PROPOSED: "It was scored and waits for the stages of its approval.",
    ApplicationState.APPROVED: "It was approved; its loan goes on.",
    ApplicationState.DECLINED: "It was declined.",
    ApplicationState.WITHDRAWN: "Your institution withdrew it.",
}
# What is decided inside is told by the decision, not by a stage on the way to it.
STAGE_WAITS = {
    "information": "Your loan officer asked for something: answer it below.",
    "submitted": WAITS[ApplicationState.SUBMITTED],
    "underwritten": "Its worksheet is ready; a loan officer proposes it for a decision.",
    "proposed": WAITS[ApplicationState.PROPOSED],
    "not_approved": WAITS[ApplicationState.PROPOSED],
    "approved": WAITS[ApplicationState.PROPOSED],
    "committed": "It is approved; its term sheet is prepared.",
    "offered": "It is approved; its term sheet waits for you to accept it.",
    "conditions": "It is approved; its conditions precedent are being closed.",
    "accepted": "It is approved; its drawdown may be asked for.",
    "drawdown": "Its drawdown is being approved.",
    "release": "Its drawdown is being paid.",
}


class ManyFiles(forms.ClearableFileInput):
    """An input that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once, none included."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Check each of them."""
        given = data if isinstance(data, (list, tuple)) else [data] if data else []
        return [super(FilesField, self).clean(one, initial) for one in given]


class Answer(forms.Form):
    """What answers a question, with the files that show it."""

    text = forms.CharField(
        label="Your answer",
        max_length=information_requests.LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    attached = FilesField(
        label="Files", required=False, help_text=f"{FILES} You may choose several."
    )


class Withdraw(forms.Form):
    """Why an application is taken back."""

    reason = forms.CharField(
        max_length=withdrawals.MOST_LETTERS, help_text="Your loan officer reads it."
    )


@portal(READ)
@require_safe
def application_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one application, its state, and what it waits for."""
    return _shown(request, _application(request, number, READ))


@portal(ACT)
@require_http_methods(["POST"])
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take an application back before it is decided."""
    application = _application(request, number, ACT)
    form = Withdraw(request.POST)
    if not form.is_valid():
        return _shown(request, application, withdraw_form=form, status=400)
    try:
        withdrawals.withdraw(
            application=application, reason=form.cleaned_data["reason"], **acting(request)
        )
    except Refused as reason:
        application.refresh_from_db()
        refusal = str(reason)
        return _shown(request, application, withdraw_form=form, refusal=refusal, status=409)
    messages.success(request, f"{application.number} is withdrawn.")
    return redirect("portal_application", number=application.number)


@portal(ACT)
@require_http_methods(["POST"])
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Answer what an officer asked about an application."""
    asked = _question(request, number)
    form = Answer(request.POST, request.FILES, prefix=asked.number)
    if not form.is_valid():
        return _shown(request, asked.application, answer_form=form, status=400)
    try:
        information_requests.answer(
            request=asked,
            text=form.cleaned_data["text"],
            files=[Attachment(one.name, one.read()) for one in form.cleaned_data["attached"]],
            **acting(request),
        )
    except Refused as reason:
        refusal = str(reason)
        return _shown(request, asked.application, answer_form=form, refusal=refusal, status=409)
    messages.success(request, f"{asked.number} is answered. A loan officer goes on.")
    return redirect("portal_application", number=asked.application.number)


@portal(ACT)
@require_http_methods(["POST"])
def file_document(request: HttpRequest, number: str) -> HttpResponse:
    """File a further document about an application that is under way."""
    application = _application(request, number, ACT)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, application, file_form=form, status=400)
    values = form.cleaned_data
    try:
        made = application_documents.file(
            application=application,
            kind=values["kind"],
            title=values["title"],
            name=values["file"].name,
            data=values["file"].read(),
            **acting(request),
        )
    except Refused as reason:
        return _shown(request, application, file_form=form, refusal=str(reason), status=409)
    messages.success(request, f"{made.title} is filed as {made.number}.")
    return redirect("portal_application", number=application.number)


@portal(READ)
@require_safe
def document(request: HttpRequest, number: str) -> HttpResponse:
    """Give a document that the institution filed about an application."""
    found = Document.objects.filter(number=number).select_related("content").first()
    application = found and _applications(request, READ).filter(number=found.subject).first()
    if not found or not application or found not in own_documents(application):
        raise Http404
    data = application_documents.take_out(
        application=application, document=found, **acting(request)
    )
    response = HttpResponse(data, content_type=found.media_type)
    response["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return response


def questions(request: HttpRequest) -> list[InformationRequest]:
    """Give what the visitor's institutions are asked and did not answer, the soonest first."""
    found = InformationRequest.objects.filter(
        application__in=_applications(request, READ).filter(state__in=UNDECIDED),
        state=InformationState.OPEN,
    )
    return list(found.select_related("application").order_by("due_on", "id"))


def listed(request: HttpRequest) -> list[tuple[Application, Money]]:
    """Give the applications of the visitor's institutions with their amounts, the newest first."""
    return [(one, Money(one.amount, one.pool.asset)) for one in _applications(request, READ)]


def _shown(
    request: HttpRequest,
    application: Application,
    *,
    withdraw_form: Withdraw | None = None,
    answer_form: Answer | None = None,
    file_form: FileForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    is_under_way = application.state in UNDECIDED
    secured = secured_of(application.terms)
    product = BY_CODE.get(application.terms.get("product", ""))
    context: dict[str, Any] = {
        "application": application,
        "amount": Money(application.amount, application.pool.asset),
        "waits": _waits(application),
        "product": product.name if product else "",
        "secured": percent(secured) if secured is not None else "",
        "loan": Loan.objects.filter(application=application).first(),
        "questions": _questions(application, answer_form),
        "documents": [(one, KINDS.get(one.kind, one.kind)) for one in own_documents(application)],
        "rate": _rate(application),
        "offers": [(one, _quantity(one)) for one in collateral_requests.of(application)[:20]],
        "may_act": is_under_way
        and application.institution.number in held.scopes_of(request.user, ACT),
        "withdraw_form": withdraw_form or Withdraw(),
        "file_form": file_form or FileForm(),
        "refusal": refusal,
    }
    return render(request, "portal/application.html", context, status=status)


def _rate(application: Application) -> str:
    """Write the rate as a percentage where it is one figure."""
    said = str(application.terms.get("rate", ""))
    return percent(Fraction(said)) if RATE.fullmatch(said) else said


def _waits(application: Application) -> str:
    stage = stage_on(application, timezone.now().date())
    return STAGE_WAITS[stage.code] if stage else WAITS[ApplicationState(application.state)]


def _questions(application: Application, typed: Answer | None) -> list[dict[str, Any]]:
    asked = list(information.of(application))
    named = [number for one in asked for number in one.documents]
    files = {one.number: one for one in Document.objects.filter(number__in=named)}
    return [
        {
            "one": one,
            "files": [files[number] for number in one.documents if number in files],
            "form": typed
            if typed is not None and typed.prefix == one.number
            else Answer(prefix=one.number),
            "is_open": one.state == InformationState.OPEN,
        }
        for one in asked
    ]


def _quantity(one: Any) -> str:
    if one.instrument is None:
        return ""
    return f"{written(one.quantity, one.instrument.quantity_scale)} {one.instrument_id}"


def _question(request: HttpRequest, number: str) -> InformationRequest:
    """
    Give one question to the person's institutions.

    :raises Http404: if there is none, or it is another institution's: nobody can tell which
    """
    found = InformationRequest.objects.filter(
        number=number, application__in=_applications(request, ACT)
    )
    asked = found.select_related("application__institution", "application__pool").first()
    if asked is None:
        raise Http404
    return asked


def _applications(request: HttpRequest, act: str) -> QuerySet[Application]:
    scopes = held.scopes_of(request.user, act)
    found = Application.objects.filter(institution__number__in=scopes)
    return found.select_related("institution", "pool").order_by("-id")


def _application(request: HttpRequest, number: str, act: str) -> Application:
    """
    Give one application of the person's institutions.

    :raises Http404: if there is none, or it is another institution's: nobody can tell which
    """
    application = _applications(request, act).filter(number=number).first()
    if application is None:
        raise Http404
    return application
