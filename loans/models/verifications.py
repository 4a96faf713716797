"""Verifications of who an institution is (KYB): on which evidence, and until when."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models

from loans.models.institutions import Institution
from loans.rules.states import VerificationState
from together.controls.models import Person


@pghistory.track(append_only=True)
class Verification(models.Model):
    """
    One verification of an institution, proposed by an officer and approved by compliance.

    In force it holds from ``verified_on`` up to the day before ``expires_on``. ``documents`` are
    the numbers of what was looked at. Nothing of it changes but its state.
    """

    number = models.CharField(max_length=20, unique=True)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="verifications")
    verified_on = models.DateField()
    expires_on = models.DateField()
    documents = ArrayField(models.CharField(max_length=20))
    finding = models.CharField(max_length=400)
    effect_digest = models.CharField(max_length=64)
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in VerificationState],
        default=VerificationState.PROPOSED,
    )
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["expires_on"],
                condition=models.Q(state="in_force"),
                name="loans_verified_until",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_on__gt=models.F("verified_on")),
                name="loans_verification_days",
            ),
            models.UniqueConstraint(
                fields=["institution"],
                condition=models.Q(state="proposed"),
                name="loans_one_verification_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.number
