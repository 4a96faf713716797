"""Fact sets: the facts of an evidence gathered by person, on which policies are simulated."""

from django.db import models

from retail_claims.models.evidence import Evidence
from retail_claims.models.policies import Policy
from retail_claims.rules.states import FactSetState
from together.controls.models import Person


class FactSet(models.Model):
    """
    What an evidence says of each person, counted as a policy counts.

    It serves every policy that counts alike (``basis``), whatever its thresholds, rates, award
    and pool. It is worked out of the evidence and can be thrown away at any time; ``folder`` holds
    it, with the list of rejected rows. ``summary`` counts the rows of each file; ``tries`` counts
    how often the work was begun.
    """

    number = models.CharField(max_length=20, unique=True)
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="fact_sets")
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="fact_sets")
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in FactSetState],
        default=FactSetState.WAITING,
    )
    folder = models.CharField(max_length=400)
    basis = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)
    persons = models.IntegerField(default=0)
    progress = models.CharField(max_length=120, blank=True)
    tries = models.IntegerField(default=0)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="ready", ready_at__isnull=False)
                | ~models.Q(state="ready") & models.Q(ready_at=None),
                name="claims_facts_ready_together",
            ),
            models.UniqueConstraint(
                fields=["evidence", "policy"],
                condition=models.Q(state__in=["waiting", "ready"]),
                name="claims_facts_once",
            ),
        ]

    def __str__(self) -> str:
        return self.number
