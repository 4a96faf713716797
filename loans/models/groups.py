"""Groups of connected clients: institutions that are one risk."""

import pghistory
from django.db import models
from django.db.models.functions import Lower

from together.controls.models import Person


@pghistory.track(append_only=True)
class Group(models.Model):
    """
    One group of connected clients: what hits one member hits the others.

    Which institutions belong to it stands on them. Its name never changes.
    """

    number = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    entered_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(Lower("name"), name="loans_group_named_once")]

    def __str__(self) -> str:
        return self.name
