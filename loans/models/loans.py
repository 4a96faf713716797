"""Loans and the events of their lives."""

import pghistory
from django.db import models

from loans.models.applications import Application
from loans.models.institutions import Institution
from loans.rules.states import LoanState
from together.controls.models import Person
from together.treasury.models import Disbursement, Pool, StatementLine


# The loan has events of its own: the history of its row stands under another name.
@pghistory.track(append_only=True, obj_field=pghistory.ObjForeignKey(related_name="history"))
class Loan(models.Model):
    """
    One loan: frozen terms and a list of events; everything else is computed from the two.

    ``amount`` is the commitment in minor units; ``business_date`` the day that the end of day
    was last closed for, up to which interest is in the books.
    """

    number = models.CharField(max_length=20, unique=True)
    application = models.OneToOneField(Application, models.PROTECT, related_name="loan")
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="loans")
    pool = models.ForeignKey(Pool, models.PROTECT)
    amount = models.BigIntegerField()
    terms = models.JSONField()
    terms_digest = models.CharField(max_length=64)
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in LoanState],
        default=LoanState.COMMITTED,
    )
    disbursement = models.OneToOneField(Disbursement, models.PROTECT, null=True)
    business_date = models.DateField(null=True)
    approved_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="loans_amount_positive")
        ]

    def __str__(self) -> str:
        return self.number


class Event(models.Model):
    """
    One event in the life of a loan, in the order it was recorded. Never changed.

    ``type``, ``on`` and ``amount`` (minor units, where it has one) are what the engine folds.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="events")
    sequence = models.IntegerField()
    type = models.CharField(max_length=20)
    on = models.DateField()
    amount = models.BigIntegerField(null=True)
    line = models.OneToOneField(StatementLine, models.PROTECT, null=True, related_name="event")
    recorded_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["loan", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "sequence"], name="loans_event_sequence"),
            models.CheckConstraint(
                condition=models.Q(amount=None) | models.Q(amount__gt=0),
                name="loans_event_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loan} {self.sequence}: {self.type}"
