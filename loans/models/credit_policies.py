"""Versions of the credit policy: by what applicants are scored, graded and limited."""

import pghistory
from django.db import models

from loans.rules.states import PolicyState
from together.controls.models import Person


@pghistory.track(append_only=True)
class CreditPolicy(models.Model):
    """
    One version, approved by the committee; one is in force at a time.

    ``document`` is the policy as ``loans.formats.credit_policy`` reads it. Nothing of it changes
    but its state. The first version came with the system and was proposed by nobody.
    """

    number = models.CharField(max_length=20, unique=True)
    document = models.JSONField()
    reason = models.CharField(max_length=400)
    effect_digest = models.CharField(max_length=64)
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in PolicyState],
        default=PolicyState.PROPOSED,
    )
    proposed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "credit policies"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=models.Q(state__in=["proposed", "in_force"]),
                name="loans_one_credit_policy",
            ),
            models.CheckConstraint(
                condition=models.Q(proposed_by=None, proposed_at=None)
                | models.Q(proposed_by__isnull=False, proposed_at__isnull=False),
                name="loans_policy_proposed_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number
