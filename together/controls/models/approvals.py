"""Four eyes: what was asked for, and who agreed. The database checks who may."""

import json
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from together.controls.models.people import Person


class AuthorityStage(models.Model):
    """
    Which role must agree at which stage, when the amount is above a number of cents.

    These rows are policy: they are changed by a migration or by the owner, and every request
    keeps the stages that stood when it was made.
    """

    kind = models.CharField(max_length=30)
    number = models.SmallIntegerField()
    role = models.CharField(max_length=30)
    above = models.BigIntegerField()

    class Meta:
        ordering = ["kind", "number"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="controls_stage_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}: {self.role}"


class Approval(models.Model):
    """
    A request for approval of one effect, named by its digest.

    What is approved is the digest of ``effect_text``, the effect as canonical JSON; the database
    checks that the two agree. Whatever is changed afterwards has another digest.
    ``roles`` are the stages, written by the database from the authority table.
    """

    kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=80)
    effect_digest = models.CharField(max_length=64)
    effect_text = models.TextField()
    amount_cents = models.BigIntegerField()
    roles = ArrayField(models.CharField(max_length=30), default=list)
    requested_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "subject"], name="controls_approval_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "effect_digest"], name="controls_approval_once"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_cents__gte=0), name="controls_amount_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def effect(self) -> dict[str, Any]:
        """Give the effect as it was asked for."""
        found: dict[str, Any] = json.loads(self.effect_text)
        return found


class Decision(models.Model):
    """One person's answer at one stage. Never changed."""

    class Verdict(models.TextChoices):
        APPROVED = "approved"
        DECLINED = "declined"

    approval = models.ForeignKey(Approval, models.PROTECT, related_name="decisions")
    stage = models.SmallIntegerField()
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reason = models.CharField(max_length=400, blank=True)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["approval", "stage"], name="controls_stage_decided_once"
            ),
            models.UniqueConstraint(
                fields=["approval", "person"], name="controls_person_one_stage"
            ),
            models.CheckConstraint(
                condition=~models.Q(verdict="declined", reason=""),
                name="controls_decline_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.approval} {self.stage}: {self.verdict}"
