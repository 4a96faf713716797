"""Conditions precedent: what must be so before the money of a loan goes out."""

import pghistory
from django.db import models

from loans.models.applications import Application
from loans.rules.states import ConditionState
from together.controls.models import Person


@pghistory.track(append_only=True)
class Condition(models.Model):
    """
    One condition of an application, agreed with it; open until two people say what became of it.

    ``document`` and ``note`` are what its outcome rests on: what shows that it is satisfied, or
    why it is waived.
    """

    number = models.CharField(max_length=20, unique=True)
    application = models.ForeignKey(Application, models.PROTECT, related_name="conditions")
    text = models.CharField(max_length=400)
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in ConditionState],
        default=ConditionState.OPEN,
    )
    document = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=400, blank=True)
    effect_digest = models.CharField(max_length=64, blank=True)
    added_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        verbose_name = "condition precedent"
        verbose_name_plural = "conditions precedent"
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["application"],
                condition=models.Q(state="open"),
                name="loans_conditions_open",
            )
        ]

    def __str__(self) -> str:
        return self.number
