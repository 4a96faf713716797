"""Tokens of the API: made, shown once, and revoked by the person they speak for."""

from datetime import timedelta
from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods
from knox.models import AuthToken

from together.controls.models import Person
from together.controls.operations.records import record
from together.controls.web.access import declared

DAYS = ((30, "30 days"), (90, "90 days"), (365, "a year"))


class NewToken(forms.Form):
    """How long a new token lives."""

    days = forms.TypedChoiceField(label="Ends after", choices=DAYS, coerce=int)


@declared("signed in")
@login_required
@sensitive_variables("secret")
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """List the person's tokens; make a new one, shown this once."""
    form, secret, person = NewToken(), "", cast(Person, request.user)
    if request.method == "POST":
        form = NewToken(request.POST)
        if form.is_valid():
            secret = _make(person, form.cleaned_data["days"])
    tokens = AuthToken.objects.filter(user=person).order_by("-created")
    context = {"form": form, "secret": secret, "tokens": tokens, "now": timezone.now()}
    return render(request, "account/tokens.html", context)


@declared("signed in")
@login_required
@require_http_methods(["POST"])
def revoke(request: HttpRequest, key: str) -> HttpResponse:
    """Revoke one of the person's own tokens; anybody else's does not exist."""
    person = cast(Person, request.user)
    token = get_object_or_404(AuthToken, user=person, token_key=key)
    with transaction.atomic():
        token.delete()
        record(what="token.revoked", subject=person.username, by=person, at=timezone.now())
    messages.success(request, "The token is revoked.")
    return redirect("account_tokens")


def _make(person: Person, days: int) -> str:
    life = timedelta(days=days)
    with transaction.atomic():
        _, secret = AuthToken.objects.create(user=person, expiry=life)
        details = {"days": days}
        now = timezone.now()
        record(what="token.made", subject=person.username, by=person, at=now, details=details)
    return str(secret)
