"""Who may call an address: written on each view, and compared with a list by a test."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone

from together.controls.queries import held

View = Callable[..., Any]


def acting(request: HttpRequest) -> dict[str, Any]:
    """Give who acts, and when, as operations ask for it."""
    return {"by": request.user, "at": timezone.now()}


def declared(who: str) -> Callable[[View], View]:
    """Write on a view who may call it; the view itself, or its site, demands it."""

    def write(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return view(*args, **kwargs)

        wrapper.who = who  # type: ignore[attr-defined]
        return wrapper

    return write


def portal(act: str) -> Callable[[View], View]:
    """
    Let an institution's people pass who may do an act somewhere.

    To everybody else who is signed in the page does not exist.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not held.scopes_of(request.user, act):
                raise Http404
            answer: HttpResponseBase = view(request, *args, **kwargs)
            return answer

        wrapper.who = f"portal: {act}"  # type: ignore[attr-defined]
        return wrapper

    return guard


def stepped_up(view: View) -> View:
    """Let only somebody pass who showed within the last minutes who they are; ask if need be."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asks = reauthentication_required(view) if settings.MFA_REQUIRED else view
        answer: HttpResponseBase = asks(request, *args, **kwargs)
        return answer

    return wrapper
