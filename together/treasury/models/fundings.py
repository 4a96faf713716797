"""What was put into pools."""

from django.db import models

from together.controls.models import Person
from together.treasury.models.accounts import CashAccount
from together.treasury.models.pools import Pool


class Funding(models.Model):
    """Money put into a pool, on one of its accounts, asked for and approved by two people."""

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="fundings")
    account = models.ForeignKey(CashAccount, models.PROTECT, related_name="fundings")
    reference = models.CharField(max_length=35, unique=True)
    amount = models.BigIntegerField()
    on = models.DateField()
    entered_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="treasury_funding_positive"
            )
        ]

    def __str__(self) -> str:
        return self.reference
