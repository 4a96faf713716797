"""Margin calls: a secured loan passed its band, and has until a moment to be back within."""

import pghistory
from django.db import models

from loans.models.collateral import CollateralPolicy
from loans.models.loans import Loan
from loans.rules.states import MarginCallState


@pghistory.track(append_only=True)
class MarginCall(models.Model):
    """
    One margin call of a loan, opened by the monitor with the valuation that it was opened on.

    ``owed`` is in minor units of the loan's asset, ``market_value`` in cents of a dollar;
    ``prices`` names the observation of each instrument. ``band`` is the one that the loan was in
    when it was last looked at. An extension moves ``due_at`` as approved.
    """

    number = models.CharField(max_length=20, unique=True)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="margin_calls")
    policy = models.ForeignKey(CollateralPolicy, models.PROTECT, related_name="+")
    owed = models.BigIntegerField()
    market_value = models.BigIntegerField()
    prices = models.JSONField()
    band = models.CharField(max_length=14)
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in MarginCallState],
        default=MarginCallState.OPEN,
    )
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    extension_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["loan"],
                condition=models.Q(state__in=["open", "extended", "defaulted"]),
                name="loans_one_margin_call_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(due_at__gt=models.F("opened_at")), name="loans_margin_call_days"
            ),
        ]

    def __str__(self) -> str:
        return self.number
