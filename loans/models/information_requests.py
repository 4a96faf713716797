"""Requests for information: what an officer asks an institution about its application."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from loans.models.applications import Application
from loans.rules.institution_states import InformationState
from together.controls.models import Person


@pghistory.track(append_only=True)
class InformationRequest(models.Model):
    """
    One question about an application, to be answered up to the end of ``due_on``.

    It ends once: answered by the institution's people, with ``documents`` (by number) that were
    filed with the answer, or withdrawn by an officer with the reason in ``answer``.
    """

    number = models.CharField(max_length=20, unique=True)
    application = models.ForeignKey(Application, models.PROTECT, related_name="information")
    question = models.CharField(max_length=1000)
    due_on = models.DateField()
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in InformationState],
        default=InformationState.OPEN,
    )
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=2000, blank=True)
    documents = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    ended_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", ended_by=None, ended_at=None, answer="", documents__len=0)
                | ~Q(state="open")
                & Q(ended_by__isnull=False, ended_at__isnull=False)
                & ~Q(answer=""),
                name="loans_information_ended_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number
