"""Sessions that end, second factors that are demanded, and the console's own content policy."""

from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from together.controls.queries import held

Answer = Callable[[HttpRequest], HttpResponse]
BEGAN = "together_began_at"
# Addresses that somebody without the second factor needs in order to set one up, or to leave.
OPEN_TO_ALL = ("/accounts/", "/static/", "/health/")
# A token speaks for a person without any factor, so making one needs both.
NEEDS_BOTH = "/accounts/tokens/"


class NamedPolicy:
    """Give the console the content policy that its theme needs; every other page has the strict."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and name the policy of the answer."""
        response = self.get_response(request)
        if request.path.startswith("/console/"):
            response._csp_replace = settings.CONSOLE_SECURITY_POLICY  # type: ignore[attr-defined]
        return response


class SignedIn:
    """End sessions that are too old, demand the second factor, keep pages out of caches."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, unless the session is over or lacks a second factor."""
        if not request.user.is_authenticated:
            return self.get_response(request)
        if _is_too_old(request):
            auth.logout(request)
            return redirect("account_login")
        if lacks_second_factor(request):
            return redirect("mfa_activate_totp")
        response = self.get_response(request)
        response.setdefault("Cache-Control", "no-store, private")
        return response


def lacks_second_factor(request: HttpRequest) -> bool:
    """Say whether this person must set up a second factor before going on."""
    is_open = request.path.startswith(OPEN_TO_ALL) and not request.path.startswith(NEEDS_BOTH)
    if not settings.MFA_REQUIRED or is_open:
        return False
    acts = held.may(request.user, "portal.act") or held.may(request.user, "market.feed")
    must = acts or held.works_in(request.user, "console")
    return must and not is_mfa_enabled(request.user)


def _is_too_old(request: HttpRequest) -> bool:
    """Say whether the session has lasted as long as one may; the first request begins it."""
    now = timezone.now()
    began = request.session.get(BEGAN)
    if began is None:
        request.session[BEGAN] = now.isoformat()
        return False
    longest = timedelta(seconds=settings.SESSION_LONGEST)
    return now - datetime.fromisoformat(began) > longest
