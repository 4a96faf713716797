"""Guarantees: who else answers for what a borrower owes."""

import pghistory
from django.db import models

from loans.models.applications import Application
from loans.rules.states import TermState
from together.controls.models import Person


@pghistory.track(append_only=True)
class Guarantee(models.Model):
    """
    One guarantee of an application, agreed with it.

    ``amount`` is the most that the guarantor answers for, in minor units of the pool's asset, or
    nothing if it answers for all. ``document`` shows it; without one it is flagged.
    """

    number = models.CharField(max_length=20, unique=True)
    application = models.ForeignKey(Application, models.PROTECT, related_name="guarantees")
    guarantor = models.CharField(max_length=120)
    lei = models.CharField("LEI", max_length=20, blank=True)
    amount = models.BigIntegerField(null=True)
    document = models.CharField(max_length=20, blank=True)
    state = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in TermState], default=TermState.AGREED
    )
    added_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount=None) | models.Q(amount__gt=0),
                name="loans_guaranteed_above_zero",
            )
        ]

    def __str__(self) -> str:
        return self.number
