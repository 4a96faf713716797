"""Notices asked for: those of an owner, of a record, new to a person, waiting to be mailed."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from together.controls.models import AccessRecord, Person
from together.notices.models import Notice
from together.notices.rules.states import NoticeState


def of_owners(owners: Sequence[str]) -> QuerySet[Notice]:
    """Give the notices of some owners, newest first."""
    return Notice.objects.filter(owner__in=owners).defer("body").order_by("-id")


def about(subject: str) -> QuerySet[Notice]:
    """Give the notices about a record, newest first."""
    return Notice.objects.filter(about=subject).defer("body").order_by("-id")


def marked_new(found: QuerySet[Notice], person: Person) -> QuerySet[Notice]:
    """Add to notices whether a person has not taken them out yet, as ``is_new``."""
    taken = AccessRecord.objects.filter(subject=OuterRef("number"), by=person, what="letter")
    return found.annotate(is_new=~Exists(taken))


def count_new(owners: Sequence[str], person: Person) -> int:
    """Count the notices of some owners that a person has not taken out yet."""
    taken = AccessRecord.objects.filter(subject=OuterRef("number"), by=person, what="letter")
    return Notice.objects.filter(~Exists(taken), owner__in=owners).count()


def is_due() -> bool:
    """Say whether a notice waits for a worker."""
    due = Q(state=NoticeState.READY, due_at__lte=Now())
    left = Q(state=NoticeState.SENDING, lease_until__lt=Now())
    return Notice.objects.filter(due | left).exists()
