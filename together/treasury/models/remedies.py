"""Remedies: what becomes of a payment that was refused or came back, under four eyes."""

from django.db import models
from django.db.models import Q

from together.controls.models import Person
from together.treasury.models.payments import Disbursement, Instruction
from together.treasury.rules.states import RemedyState


class RemedyWay(models.TextChoices):
    """What is done with the money."""

    PAY_AGAIN = "pay_again", "pay it again"
    GIVE_BACK = "give_back", "give it back to the pool"


class Remedy(models.Model):
    """
    The decision about one payment that the rail refused, or that was paid and came back.

    Paid again, its money goes to ``payee`` by a new payment with an identity of its own; the old
    one is never sent again. ``origin`` is the disbursement that first paid it, however often it
    was paid again since.
    """

    number = models.CharField(max_length=20, unique=True)
    instruction = models.ForeignKey(Instruction, models.PROTECT, related_name="remedies")
    origin = models.ForeignKey(Disbursement, models.PROTECT, related_name="remedies")
    way = models.CharField(max_length=10, choices=RemedyWay.choices)
    payee = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=400)
    effect_digest = models.CharField(max_length=64)
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in RemedyState],
        default=RemedyState.PROPOSED,
    )
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    booked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "remedies"
        constraints = [
            models.UniqueConstraint(
                fields=["instruction"],
                condition=~Q(state="withdrawn"),
                name="treasury_one_remedy_at_once",
            ),
            models.CheckConstraint(
                condition=Q(way="pay_again") & ~Q(payee="") | Q(way="give_back", payee=""),
                name="treasury_remedy_of_its_way",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="treasury_remedy_says_why"),
            models.CheckConstraint(
                condition=Q(state="booked", booked_at__isnull=False)
                | ~Q(state="booked") & Q(booked_at=None),
                name="treasury_remedy_booked_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number
