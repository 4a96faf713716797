"""Destinations: where money may go, and the policy of each rail and chain."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from together.controls.models import Person
from together.treasury.models.texts import plain
from together.treasury.rules.destinations import Details, RailKind
from together.treasury.rules.states import DestinationState
from together.treasury.rules.waves import WavePolicy


def first_shares() -> list[int]:
    """Give the shares of the pool that waves may hold: 0.1 %, 1 %, 10 %; then the rest."""
    return [10, 100, 1000]


class RailPolicy(models.Model):
    """
    What is demanded on a kind of rail; changed by a migration or by the owner only.

    A destination is used ``cooling_off_hours`` after its confirmation. Orders of the
    ``unregistered`` kinds pay accounts that need no registration. An order of several payments
    leaves in waves (rules/waves.py): the canary of at most ``canary_payees``, each of the first
    ones of at most its share of what was promised, in ten-thousandths; where a wave
    ``awaits_statement``, the one before it stands on statements first.
    """

    kind = models.CharField(
        primary_key=True, max_length=10, choices=[(k.value, k.value) for k in RailKind]
    )
    cooling_off_hours = models.PositiveSmallIntegerField()
    unregistered = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    canary_payees = models.PositiveIntegerField(default=100)
    wave_shares = ArrayField(models.PositiveIntegerField(), default=first_shares)
    awaits_statement = models.BooleanField(default=True)

    class Meta:
        verbose_name = "rail policy"
        verbose_name_plural = "rail policies"

    def __str__(self) -> str:
        return f"{self.kind}: {self.cooling_off_hours} hours"

    @property
    def waves(self) -> WavePolicy:
        """Give how much may leave at once, as the rules know it."""
        return WavePolicy(self.canary_payees, tuple(self.wave_shares))


class ChainPolicy(models.Model):
    """A token of a chain, and after how many confirmations its transfers count."""

    chain_id = models.CharField(max_length=20, help_text="EIP-155 number")
    name = models.CharField(max_length=40)
    asset = models.CharField(max_length=8)
    contract = models.CharField(max_length=42, help_text="The token's contract")
    confirmations = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = "chain policy"
        verbose_name_plural = "chain policies"
        constraints = [
            models.UniqueConstraint(fields=["chain_id", "asset"], name="treasury_chain_asset"),
            models.CheckConstraint(
                condition=Q(confirmations__gt=0), name="treasury_chain_confirmations"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset} on {self.name}"


@pghistory.track(append_only=True)
class Destination(models.Model):
    """
    Where money of an owner may go on one rail. Never edited: a change is a new destination.

    ``owner_kind`` and ``owner`` say whose it is, such as institution and its LEI. ``payee`` is
    how instructions name it; ``digest`` covers owner and details. ``evidence`` says how it was
    confirmed that it is theirs. From ``usable_at`` on money may go there.
    """

    number = models.CharField(max_length=20, unique=True)
    owner_kind = models.CharField(max_length=20)
    owner = models.CharField(max_length=80)
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in RailKind])
    asset = models.CharField(max_length=8)
    identifier = models.CharField(max_length=80)
    servicer = models.CharField(max_length=40, blank=True)
    routing_number = models.CharField(max_length=9, blank=True)
    holder = models.CharField(max_length=70, blank=True)
    country = models.CharField(max_length=2, blank=True)
    payee = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in DestinationState],
        default=DestinationState.REGISTERED,
    )
    registered_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    evidence = models.CharField(max_length=400, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    usable_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner_kind", "owner"], name="treasury_destination_of"),
            models.Index(plain("identifier"), name="treasury_destination_said"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["digest"],
                condition=~Q(state="revoked"),
                name="treasury_destination_once",
            ),
            models.CheckConstraint(
                condition=Q(state="registered", confirmed_at=None, usable_at=None)
                | Q(state="confirmed", confirmed_at__isnull=False, usable_at__isnull=False)
                | Q(state="revoked"),
                name="treasury_destination_confirmed_together",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed", evidence=""), name="treasury_destination_evidence"
            ),
            models.CheckConstraint(
                condition=Q(state="revoked", revoked_at__isnull=False, revoked_by__isnull=False)
                & ~Q(reason="")
                | ~Q(state="revoked") & Q(revoked_at=None, revoked_by=None, reason=""),
                name="treasury_destination_revoked_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def details(self) -> Details:
        """Give where it leads, as the rules know it."""
        return Details(
            rail=self.kind,
            asset=self.asset,
            identifier=self.identifier,
            servicer=self.servicer,
            routing_number=self.routing_number,
            holder=self.holder,
            country=self.country,
        )
