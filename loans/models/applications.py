"""Applications for a loan."""

import pghistory
from django.db import models

from loans.models.institutions import Institution
from loans.rules.states import ApplicationState
from together.controls.models import Person
from together.treasury.models import Pool


@pghistory.track(append_only=True)
class Application(models.Model):
    """
    One application.

    ``terms`` are the proposed terms as section 5 of the calculation contract writes them;
    ``figures`` what the applicant stated; ``assessment`` the scorecard's result.
    """

    number = models.CharField(max_length=20, unique=True)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="applications")
    pool = models.ForeignKey(Pool, models.PROTECT)
    amount = models.BigIntegerField()
    purpose = models.CharField(max_length=200)
    terms = models.JSONField()
    figures = models.JSONField()
    assessment = models.JSONField(default=dict)
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in ApplicationState],
        default=ApplicationState.SUBMITTED,
    )
    decline_reason = models.CharField(max_length=400, blank=True)
    submitted_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    proposed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_for = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="loans_applied_positive"),
            models.CheckConstraint(
                condition=models.Q(proposed_at=None, proposed_by=None)
                | models.Q(proposed_at__isnull=False, proposed_by__isnull=False),
                name="loans_proposed_together",
            ),
            models.CheckConstraint(
                condition=models.Q(state="withdrawn", withdrawn_at__isnull=False)
                & models.Q(withdrawn_by__isnull=False)
                & ~models.Q(withdrawn_for="")
                | ~models.Q(state="withdrawn")
                & models.Q(withdrawn_at=None, withdrawn_by=None, withdrawn_for=""),
                name="loans_application_withdrawn_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number
