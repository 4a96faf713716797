"""Cancellations of commitments: what will not be drawn any more, by whom, from when on."""

import pghistory
from django.db import models

from loans.models.loans import Loan
from loans.rules.cancellations import WORDS, Side
from loans.rules.institution_states import CancellationState
from together.controls.models import Document, Person


@pghistory.track(append_only=True)
class Cancellation(models.Model):
    """
    One cancellation of all or a part of a commitment that is not drawn.

    ``amount`` is in minor units. A borrower's own takes effect at the end of the day ``on``; what
    an officer enters rests on an approval, by ``effect_digest``, and on a ``document`` where the
    borrower asked for it. From ``booked_on`` on the amount costs no fee. Nothing else of it changes
    but its state. What the end of the availability period cancels was asked for by nobody.
    """

    number = models.CharField(max_length=20, unique=True)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="cancellations")
    side = models.CharField(max_length=10, choices=[(one.value, WORDS[one]) for one in Side])
    amount = models.BigIntegerField()
    on = models.DateField()
    reason = models.CharField(max_length=200)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    effect_digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in CancellationState],
        default=CancellationState.PROPOSED,
    )
    asked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    booked_on = models.DateField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="loans_cancellation_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(state="booked", booked_on__isnull=False)
                | (~models.Q(state="booked") & models.Q(booked_on=None)),
                name="loans_cancellation_booked_together",
            ),
            models.CheckConstraint(
                condition=models.Q(side="lapse", asked_by=None, effect_digest="")
                | (models.Q(side="borrower") & models.Q(asked_by__isnull=False))
                | (
                    models.Q(side="lender")
                    & models.Q(asked_by__isnull=False)
                    & ~models.Q(effect_digest="")
                ),
                name="loans_cancellation_of_a_side",
            ),
            models.UniqueConstraint(
                fields=["loan"],
                condition=models.Q(state="proposed"),
                name="loans_one_cancellation_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.number
