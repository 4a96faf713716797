"""Payments that leave in files: the file, its payments, who took it, and transfers on a chain."""

import pghistory
from django.db import models
from django.db.models import Q

from together.controls.models import Person
from together.treasury.models.payments import Batch, Instruction
from together.treasury.rules.states import FiledState, FileState

FORMATS = ("pain.001.001.09", "pain.001.001.03", "transfers.json", "transfers.csv")


@pghistory.track(append_only=True, exclude=["data"])
class PaymentFile(models.Model):
    """
    The payments of one batch, as bytes for a bank or a signer; one file after another.

    What is approved is ``digest``, the SHA-256 of ``data``; neither ever changes. ``message_id``
    is the batch's number and which of its files this is: the bank knows it again by that.
    """

    number = models.CharField(max_length=20, unique=True)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="files")
    format = models.CharField(max_length=20, choices=[(f, f) for f in FORMATS])
    message_id = models.CharField(max_length=35, unique=True)
    execute_on = models.DateField()
    data = models.BinaryField()
    digest = models.CharField(max_length=64)
    count = models.IntegerField()
    total = models.BigIntegerField()
    state = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in FileState], default=FileState.PREPARED
    )
    prepared_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    handed_over_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    handed_over_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(count__gt=0, count__lte=1000, total__gt=0), name="treasury_file_sizes"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["handed_over", "accepted", "rejected"],
                    handed_over_at__isnull=False,
                    handed_over_by__isnull=False,
                )
                | Q(
                    state__in=["prepared", "withdrawn"],
                    handed_over_at=None,
                    handed_over_by=None,
                ),
                name="treasury_file_handed_over_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def file_name(self) -> str:
        """Give the name under which it is downloaded."""
        return f"{self.message_id}.{'xml' if self.format.startswith('pain') else self.format[10:]}"


class FiledPayment(models.Model):
    """One payment in a file. An instruction stands in one live file at most."""

    file = models.ForeignKey(PaymentFile, models.PROTECT, related_name="payments")
    instruction = models.ForeignKey(Instruction, models.PROTECT, related_name="filed")
    position = models.IntegerField()
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in FiledState], default=FiledState.LISTED
    )
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "position"], name="treasury_filed_position"),
            models.UniqueConstraint(
                fields=["instruction"],
                condition=~Q(state="released"),
                name="treasury_filed_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected", reason=""), name="treasury_rejected_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}:{self.position}"


class FileDownload(models.Model):
    """Somebody took the bytes of a file away. Never changed."""

    file = models.ForeignKey(PaymentFile, models.PROTECT, related_name="downloads")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.file_id} {self.at}"


class ChainTransfer(models.Model):
    """
    One transaction that carries a payment of a list, as it was last seen on its chain.

    ``undone`` counts how often it was settled and then fell out of the chain again.
    """

    filed = models.ForeignKey(FiledPayment, models.PROTECT, related_name="transfers")
    tx_hash = models.CharField(max_length=66, unique=True)
    block_number = models.BigIntegerField(null=True)
    block_hash = models.CharField(max_length=66, blank=True)
    confirmations = models.IntegerField(default=0)
    undone = models.SmallIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmations__gte=0, undone__gte=0), name="treasury_transfer_counts"
            ),
        ]

    def __str__(self) -> str:
        return self.tx_hash
