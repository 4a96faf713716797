"""Worksheets: what underwriting found of an application, by a policy, on a day."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from loans.models.applications import Application
from loans.models.credit_policies import CreditPolicy
from together.controls.models import Person


class Worksheet(models.Model):
    """
    One version of an application's underwriting. Never changed: prepared anew it is the next one.

    ``spreads`` are the numbers of the accounts it rests on, newest first; ``figures``,
    ``assessment`` and ``loss`` what came of them by the policy; ``headrooms`` the limits as they
    stood, in minor units. ``digest`` covers all of it.
    """

    number = models.CharField(max_length=20, unique=True)
    application = models.ForeignKey(Application, models.PROTECT, related_name="worksheets")
    version = models.SmallIntegerField()
    policy = models.ForeignKey(CreditPolicy, models.PROTECT, related_name="+")
    spreads = ArrayField(models.CharField(max_length=20))
    figures = models.JSONField()
    assessment = models.JSONField()
    loss = models.JSONField()
    headrooms = models.JSONField()
    recommendation = models.CharField(max_length=10)
    rationale = models.TextField(max_length=4000)
    digest = models.CharField(max_length=64)
    prepared_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "version"], name="loans_worksheet_version_once"
            )
        ]

    def __str__(self) -> str:
        return self.number
