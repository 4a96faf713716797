"""Findings: rows that the programme's people state beside the files of the evidence."""

import pghistory
from django.db import models

from retail_claims.models.policies import Programme
from retail_claims.rules.findings import ROLES
from retail_claims.rules.states import FindingState
from together.controls.models import Person


@pghistory.track(append_only=True)
class Finding(models.Model):
    """
    One row of a file of the evidence, as somebody states it, or that such a row does not count.

    ``cells`` are its texts by column; ``about`` the account, person or incident that it is found
    by; ``key`` those that make the key, and of one key one finding
    is in force: it stands in place of what the files say, in every evidence drawn up from then
    on. Nothing of it changes but its state.
    """

    number = models.CharField(max_length=20, unique=True)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="findings")
    role = models.CharField(max_length=12, choices=list(ROLES.items()))
    key = models.CharField(max_length=240)
    about = models.CharField(max_length=64, db_index=True)
    cells = models.JSONField()
    counts = models.BooleanField()
    reason = models.CharField(max_length=400)
    effect_digest = models.CharField(max_length=64)
    state = models.CharField(
        max_length=12, choices=[(s.value, s.value.replace("_", " ")) for s in FindingState]
    )
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "role", "key"],
                condition=models.Q(state="in_force"),
                name="claims_finding_in_force",
            ),
            models.UniqueConstraint(
                fields=["programme", "role", "key"],
                condition=models.Q(state="proposed"),
                name="claims_finding_proposed",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["superseded", "withdrawn"], ended_at__isnull=False)
                | models.Q(state__in=["proposed", "in_force"], ended_at=None),
                name="claims_finding_ended_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number
