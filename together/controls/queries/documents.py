"""Documents of records: what is filed, what expires, and who looked."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import QuerySet

from together.controls.models import AccessRecord, Document


def of(subject: str) -> QuerySet[Document]:
    """Give the documents of a record, the newest first, the withdrawn included."""
    return Document.objects.filter(subject=subject).select_related("filed_by", "withdrawn_by")


def valid(subjects: Iterable[str], on: date) -> QuerySet[Document]:
    """Give the documents of records that are evidence on a day: neither withdrawn nor expired."""
    found = Document.objects.filter(subject__in=list(subjects), withdrawn_at=None)
    return found.exclude(expires_on__lte=on)


def expiring(on: date, *, days: int, kinds: Iterable[str] = ()) -> QuerySet[Document]:
    """Give what is in force and expires within so many days of a day, or did, soonest first."""
    found = Document.objects.filter(withdrawn_at=None, expires_on__lte=on + timedelta(days=days))
    if kinds:
        found = found.filter(kind__in=list(kinds))
    return found.order_by("expires_on", "id")


def looks(subject: str, most: int = 20) -> QuerySet[AccessRecord]:
    """Give the last looks at a record."""
    return AccessRecord.objects.filter(subject=subject).select_related("by").order_by("-id")[:most]
