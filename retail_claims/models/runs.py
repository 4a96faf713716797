"""Runs: one adjudication of one evidence under one policy."""

import pghistory
from django.db import models

from retail_claims.models.evidence import Evidence
from retail_claims.models.policies import Policy, Programme
from retail_claims.rules.states import RunState
from together.controls.models import Person


@pghistory.track(append_only=True)
class Run(models.Model):
    """
    One run. Its digest covers policy, inputs, results and root; that digest is approved.

    Amounts are minor units of the pool's asset. ``summary`` is the adjudication's own.
    """

    number = models.CharField(max_length=20, unique=True)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="runs")
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="runs")
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="runs")
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value.replace("_", " ")) for s in RunState],
        default=RunState.COMPUTING,
    )
    summary = models.JSONField(default=dict)
    folder = models.CharField(
        max_length=400, blank=True, help_text="Where the files of the run are kept"
    )
    run_digest = models.CharField(max_length=64, blank=True)
    merkle_root = models.CharField(max_length=64, blank=True)
    persons = models.IntegerField(default=0)
    awards = models.IntegerField(default=0)
    award_total = models.BigIntegerField(default=0)
    escrow_total = models.BigIntegerField(default=0)
    payable_total = models.BigIntegerField(default=0)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme"],
                condition=models.Q(state="published"),
                name="claims_one_published_run",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["approved", "published"], approved_at__isnull=False)
                | ~models.Q(state__in=["approved", "published"]),
                name="claims_approved_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Computation(models.Model):
    """How far a worker is with a run that was asked for; ``tries`` counts how often it began."""

    run = models.OneToOneField(Run, models.PROTECT, primary_key=True, related_name="computation")
    progress = models.CharField(max_length=120, blank=True)
    tries = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"computation of {self.run_id}"
