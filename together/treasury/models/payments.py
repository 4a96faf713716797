"""Money out: disbursements, their batches (funded allotments) and payment instructions."""

import pghistory
from django.db import models

from together.controls.models import Person
from together.treasury.models.accounts import CashAccount
from together.treasury.models.destinations import Destination
from together.treasury.models.pools import Pool
from together.treasury.models.texts import plain
from together.treasury.rules.states import DisbursementState, InstructionState


@pghistory.track(append_only=True)
class Disbursement(models.Model):
    """
    One order to pay: many payees (a run of awards) or one (a drawdown).

    It is paid from ``account``, in its asset. ``source_code`` and ``source_subject`` name the
    account of the books that its batches are funded from. ``effect_digest`` is what is approved;
    it covers every instruction. ``is_tested`` where its programme tests it once more when it is
    released: then it alone releases it.
    """

    number = models.CharField(max_length=20, unique=True)
    pool = models.ForeignKey(Pool, models.PROTECT)
    account = models.ForeignKey(CashAccount, models.PROTECT, related_name="disbursements")
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=80)
    approval_kind = models.CharField(max_length=30)
    source_code = models.CharField(max_length=40)
    source_subject = models.CharField(max_length=80)
    count = models.IntegerField()
    total = models.BigIntegerField()
    is_tested = models.BooleanField(default=False)
    effect_digest = models.CharField(max_length=64)
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in DisbursementState],
        default=DisbursementState.PREPARED,
    )
    prepared_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=~models.Q(state="withdrawn"),
                name="treasury_disbursed_once",
            ),
            models.CheckConstraint(
                condition=models.Q(count__gt=0, total__gt=0), name="treasury_disbursement_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(state="released", released_at__isnull=False)
                | (~models.Q(state="released") & models.Q(released_at=None)),
                name="treasury_released_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Batch(models.Model):
    """Up to 1,000 instructions, funded by one entry: its allotment is all they can spend."""

    number = models.CharField(max_length=24, unique=True)
    disbursement = models.ForeignKey(Disbursement, models.PROTECT, related_name="batches")
    wave = models.ForeignKey("treasury.Wave", models.PROTECT, related_name="batches")
    count = models.IntegerField()
    total = models.BigIntegerField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "batches"
        indexes = [models.Index(plain("number"), name="treasury_batch_said")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(count__gt=0, count__lte=1000, total__gt=0),
                name="treasury_batch_sizes",
            )
        ]

    def __str__(self) -> str:
        return self.number


class Instruction(models.Model):
    """
    One payment to one payee.

    ``kind`` and ``subject`` are its business identity, unique for ever; ``reference`` is what the
    rail and the statement know it by. ``payee`` is the destination's, where it goes to a
    registered one. ``lease_until`` is database time: until then the worker that holds it is the
    only one that may speak to the rail about it.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="instructions")
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=120)
    reference = models.CharField(max_length=35, unique=True)
    payee = models.CharField(max_length=120)
    destination = models.ForeignKey(
        Destination, models.PROTECT, null=True, related_name="instructions", db_index=False
    )
    amount = models.BigIntegerField()
    asset = models.CharField(max_length=8)
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in InstructionState],
        default=InstructionState.READY,
    )
    tries = models.SmallIntegerField(default=0)
    worker = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True)
    rail_reference = models.CharField(max_length=66, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["batch", "id"],
                condition=models.Q(state__in=["ready", "sending", "unknown"]),
                name="treasury_instruction_open",
            ),
            models.Index(fields=["state", "id"], name="treasury_instruction_state"),
            models.Index(
                fields=["destination"],
                condition=models.Q(destination__isnull=False),
                name="treasury_instruction_to",
            ),
            # What a line of a statement may be is found by these.
            models.Index(plain("reference"), name="treasury_instruction_said"),
            models.Index(
                plain("payee"),
                condition=models.Q(destination=None),
                name="treasury_instruction_payee",
            ),
            models.Index(fields=["amount"], name="treasury_instruction_amount"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], name="treasury_paid_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="treasury_instruction_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Attempt(models.Model):
    """One exchange with the rail about an instruction. Never changed."""

    instruction = models.ForeignKey(Instruction, models.PROTECT, related_name="attempts")
    at = models.DateTimeField()
    act = models.CharField(max_length=10)
    outcome = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"{self.act}: {self.outcome}"


@pghistory.track(append_only=True)
class Switch(models.Model):
    """The kill switch of payments: while it is off, no worker calls a rail."""

    code = models.SlugField(primary_key=True, max_length=20)
    is_halted = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    changed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "kill switch"
        verbose_name_plural = "kill switches"

    def __str__(self) -> str:
        return f"{self.code}: {'halted' if self.is_halted else 'open'}"
