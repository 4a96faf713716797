"""Loans and the events of their lives."""

from datetime import date

import pghistory
from django.db import models

from loans.models.applications import Application
from loans.models.institutions import Institution
from loans.rules.adjustments import KINDS
from loans.rules.states import LoanState
from together.controls.models import Person
from together.treasury.models import Disbursement, Pool, StatementLine

TYPES = ("drawdown", "commitment_fee", *KINDS)


# The loan has events of its own: the history of its row stands under another name. A day that is
# closed is in the audit trail and in the books; a copy of the row for each would say nothing more.
@pghistory.track(
    append_only=True,
    obj_field=pghistory.ObjForeignKey(related_name="history"),
    exclude=["business_date"],
)
class Loan(models.Model):
    """
    One loan: frozen terms and a list of events; everything else is computed from the two.

    ``amount`` is the commitment in minor units as it was approved, ``cancelled`` what of it was
    cancelled before it was drawn: the sum of its booked cancellations, kept here for sums over
    many loans. ``business_date`` is the day that the end of day was last closed for, up to which
    interest is in the books.
    """

    number = models.CharField(max_length=20, unique=True)
    application = models.OneToOneField(Application, models.PROTECT, related_name="loan")
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="loans")
    pool = models.ForeignKey(Pool, models.PROTECT)
    amount = models.BigIntegerField()
    cancelled = models.BigIntegerField(default=0)
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
        indexes = [
            models.Index(
                fields=["number"],
                condition=models.Q(terms__has_key="floating"),
                name="loans_floating",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="loans_amount_positive"),
            models.CheckConstraint(
                condition=models.Q(cancelled__gte=0)
                & (
                    models.Q(state="cancelled", cancelled=models.F("amount"))
                    | (~models.Q(state="cancelled") & models.Q(cancelled__lt=models.F("amount")))
                ),
                name="loans_cancelled_within_amount",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def commitment(self) -> int:
        """Give what may be drawn, or was: the amount without what was cancelled; minor units."""
        return self.amount - self.cancelled

    def commitment_on(self, day: date) -> int:
        """Give what was committed in the evening of a day, by its cancellations; minor units."""
        gone = ((one.booked_on, one.amount) for one in self.cancellations.all())
        return self.amount - sum(less for since, less in gone if since and since <= day)


class Event(models.Model):
    """
    One event in the life of a loan, in the order it was recorded. Never changed.

    What the engine folds: ``type``, ``on``, ``amount`` (minor units, where it has one),
    ``target`` (the earlier event that it points at) and ``further``, the other fields of its kind
    as section 7 of the calculation contract writes them. ``line`` is the money it came with.
    Without an ``adjustment`` the system wrote it by itself: a drawdown with the fee of its
    commitment, a receipt of the day, or a rate that it set from an observation.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="events")
    sequence = models.IntegerField()
    type = models.CharField(max_length=20)
    on = models.DateField()
    amount = models.BigIntegerField(null=True)
    further = models.JSONField(default=dict)
    target = models.ForeignKey("self", models.PROTECT, null=True, related_name="pointing_here")
    line = models.ForeignKey(StatementLine, models.PROTECT, null=True, related_name="events")
    adjustment = models.OneToOneField(
        "loans.Adjustment", models.PROTECT, null=True, related_name="event"
    )
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
            models.CheckConstraint(
                condition=models.Q(type__in=TYPES), name="loans_event_type_known"
            ),
            # What was reversed is not reversed once more: its reversal is.
            models.UniqueConstraint(
                fields=["target"],
                condition=models.Q(type="reversal"),
                name="loans_event_reversed_once",
            ),
            # The rate of a day is set once; a correction takes the place of one fixing.
            models.UniqueConstraint(
                fields=["loan", "on"],
                condition=models.Q(type="rate_fixed", target=None),
                name="loans_event_fixed_once",
            ),
            models.UniqueConstraint(
                fields=["target"],
                condition=models.Q(type="rate_fixed"),
                name="loans_event_corrected_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loan} {self.sequence}: {self.type}"
