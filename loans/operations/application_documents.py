"""Documents that an institution files about its application, and takes out again."""

from datetime import datetime

from django.db import transaction

from loans.models import Application
from loans.operations.allowed import demand_own
from loans.queries.application_documents import own_documents
from loans.rules.drafts import DOCUMENTS
from loans.rules.states import UNDECIDED
from together.controls.models import Document, Person
from together.controls.operations import access, documents
from together.controls.operations.documents import NotADocument
from together.controls.operations.people import NotAllowed
from together.controls.rules import lifecycle


@transaction.atomic(durable=True)
def file(
    *,
    application: Application,
    kind: str,
    title: str,
    name: str,
    data: bytes,
    by: Person,
    at: datetime,
) -> Document:
    """
    File a document about an application that is under way.

    :raises NotAllowed: if they do not act for the institution
    :raises NotADocument: if the kind or the content is of none that is filed
    :raises NotPossibleNow: if the application is decided or withdrawn
    """
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("institution")
        .get(pk=application.pk)
    )
    demand_own(by, "portal.act", application.institution)
    if application.state not in UNDECIDED:
        raise lifecycle.NotPossibleNow(f"application {application.number} is {application.state}")
    if kind not in dict(DOCUMENTS):
        raise NotADocument(f"kind: {kind[:20]!r} is no kind of document")
    return documents.take_in(
        area="loans",
        subject=application.number,
        kind=kind,
        title=title,
        name=name,
        data=data,
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def take_out(*, application: Application, document: Document, by: Person, at: datetime) -> bytes:
    """
    Give a document that the institution filed itself to its own people; who took it is kept.

    :raises NotAllowed: if it is another institution's, or was filed by an officer
    """
    demand_own(by, "portal.read", application.institution)
    if not own_documents(application).filter(pk=document.pk).exists():
        raise NotAllowed(f"{document.number} was not filed by {application.institution}")
    access.seen(subject=application.number, what=f"document {document.number}", by=by, at=at)
    return bytes(document.content.data)
