"""Institutions that borrow."""

import pghistory
from django.core.exceptions import ValidationError
from django.db import models

from loans.rules import identifiers
from together.controls.models import Person


def is_lei(value: str) -> None:
    """Refuse what is no LEI by ISO 17442 (20 characters, check digits by ISO 7064)."""
    if not identifiers.is_lei(value):
        raise ValidationError(f"{value!r} is no LEI: 20 characters with valid check digits")


@pghistory.track(append_only=True)
class Institution(models.Model):
    """
    One legal entity.

    ``limit`` is the most it may owe or be promised, in minor units of the pool's asset. Money goes
    to its confirmed destinations only, which the treasury keeps by its LEI.
    """

    number = models.CharField(max_length=20, unique=True)
    legal_name = models.CharField(max_length=120)
    lei = models.CharField("LEI", max_length=20, unique=True, validators=[is_lei])
    jurisdiction = models.CharField(max_length=2, help_text="ISO 3166 code of two letters")
    exchange_affiliation = models.CharField(max_length=80, blank=True)
    limit = models.BigIntegerField(help_text="Minor units of the pool's asset")
    entered_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=models.Q(limit__gt=0), name="loans_limit_positive")
        ]

    def __str__(self) -> str:
        return self.legal_name
