"""Pages over requests and documents, closed to whom the application that they are about is."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from loans.admin.of_application import looked, refuse
from loans.models import Confidentiality
from loans.queries import confidential
from together.console.admin.approvals import ApprovalAdmin
from together.controls.admin.base import ReadOnlyAdmin
from together.controls.admin.documents import DocumentAdmin
from together.controls.queries.held import may


class _Hidden(ReadOnlyAdmin):
    """A page whose records may be about a confidential application: then it says whom to ask."""

    # Gives the condition of the confidentialities that a record belongs to; each page says it.
    belonging: Callable[[Any], Q]

    def _record(self, request: HttpRequest, object_id: str) -> Any:
        try:
            record = super()._record(request, object_id)
        except Http404:
            held = self._held(self._any(object_id))
            # Whoever reads no loans learns nothing of them: it is missing.
            if held is not None and self.may_read_loans(request):
                raise refuse(held) from None
            raise
        looked(self._held(record), request)
        return record

    def may_read_loans(self, request: HttpRequest) -> bool:
        """Say whether who looks may read loans at all."""
        return may(request.user, "loans.read")

    def _any(self, object_id: str) -> Any:
        try:
            key = self.opts.pk.to_python(object_id)
        except ValidationError:
            return None
        return self.model._default_manager.filter(pk=key).first()

    def _held(self, record: Any) -> Confidentiality | None:
        if record is None:
            return None
        found = confidential.in_force().filter(self.belonging(record))
        return found.select_related("application", "owner").first()


class HiddenApprovalAdmin(_Hidden, ApprovalAdmin):
    """The inbox without the requests about what is hidden from who looks."""

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Leave out what is hidden from who looks."""
        return confidential.visible_requests(super().get_queryset(request), request.user)

    def belonging(self, record: Any) -> Q:
        """Give the condition of the confidentialities that a request is about."""
        return confidential.of_request(record.kind, record.subject)


class HiddenDocumentAdmin(_Hidden, DocumentAdmin):
    """Documents without those of what is hidden from who looks."""

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Leave out what is hidden from who looks."""
        return confidential.visible_documents(super().get_queryset(request), request.user)

    def belonging(self, record: Any) -> Q:
        """Give the condition of the confidentialities that a document belongs to."""
        return confidential.of_document(record.subject, record.pk)
