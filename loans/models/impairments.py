"""Impairments: the loss allowance of every loan of a pool on a day; and the watch list."""

import pghistory
from django.db import models

from loans.models.credit_policies import CreditPolicy
from loans.models.loans import Loan
from loans.rules.states import ImpairmentState
from together.controls.models import Person
from together.treasury.models import Pool

STAGES = ((1, "1"), (2, "2"), (3, "3"))


@pghistory.track(append_only=True)
class Impairment(models.Model):
    """
    One assessment of a pool's loans on a day, by a credit policy.

    ``allowance`` and ``suspended`` are what the books are to say in total, in minor units;
    ``rows_digest`` is the SHA-256 of the rows as text. Nothing of it changes but its state.
    """

    number = models.CharField(max_length=20, unique=True)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="+")
    as_of = models.DateField()
    policy = models.ForeignKey(CreditPolicy, models.PROTECT, related_name="+")
    allowance = models.BigIntegerField()
    suspended = models.BigIntegerField()
    rows_digest = models.CharField(max_length=64)
    effect_digest = models.CharField(max_length=64)
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in ImpairmentState],
        default=ImpairmentState.PROPOSED,
    )
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        verbose_name = "assessment of the loss allowance"
        verbose_name_plural = "loss allowances"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pool"],
                condition=models.Q(state="proposed"),
                name="loans_one_impairment_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["pool", "as_of"],
                condition=models.Q(state="booked"),
                name="loans_impairment_of_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(allowance__gte=0, suspended__gte=0),
                name="loans_impairment_not_below_zero",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class LoanImpairment(models.Model):
    """
    What one assessment says of one loan; append-only.

    ``exposure`` is what is owed, or committed and not drawn; ``allowance`` what of it is expected
    to be lost, ``suspended`` the interest and charges of a credit-impaired loan that are not
    counted as income; all in minor units. ``probability`` and ``given_default`` are decimal text.
    """

    impairment = models.ForeignKey(Impairment, models.PROTECT, related_name="rows")
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="impairments")
    stage = models.SmallIntegerField(choices=STAGES)
    reason = models.CharField(max_length=200)
    days_past_due = models.IntegerField()
    grade = models.CharField(max_length=4)
    probability = models.CharField(max_length=12)
    given_default = models.CharField(max_length=12)
    exposure = models.BigIntegerField()
    allowance = models.BigIntegerField()
    suspended = models.BigIntegerField()

    class Meta:
        ordering = ["loan_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["impairment", "loan"], name="loans_impairment_of_a_loan_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    stage__in=[1, 2, 3],
                    allowance__gte=0,
                    suspended__gte=0,
                    exposure__gte=models.F("allowance") + models.F("suspended"),
                ),
                name="loans_impairment_within_what_is_owed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.impairment} {self.loan}"


class Watch(models.Model):
    """
    A loan on the watch list, from ``put_on_at`` until it is taken off with a reason.

    It never changes otherwise and is never deleted.
    """

    number = models.CharField(max_length=20, unique=True)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="watches")
    reason = models.CharField(max_length=200)
    put_on_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    put_on_at = models.DateTimeField()
    taken_off_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    taken_off_at = models.DateTimeField(null=True)
    taken_off_for = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "watch"
        verbose_name_plural = "watch list"
        constraints = [
            models.UniqueConstraint(
                fields=["loan"],
                condition=models.Q(taken_off_at=None),
                name="loans_watched_once",
            ),
            models.CheckConstraint(
                condition=models.Q(taken_off_by=None, taken_off_at=None, taken_off_for="")
                | (
                    models.Q(taken_off_by__isnull=False)
                    & models.Q(taken_off_at__gte=models.F("put_on_at"))
                    & ~models.Q(taken_off_for="")
                ),
                name="loans_watch_ended_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number
