"""The base of pages over what belongs to an application: closed to whom it is hidden from."""

from typing import Any, ClassVar, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone

from loans.models import Confidentiality
from loans.queries import confidential
from together.controls.admin.base import ReadOnlyAdmin
from together.controls.models import Person
from together.controls.operations import access


def refuse(held: Confidentiality) -> PermissionDenied:
    """Say that an application is confidential, and whom to ask."""
    return PermissionDenied(
        f"{held.application} is confidential; ask {held.owner}, who owns it, to let you in."
    )


def looked(held: Confidentiality | None, request: HttpRequest) -> None:
    """Write down that somebody opened something of an application, if it is confidential."""
    if held is not None:
        access.look(subject=str(held.application), by=cast(Person, request.user), at=timezone.now())


class OfApplication(ReadOnlyAdmin):
    """
    A page over applications, or over what belongs to one at the end of ``application_path``.

    What is hidden from somebody is in none of their lists; its page says whom to ask. With
    ``is_open_once_lent`` it is hidden only as long as the application has no loan.
    """

    application_path: ClassVar[str] = "application"
    is_open_once_lent: ClassVar[bool] = False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Leave out what is hidden from who looks."""
        found: QuerySet = super().get_queryset(request)
        if self.is_open_once_lent:
            return confidential.seen_until_lent(found, request.user)
        return confidential.seen_by(found, request.user, self.application_path)

    def _record(self, request: HttpRequest, object_id: str) -> Any:
        try:
            record = super()._record(request, object_id)
        except Http404:
            held = self._confidentiality(object_id)
            if held is not None:
                raise refuse(held) from None
            raise
        looked(self._confidentiality(record.pk), request)
        return record

    def _confidentiality(self, key: Any) -> Confidentiality | None:
        """Give what holds of the application of the record of a key, if anything does."""
        try:
            key = self.opts.pk.to_python(key)
        except ValidationError:
            return None
        found = self.model._default_manager.filter(pk=key)
        applications = found.values(self.application_path or "pk")
        held = confidential.in_force().filter(application__in=applications)
        return held.select_related("application", "owner").first()
