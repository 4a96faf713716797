"""The portal's pages of drafts: an application is written, documented, submitted or discarded."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from loans.models import Draft, Institution
from loans.operations import draft_files, drafts
from loans.operations.asking import Asked
from loans.queries.rate_table import Cost, NoTable, rate_table
from loans.rules.faults import Fault
from loans.rules.institution_states import DraftState
from loans.rules.products import BY_CODE
from loans.web.draft_forms import LIMIT, DraftForm, FileForm
from together import Refused
from together.controls.queries import held
from together.controls.web.access import acting, portal
from together.ledger.rules.money import Money

READ, ACT = "portal.read", "portal.act"
WAITS = {
    DraftState.OPEN: "Only your institution sees it. An Admin or Manager submits it.",
    DraftState.SUBMITTED: "It was submitted; its application goes on.",
    DraftState.DISCARDED: "It was discarded.",
}


@portal(ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a draft; the same form sent twice begins one."""
    known = _institutions(request)
    if request.method != "POST":
        return _begun(request, DraftForm(known), uuid4())
    form = DraftForm(known, request.POST)
    key = _key(request.POST.get("key", ""))
    if not form.is_valid():
        return _begun(request, form, key, status=400)
    number = form.cleaned_data.get("institution", known[0].number)
    try:
        draft = drafts.start(
            institution=next(one for one in known if one.number == number),
            key=key,
            values=form.typed(),
            **acting(request),
        )
    except Refused as reason:
        return _begun(request, form, key, refusal=str(reason), status=409)
    messages.success(request, f"Draft {draft.number} is saved; only your institution sees it.")
    return redirect("portal_draft", number=draft.number)


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _begun(
    request: HttpRequest, form: DraftForm, key: UUID, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {"form": form, "key": key, "refusal": refusal}
    return render(request, "portal/draft_new.html", context, status=status)


@portal(READ)
@require_safe
def draft_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show a draft: what it asks for, its files, what is missing, and what submits it."""
    return _shown(request, _draft(request, number, READ))


@portal(ACT)
@require_http_methods(["POST"])
def save(request: HttpRequest, number: str) -> HttpResponse:
    """Keep what was typed."""
    draft = _draft(request, number, ACT)
    form = DraftForm([draft.institution], request.POST)
    if not form.is_valid():
        return _shown(request, draft, form=form, status=400)
    try:
        drafts.save(draft=draft, version=_version(request), values=form.typed(), **acting(request))
    except Refused as reason:
        draft.refresh_from_db()
        return _shown(request, draft, form=form, refusal=str(reason), status=409)
    messages.success(request, f"{draft.number} is saved.")
    return redirect("portal_draft", number=draft.number)


@portal(ACT)
@require_http_methods(["POST"])
def add_file(request: HttpRequest, number: str) -> HttpResponse:
    """Add a file to a draft."""
    draft = _draft(request, number, ACT)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, draft, file_form=form, status=400)
    values = form.cleaned_data
    upload = draft_files.Upload(
        values["kind"], values["title"], values["file"].name, values["file"].read()
    )
    try:
        made = draft_files.add(draft=draft, upload=upload, **acting(request))
    except Refused as reason:
        return _shown(request, draft, file_form=form, refusal=str(reason), status=409)
    messages.success(request, f"{made.title} is added.")
    return redirect("portal_draft", number=draft.number)


@portal(ACT)
@require_http_methods(["POST"])
def remove_file(request: HttpRequest, number: str, key: int) -> HttpResponse:
    """Take a file off a draft."""
    draft = _draft(request, number, ACT)
    file = draft.files.filter(pk=key).first()
    if file is None:
        raise Http404
    try:
        draft_files.remove(file=file, **acting(request))
    except Refused as reason:
        return _shown(request, draft, refusal=str(reason), status=409)
    messages.success(request, f"{file.title} is taken off.")
    return redirect("portal_draft", number=draft.number)


@portal(ACT)
@require_http_methods(["POST"])
def submit(request: HttpRequest, number: str) -> HttpResponse:
    """Submit a draft as it was seen."""
    draft = _draft(request, number, ACT)
    try:
        made = drafts.submit(draft=draft, version=_version(request), **acting(request))
    except Refused as reason:
        draft.refresh_from_db()
        return _shown(request, draft, refusal=str(reason), is_strict=True, status=409)
    messages.success(request, f"Application {made.number} is submitted to your loan officer.")
    return redirect("portal_application", number=made.number)


@portal(ACT)
@require_http_methods(["POST"])
def discard(request: HttpRequest, number: str) -> HttpResponse:
    """Give a draft up."""
    draft = _draft(request, number, ACT)
    try:
        drafts.discard(draft=draft, **acting(request))
    except Refused as reason:
        draft.refresh_from_db()
        return _shown(request, draft, refusal=str(reason), status=409)
    messages.success(request, f"{draft.number} is discarded.")
    return redirect("portal_home")


def open_drafts(request: HttpRequest) -> list[Draft]:
    """Give the drafts that the visitor's institutions have not submitted, the newest first."""
    return list(_drafts(request, READ).filter(state=DraftState.OPEN))


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _shown(
    request: HttpRequest,
    draft: Draft,
    *,
    form: DraftForm | None = None,
    file_form: FileForm | None = None,
    refusal: str = "",
    is_strict: bool = False,
    status: int = 200,
) -> HttpResponse:
    asked, offers, faults = drafts.read(draft, timezone.now().date())
    shown = form or DraftForm([draft.institution], draft.content)
    if form is None:
        # What is missing is marked at its field once somebody tried to submit it.
        shown.errors.clear() if shown.is_bound else None
        for field, rule in faults if is_strict else ():
            shown.add_error(field if field in shown.fields else None, ValidationError(rule))
    context: dict[str, Any] = {
        "draft": draft,
        "waits": WAITS[DraftState(draft.state)],
        "form": shown,
        "file_form": file_form or FileForm(),
        "files": draft.files.select_related("added_by"),
        "limit": LIMIT,
        "faults": [(_title(shown, field), rule) for field, rule in faults],
        "effect": _effect(asked) if asked else (),
        "offers": offers,
        "refusal": refusal,
        "may_act": draft.state == DraftState.OPEN
        and draft.institution.number in held.scopes_of(request.user, ACT),
    }
    return render(request, "portal/draft.html", context, status=status)


def _title(form: DraftForm, field: str) -> str:
    known = form.fields.get(field)
    return str(known.label or field.replace("_", " ").capitalize()) if known else field


def _effect(asked: Asked) -> list[tuple[str, Any]]:
    """Tell what an application would ask for, and what that would cost."""
    terms = asked.terms
    found: list[tuple[str, Any]] = [
        ("Amount", asked.amount),
        ("Purpose", asked.purpose),
        ("Schedule", BY_CODE[terms["product"]].name),
        ("Instalments", terms["instalments"]),
    ]
    cost = _cost(terms, asked.amount)
    if cost is not None:
        found += [
            ("First instalment, if drawn today", cost.first),
            ("Interest in all, if drawn today", cost.interest),
        ]
    return found


def _cost(terms: dict[str, Any], amount: Money) -> Cost | None:
    try:
        costs = rate_table(terms, amount, timezone.now().date())
    except (NoTable, Fault):
        return None
    return next((one for one in costs if one.is_asked_for), None)


def _institutions(request: HttpRequest) -> list[Institution]:
    scopes = held.scopes_of(request.user, ACT)
    return list(Institution.objects.filter(number__in=scopes).order_by("number"))


def _drafts(request: HttpRequest, act: str) -> QuerySet[Draft]:
    scopes = held.scopes_of(request.user, act)
    found = Draft.objects.filter(institution__number__in=scopes)
    return found.select_related("institution", "application", "started_by", "changed_by")


def _draft(request: HttpRequest, number: str, act: str) -> Draft:
    """
    Give one draft of the person's institutions.

    :raises Http404: if there is none, or it is another institution's: nobody can tell which
    """
    draft = _drafts(request, act).filter(number=number).first()
    if draft is None:
        raise Http404
    return draft
