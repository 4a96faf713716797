"""Drawdown tests: what was asked once more in the moment in which a drawdown was released."""

from django.db import models

from loans.models.loans import Loan
from together.controls.models import Person
from together.treasury.models import Disbursement


class DrawdownTest(models.Model):
    """
    One test of a drawdown, passed, in the transaction that released its order. Never changed.

    ``found`` says what it rests on: the verification, the accepted term sheet, the room in each
    limit and, of a secured loan, its loan to value.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="drawdown_tests")
    disbursement = models.OneToOneField(Disbursement, models.PROTECT, related_name="drawdown_test")
    amount = models.BigIntegerField()
    found = models.JSONField()
    tested_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    tested_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="loans_drawdown_test_positive"
            )
        ]

    def __str__(self) -> str:
        return str(self.disbursement)
