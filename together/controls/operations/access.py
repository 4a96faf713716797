"""The access log: who looked at what is confidential."""

from datetime import datetime, timedelta

from django.db import transaction

from together.controls.models import AccessRecord, Person

# The same look at the same page within so long is the same look.
SAME_LOOK = timedelta(minutes=5)


def seen(*, subject: str, what: str, by: Person, at: datetime) -> None:
    """Write down that somebody saw something of a record; a page opened again at once is one."""
    since = at - SAME_LOOK
    last = AccessRecord.objects.filter(subject=subject, what=what, by=by, at__gt=since, at__lte=at)
    if not last.exists():
        AccessRecord.objects.create(subject=subject, what=what, by=by, at=at)


@transaction.atomic(durable=True)
def look(*, subject: str, by: Person, at: datetime) -> None:
    """Write down that somebody opened the page of a confidential record."""
    seen(subject=subject, what="page", by=by, at=at)
