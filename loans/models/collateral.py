"""Collateral: the policy of haircuts and bands, and what is pledged for an application."""

import pghistory
from django.db import models

from loans.models.applications import Application
from loans.models.market_data import Instrument
from loans.rules.states import PledgeState
from together.controls.models import Document, Person


class CollateralPolicy(models.Model):
    """
    Haircuts by instrument and bands of loan to value, in basis points, by versions.

    What has no haircut here is no collateral. A margin call is to be met in ``cure_hours``.
    """

    version = models.IntegerField(unique=True)
    initial = models.IntegerField()
    margin_call = models.IntegerField()
    liquidation = models.IntegerField()
    cure_hours = models.IntegerField()
    haircuts = models.JSONField()
    effect_digest = models.CharField(max_length=64)
    set_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]
        verbose_name_plural = "collateral policies"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    initial__gt=0,
                    margin_call__gt=models.F("initial"),
                    liquidation__gt=models.F("margin_call"),
                    liquidation__lte=10_000,
                    cure_hours__gt=0,
                ),
                name="loans_collateral_bands",
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.version}"


@pghistory.track(append_only=True)
class Pledge(models.Model):
    """
    A quantity of an instrument that is pledged for an application and the loan that comes of it.

    ``quantity`` is a whole number of the instrument's quantity units. ``reference`` names it at
    the ``custodian``; the same one secures one loan at a time. ``evidence`` shows that it is
    there. One that ``replaces`` another substitutes it once in force. Nothing of it changes but
    its state, and the digest of the release that was approved.
    """

    number = models.CharField(max_length=20, unique=True)
    application = models.ForeignKey(Application, models.PROTECT, related_name="pledges")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="pledges")
    quantity = models.BigIntegerField()
    custodian = models.CharField(max_length=60)
    reference = models.CharField(max_length=80)
    evidence = models.ForeignKey(Document, models.PROTECT, related_name="+")
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replacements")
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in PledgeState],
        default=PledgeState.PROPOSED,
    )
    effect_digest = models.CharField(max_length=64)
    release_digest = models.CharField(max_length=64, blank=True)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="loans_pledged_some"),
            models.UniqueConstraint(
                fields=["replaces"],
                condition=models.Q(state__in=["proposed", "in_force"]),
                name="loans_one_substitute_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.number
