"""Requests about collateral: what an institution offers, tops up, exchanges or asks back."""

import pghistory
from django.db import models
from django.db.models import F, Q

from loans.models.applications import Application
from loans.models.collateral import Pledge
from loans.models.market_data import Instrument
from loans.rules.institution_states import CollateralRequestState
from together.controls.models import Person
from together.treasury.models import Destination


class CollateralRequestKind(models.TextChoices):
    """What is asked for."""

    PLEDGE = "pledge", "More collateral"
    SUBSTITUTION = "substitution", "Substitution"
    RELEASE = "release", "Release"


@pghistory.track(append_only=True)
class CollateralRequest(models.Model):
    """
    What an institution announces or asks for about the collateral of an application.

    It changes nothing by itself. An officer takes it up: ``made`` is the pledge that was proposed
    on it; a release was asked for of ``pledge``. Or the officer declines it, with ``ended_for``.
    ``quantity`` is in units of the instrument; ``reference`` names the transfer on its chain, and
    ``sender`` the institution's own destination that it is sent from, where there are.
    """

    number = models.CharField(max_length=20, unique=True)
    application = models.ForeignKey(Application, models.PROTECT, related_name="collateral_requests")
    kind = models.CharField(max_length=12, choices=CollateralRequestKind.choices)
    key = models.UUIDField(unique=True)
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, related_name="+")
    quantity = models.BigIntegerField(null=True)
    kept_by = models.CharField(max_length=60, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    sender = models.ForeignKey(Destination, models.PROTECT, null=True, related_name="+")
    pledge = models.ForeignKey(Pledge, models.PROTECT, null=True, related_name="asked_of")
    reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in CollateralRequestState],
        default=CollateralRequestState.OPEN,
    )
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    made = models.OneToOneField(Pledge, models.PROTECT, null=True, related_name="asked_by_request")
    ended_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_for = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="release", instrument=None, quantity=None, pledge__isnull=False)
                & ~Q(reason="")
                | Q(kind="pledge", quantity__gt=0, instrument__isnull=False, pledge=None)
                | Q(
                    kind="substitution",
                    quantity__gt=0,
                    instrument__isnull=False,
                    pledge__isnull=False,
                ),
                name="loans_collateral_request_kinds",
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_by=None, ended_at=None, made=None, ended_for="")
                | ~Q(state="open")
                & Q(ended_by__isnull=False, ended_at__gte=F("asked_at"))
                & (Q(made=None) | Q(state="taken_up"))
                & (~Q(state="declined") | ~Q(ended_for="")),
                name="loans_collateral_request_ended_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number
