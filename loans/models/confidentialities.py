"""Confidential applications: whose they are, until when, and who was let in."""

from django.db import models

from loans.models.applications import Application
from together.controls.models import Person


class Confidentiality(models.Model):
    """
    A time in which an application is confidential: from ``made_at`` until it is lifted.

    ``owner`` is the officer who made it so and who lets others in. Nothing of it changes but that
    it is lifted, once, with a reason.
    """

    number = models.CharField(max_length=20, unique=True)
    application = models.ForeignKey(Application, models.PROTECT, related_name="confidentialities")
    owner = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    lifted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_for = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "confidential applications"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=models.Q(lifted_at=None),
                name="loans_confidential_once",
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_at=None, lifted_by=None, lifted_for="")
                | (
                    models.Q(lifted_at__gte=models.F("made_at"), lifted_by__isnull=False)
                    & ~models.Q(lifted_for="")
                ),
                name="loans_lifted_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def holding(self) -> str:
        """Say whether it holds still."""
        return "lifted" if self.lifted_at else "confidential"


class AccessGrant(models.Model):
    """Somebody was let in to a confidential application; ended once, with a reason."""

    confidentiality = models.ForeignKey(Confidentiality, models.PROTECT, related_name="grants")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    granted_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    ended_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_for = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["confidentiality", "person"],
                condition=models.Q(ended_at=None),
                name="loans_access_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(person=models.F("granted_by")),
                name="loans_access_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by=None, ended_for="")
                | (
                    models.Q(ended_at__gte=models.F("granted_at"), ended_by__isnull=False)
                    & ~models.Q(ended_for="")
                ),
                name="loans_access_ended_together",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.confidentiality}: {self.person}"
