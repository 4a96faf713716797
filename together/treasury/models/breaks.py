"""Resolutions: what a person says a break is, with somebody else's approval."""

from django.db import models

from together.controls.models import Person
from together.treasury.models.payments import Instruction
from together.treasury.models.statements import StatementLine
from together.treasury.rules.states import ResolutionState


class ResolutionKind(models.TextChoices):
    """What a line is that matching cannot explain, or what is left of it beside a payment."""

    CHARGE = "charge", "charges of the servicer"
    INTEREST = "interest", "interest on cash"
    CLAIM = "claim", "left in error: to be claimed back"
    CLAIM_SETTLED = "claim_settled", "came back of a claim"
    RECEIPT = "receipt", "money received: a programme allocates it"


class Resolution(models.Model):
    """
    What a break is: a payment, return or nothing of them, and what the rest of its amount is.

    With an ``instruction`` the whole of its open amount is matched to it, and ``kind`` says what
    the difference is; without one ``kind`` says what the whole line is.
    """

    line = models.ForeignKey(StatementLine, models.PROTECT, related_name="resolutions")
    kind = models.CharField(max_length=15, choices=ResolutionKind.choices)
    instruction = models.ForeignKey(Instruction, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200)
    effect_digest = models.CharField(max_length=64)
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in ResolutionState],
        default=ResolutionState.PROPOSED,
    )
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line"],
                condition=models.Q(state="proposed"),
                name="treasury_one_resolution_at_a_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="treasury_resolution_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line.entry_id}: {self.get_kind_display()}"
