"""Drafts of applications: what an institution writes before it submits, and its files."""

import uuid

import pghistory
from django.db import models

from loans.models.applications import Application
from loans.models.institutions import Institution
from loans.rules.drafts import DOCUMENTS
from loans.rules.institution_states import DraftState
from together.controls.models import DocumentContent, Person


@pghistory.track(append_only=True)
class Draft(models.Model):
    """
    The draft of an application, seen by its institution's people alone.

    ``content`` are texts as they were typed, complete or not; ``version`` grows with every change
    of them. ``key`` is that of the form that began it: sent twice, it begins one draft.
    """

    number = models.CharField(max_length=20, unique=True)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="drafts")
    key = models.UUIDField(default=uuid.uuid4)
    content = models.JSONField(default=dict)
    version = models.IntegerField(default=1)
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in DraftState],
        default=DraftState.OPEN,
    )
    application = models.OneToOneField(Application, models.PROTECT, null=True, related_name="draft")
    started_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    changed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["institution", "key"], name="loans_draft_once"),
            models.CheckConstraint(
                condition=models.Q(state="submitted", application__isnull=False)
                | ~models.Q(state="submitted") & models.Q(application=None),
                name="loans_draft_submitted_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class DraftFile(models.Model):
    """A file of a draft; it is filed as a document once the draft is submitted."""

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="files")
    kind = models.CharField(max_length=12, choices=DOCUMENTS)
    title = models.CharField(max_length=120)
    name = models.CharField(max_length=100)
    size = models.IntegerField()
    content = models.ForeignKey(DocumentContent, models.PROTECT, related_name="+")
    added_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "content"], name="loans_draft_file_once"),
        ]

    def __str__(self) -> str:
        return self.title
