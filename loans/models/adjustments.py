"""Adjustments: events of a loan that a person proposes, with the difference they make."""

import pghistory
from django.db import models

from loans.models.loans import Loan
from loans.rules.adjustments import KINDS, words
from loans.rules.states import AdjustmentState
from together.controls.models import Approval, Person
from together.treasury.models import StatementLine


@pghistory.track(append_only=True, obj_field=pghistory.ObjForeignKey(related_name="history"))
class Adjustment(models.Model):
    """
    One event that waits to be recorded, and what it changes.

    The facts of the event stand as they will be recorded. ``difference`` is what the person was
    shown: each instalment before and after, and the lines of the entry, computed on the loan's
    first ``event_count`` events as of ``as_of``; ``approval`` is bound to all of it.
    """

    number = models.CharField(max_length=20, unique=True)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="adjustments")
    type = models.CharField(max_length=20, choices=[(kind, words(kind)) for kind in KINDS])
    on = models.DateField()
    amount = models.BigIntegerField(null=True)
    further = models.JSONField(default=dict)
    target = models.ForeignKey("loans.Event", models.PROTECT, null=True, related_name="+")
    line = models.ForeignKey(StatementLine, models.PROTECT, null=True, related_name="adjustments")
    reason = models.CharField(max_length=400)
    event_count = models.IntegerField()
    as_of = models.DateField()
    difference = models.JSONField()
    approval = models.OneToOneField(Approval, models.PROTECT, related_name="adjustment")
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in AdjustmentState],
        default=AdjustmentState.PROPOSED,
    )
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    ended_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(type__in=KINDS), name="loans_adjustment_type_known"
            ),
            models.CheckConstraint(
                condition=models.Q(amount=None) | models.Q(amount__gt=0),
                name="loans_adjustment_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(state="proposed", ended_at=None, ended_by=None)
                | (
                    ~models.Q(state="proposed")
                    & models.Q(ended_at__isnull=False, ended_by__isnull=False)
                ),
                name="loans_adjustment_ended_together",
            ),
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="loans_adjustment_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.number
