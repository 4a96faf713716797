"""Spreads: an institution's accounts of some months, in one template, with their evidence."""

from django.db import models

from loans.models.institutions import Institution
from loans.rules.credit.spreads import BASES
from together.controls.models import Person


class Spread(models.Model):
    """
    One institution's accounts up to a day. Never changed: what was wrong is replaced by another.

    ``amounts`` are whole cents of USD by line of the template, ``evidence`` the number of the
    document that shows each section, left out where there is none.
    """

    number = models.CharField(max_length=20, unique=True)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="spreads")
    ends_on = models.DateField()
    months = models.SmallIntegerField()
    basis = models.CharField(max_length=12, choices=BASES)
    amounts = models.JSONField()
    evidence = models.JSONField()
    note = models.CharField(max_length=400, blank=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by", blank=True
    )
    entered_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ["-ends_on", "-id"]
        indexes = [models.Index(fields=["institution", "-ends_on"], name="loans_spreads_of")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(months__gte=1, months__lte=18), name="loans_spread_months"
            ),
        ]

    def __str__(self) -> str:
        return self.number
