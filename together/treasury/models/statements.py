"""Money as the rail reports it: statements and their lines."""

from django.db import models

from together.controls.models import Person
from together.treasury.models.accounts import CashAccount
from together.treasury.models.pools import Pool
from together.treasury.models.statement_files import StatementFile
from together.treasury.rules.states import LineState


class Statement(models.Model):
    """
    One statement of one account. The next one opens with what this one closes with.

    ``number`` is its ordinal on the account, ``source_number`` the one that its servicer gave it.
    ``left_out`` is what its file tells that is no booked line: entry, amount, reason.
    ``last_block`` is the block of a chain that it ends with, as number and hash.
    """

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="statements")
    account = models.ForeignKey(CashAccount, models.PROTECT, related_name="statements")
    file = models.ForeignKey(StatementFile, models.PROTECT, null=True, related_name="statements")
    number = models.IntegerField()
    source_number = models.IntegerField(null=True)
    digest = models.CharField(max_length=64)
    opening = models.BigIntegerField()
    closing = models.BigIntegerField()
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    repeated = models.IntegerField(default=0)
    left_out = models.JSONField(default=list)
    last_block = models.JSONField(null=True)
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
    """
    One line of a statement: matched, its matches say to what, or a break that waits for a person.

    ``owner`` is who looks into a break. ``is_receipt`` says that a programme may allocate it.
    """

    # No index asks for the state of a line: see OpenLine. None is here that nothing is found by.
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(CashAccount, models.PROTECT, related_name="+", db_index=False)
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="lines")
    entry_id = models.CharField(max_length=80)
    booked_at = models.DateTimeField()
    type = models.CharField(max_length=10)
    amount = models.BigIntegerField()
    reference = models.CharField(max_length=80, blank=True)
    counterparty = models.CharField(max_length=140, blank=True)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in LineState])
    reason = models.CharField(max_length=200)
    counterparty_account = models.CharField(max_length=80, blank=True)
    details = models.CharField(max_length=2000, blank=True)
    code = models.CharField(max_length=40, blank=True)
    return_reason = models.CharField(max_length=35, blank=True)
    value_on = models.DateField(null=True)
    owner = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    is_receipt = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["reference"], name="treasury_line_reference"),
            models.Index(
                fields=["pool", "id"], condition=models.Q(is_receipt=True), name="treasury_receipts"
            ),
            models.Index(
                fields=["owner"],
                condition=models.Q(owner__isnull=False),
                name="treasury_line_owned",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "entry_id"], name="treasury_line_once"),
            models.CheckConstraint(condition=~models.Q(amount=0), name="treasury_line_not_zero"),
            models.CheckConstraint(
                condition=~models.Q(type="payment", amount__gt=0)
                & ~models.Q(type="receipt", amount__lt=0),
                name="treasury_line_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.amount}"
