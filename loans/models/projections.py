"""Projections: the interest of the days to come of each loan, as its replay stored it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from loans.models.loans import Loan


class Projection(models.Model):
    """
    The straight pieces of a loan's interest, one array a column: see ``rules/projection.py``.

    ``events`` is the number of events that it was computed from: with more of them it is stale,
    and is not used. It can be lost at any time, the end of day stores another one.
    """

    loan = models.OneToOneField(Loan, models.PROTECT, primary_key=True, related_name="projection")
    events = models.IntegerField()
    until = models.DateField()
    unit = models.BigIntegerField()
    rounding = models.CharField(max_length=10)
    days = ArrayField(models.DateField())
    bases = ArrayField(models.BigIntegerField())
    numerators = ArrayField(models.BigIntegerField())
    slopes = ArrayField(models.BigIntegerField())
    denominators = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"{self.loan_id}: {len(self.days)} segments until {self.until}"
