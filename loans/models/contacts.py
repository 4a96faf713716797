"""Contacts: who speaks for an institution, in which capacity, from when until when."""

import pghistory
from django.db import models

from loans.models.institutions import Institution
from loans.rules.contacts import CAPACITIES
from together.controls.models import Person


@pghistory.track(append_only=True)
class Contact(models.Model):
    """
    Somebody of an institution, from ``starts_on`` up to the day before ``ended_on``.

    A contact never changes and is never deleted: it is ended, with a reason, and another one is
    entered.
    """

    number = models.CharField(max_length=20, unique=True)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=120)
    capacity = models.CharField(max_length=20, choices=CAPACITIES)
    email = models.CharField("e-mail", max_length=120)
    phone = models.CharField(max_length=16)
    starts_on = models.DateField()
    entered_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    ended_on = models.DateField(null=True)
    ended_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_for = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_on=None) | models.Q(ended_on__gte=models.F("starts_on")),
                name="loans_contact_days",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on=None, ended_by=None, ended_at=None, ended_for="")
                | (
                    models.Q(ended_on__isnull=False, ended_by__isnull=False)
                    & models.Q(ended_at__isnull=False)
                    & ~models.Q(ended_for="")
                ),
                name="loans_contact_ended_together",
            ),
            models.UniqueConstraint(
                fields=["institution", "capacity", "email"],
                condition=models.Q(ended_on=None),
                name="loans_contact_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"
