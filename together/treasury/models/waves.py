"""Waves of a disbursement: what is funded and released at once; and what stopped them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from together.controls.models import Person
from together.treasury.models.payments import Disbursement
from together.treasury.rules.states import BrakeKind


class Wave(models.Model):
    """
    Whole batches of a disbursement that are released by one act, after the wave before.

    The first one is the canary: few payees and a small share of the pool, a picture of the rest.
    """

    disbursement = models.ForeignKey(Disbursement, models.PROTECT, related_name="waves")
    number = models.PositiveSmallIntegerField()
    count = models.IntegerField()
    total = models.BigIntegerField()
    released_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["disbursement", "number"], name="treasury_wave_numbered"
            ),
            models.CheckConstraint(
                condition=Q(count__gt=0, total__gt=0, number__gt=0), name="treasury_wave_positive"
            ),
            models.CheckConstraint(
                condition=Q(released_at=None, released_by=None)
                | Q(released_at__isnull=False, released_by__isnull=False),
                name="treasury_wave_released_together",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.disbursement} wave {self.number}"


class Brake(models.Model):
    """
    A stop of one disbursement: nothing more of it is sent until somebody lets it go on.

    Pulled by the system where a cent is not explained, or too much is refused or comes back, or
    by a person. ``findings`` are what was compared and found, in words.
    """

    disbursement = models.ForeignKey(Disbursement, models.PROTECT, related_name="brakes")
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in BrakeKind])
    reason = models.CharField(max_length=400)
    findings = ArrayField(models.TextField(), default=list)
    pulled_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    pulled_at = models.DateTimeField()
    resumed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    resumed_at = models.DateTimeField(null=True)
    resumed_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["disbursement"],
                condition=Q(resumed_at=None),
                name="treasury_one_brake_at_once",
            ),
            models.CheckConstraint(
                condition=Q(resumed_at=None, resumed_by=None, resumed_reason="")
                | Q(resumed_at__isnull=False, resumed_by__isnull=False) & ~Q(resumed_reason=""),
                name="treasury_brake_resumed_together",
            ),
            models.CheckConstraint(
                condition=~Q(reason="")
                & (Q(kind="person", pulled_by__isnull=False) | ~Q(kind="person")),
                name="treasury_brake_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.disbursement} stopped: {self.reason}"
