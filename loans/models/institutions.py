"""Institutions that borrow."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from loans.models.groups import Group
from loans.rules import profiles
from loans.rules.states import ProfileState
from together.controls.models import Person

ALONE = models.Q(parent=None) | models.Q(parent_name="", parent_lei="")
NAMED_WHOLE = models.Q(parent_name="", parent_lei="") | ~(
    models.Q(parent_name="") | models.Q(parent_lei="")
)
AFFILIATED_WHOLE = models.Q(affiliation="none", exchange="") | ~(
    models.Q(affiliation="none") | models.Q(exchange="")
)


def is_lei(value: str) -> None:
    """Refuse what is no LEI by ISO 17442 (20 characters, check digits by ISO 7064)."""
    if not profiles.is_lei(value):
        raise ValidationError(f"{value!r} is no LEI: 20 characters with valid check digits")


@pghistory.track(append_only=True)
class Institution(models.Model):
    """
    One legal entity.

    ``limit`` is the most it may owe or be promised, in minor units of the pool's asset. Money goes
    to its confirmed destinations only, which the treasury keeps by its LEI. Its number and LEI
    stay; everything else of its profile changes only as an approved ``change`` of it says.
    """

    number = models.CharField(max_length=20, unique=True)
    legal_name = models.CharField(max_length=120)
    aliases = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    lei = models.CharField("LEI", max_length=20, unique=True, validators=[is_lei])
    jurisdiction = models.CharField(max_length=2, help_text="ISO 3166 code of two letters")
    sector = models.CharField(max_length=20, choices=profiles.SECTORS, default="other")
    group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="institutions"
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="subsidiaries"
    )
    parent_name = models.CharField(max_length=120, blank=True)
    parent_lei = models.CharField(
        "LEI of the parent", max_length=20, blank=True, validators=[is_lei]
    )
    affiliation = models.CharField(
        max_length=20, choices=profiles.AFFILIATIONS, default=profiles.NOT_AFFILIATED
    )
    exchange = models.CharField(max_length=80, blank=True)
    limit = models.BigIntegerField(help_text="Minor units of the pool's asset")
    change = models.OneToOneField(
        "ProfileChange", models.PROTECT, null=True, blank=True, related_name="made"
    )
    entered_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=models.Q(limit__gt=0), name="loans_limit_positive"),
            models.CheckConstraint(condition=ALONE, name="loans_one_parent"),
            models.CheckConstraint(condition=NAMED_WHOLE, name="loans_parent_named_whole"),
            models.CheckConstraint(condition=AFFILIATED_WHOLE, name="loans_affiliated_whole"),
        ]

    def __str__(self) -> str:
        return self.legal_name


@pghistory.track(append_only=True)
class ProfileChange(models.Model):
    """
    A change of what is known of an institution: the facts before it and after it.

    Nothing of it changes but its state. ``version`` counts the changes of an institution.
    """

    number = models.CharField(max_length=20, unique=True)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="changes")
    version = models.IntegerField()
    before = models.JSONField()
    after = models.JSONField()
    reason = models.CharField(max_length=400)
    effect_digest = models.CharField(max_length=64)
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in ProfileState],
        default=ProfileState.PROPOSED,
    )
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["institution", "version"], name="loans_change_once"),
            models.UniqueConstraint(
                fields=["institution"],
                condition=models.Q(state="proposed"),
                name="loans_one_change_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.number
