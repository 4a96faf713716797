"""Documents of applications that its institution filed itself: what the portal shows again."""

from django.db.models import QuerySet

from loans.models import Application
from together.controls.models import Document, RoleGrant


def own_documents(application: Application) -> QuerySet[Document]:
    """
    Give the documents of an application that its institution's people filed, the newest first.

    What officers filed about it is the house's own.
    """
    people = RoleGrant.objects.filter(scope=application.institution.number).values("person")
    found = Document.objects.filter(area="loans", subject=application.number, filed_by__in=people)
    return found.select_related("filed_by").order_by("-id")
