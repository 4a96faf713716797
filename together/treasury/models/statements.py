"""Money as the rail reports it: statements and their lines."""

from django.db import models

from together.controls.models import Person
from together.treasury.models.accounts import CashAccount
from together.treasury.models.fundings import Funding
from together.treasury.models.payments import Instruction
from together.treasury.models.pools import Pool
from together.treasury.rules.states import LineState


class Statement(models.Model):
    """One statement of one account. The next one opens with what this one closes with."""

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="statements")
    account = models.ForeignKey(CashAccount, models.PROTECT, related_name="statements")
    number = models.IntegerField()
    digest = models.CharField(max_length=64)
    opening = models.BigIntegerField()
    closing = models.BigIntegerField()
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    imported_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "number"], name="treasury_statement_number"),
            models.UniqueConstraint(fields=["account", "digest"], name="treasury_statement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} statement {self.number}"


class StatementLine(models.Model):
    """One line of a statement, matched to what it is, or a break that waits for a person."""

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="+")
    account = models.ForeignKey(CashAccount, models.PROTECT, related_name="+")
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="lines")
    entry_id = models.CharField(max_length=64)
    booked_at = models.DateTimeField()
    type = models.CharField(max_length=10)
    amount = models.BigIntegerField()
    reference = models.CharField(max_length=80, blank=True)
    counterparty = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in LineState])
    reason = models.CharField(max_length=200)
    instruction = models.ForeignKey(Instruction, models.PROTECT, null=True, related_name="lines")
    funding = models.ForeignKey(Funding, models.PROTECT, null=True, related_name="lines")
    is_receipt = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["state", "id"], name="treasury_line_state"),
            models.Index(fields=["reference"], name="treasury_line_reference"),
            models.Index(
                fields=["pool", "id"], condition=models.Q(is_receipt=True), name="treasury_receipts"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "entry_id"], name="treasury_line_once"),
            models.UniqueConstraint(
                fields=["instruction"],
                condition=models.Q(amount__lt=0),
                name="treasury_payment_matched_once",
            ),
            models.UniqueConstraint(
                fields=["instruction"],
                condition=models.Q(amount__gt=0),
                name="treasury_return_matched_once",
            ),
            models.UniqueConstraint(fields=["funding"], name="treasury_funding_matched_once"),
            models.CheckConstraint(condition=~models.Q(amount=0), name="treasury_line_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.amount}"
