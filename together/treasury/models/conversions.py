"""Conversions: money of one asset sold for money of another, within one pool."""

from django.db import models

from together.controls.models import Person
from together.treasury.models.accounts import CashAccount
from together.treasury.models.pools import Pool
from together.treasury.rules.states import ConversionState


class Conversion(models.Model):
    """
    One conversion: ``sold`` from one account buys ``bought`` on another (minor units of each).

    ``rate`` is what one whole unit of the asset sold buys, as decimal text, and ``source`` who
    quoted it. Both legs are in the books once it is booked; statements of the two accounts show
    them by ``number``.
    """

    number = models.CharField(max_length=20, unique=True)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="conversions")
    sold_from = models.ForeignKey(CashAccount, models.PROTECT, related_name="+")
    bought_on = models.ForeignKey(CashAccount, models.PROTECT, related_name="+")
    sold = models.BigIntegerField()
    bought = models.BigIntegerField()
    rate = models.CharField(max_length=30)
    source = models.CharField(max_length=80)
    on = models.DateField()
    effect_digest = models.CharField(max_length=64)
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in ConversionState],
        default=ConversionState.PROPOSED,
    )
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sold__gt=0, bought__gt=0), name="treasury_conversion_positive"
            ),
            models.CheckConstraint(
                condition=~models.Q(sold_from=models.F("bought_on")),
                name="treasury_conversion_two_accounts",
            ),
        ]

    def __str__(self) -> str:
        return self.number
