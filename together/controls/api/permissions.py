"""Who may read an API: officers by role, an institution's people in their scope."""

from typing import ClassVar, Protocol

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from together.controls.queries import held


class Readable(Protocol):
    """A view of the API: ``reads`` names the act, ``portal_reads`` the act inside a scope."""

    reads: ClassVar[str]
    portal_reads: ClassVar[str]


class Reads(BasePermission):
    """Let a request pass if a role of the person has the view's act."""

    message = "None of your roles lets you read this."

    def has_permission(self, request: Request, view: Readable) -> bool:  # type: ignore[override]
        """Ask the roles; who is not signed in may read nothing."""
        if not request.user.is_authenticated:
            return False
        return held.may(request.user, view.reads) or bool(
            view.portal_reads and held.scopes_of(request.user, view.portal_reads)
        )
