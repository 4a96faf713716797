"""Files with statements: the bytes as they came, what became of them, and mappings of CSV."""

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from together.controls.models import Person
from together.treasury.models.accounts import CashAccount
from together.treasury.rules.states import StatementFileState


class FileContent(models.Model):
    """The bytes of a file, kept once by their SHA-256 however often they come in."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    data = models.BinaryField()

    def __str__(self) -> str:
        return self.sha256


class ColumnMapping(models.Model):
    """
    How the CSV of an account's servicer is read, from one version to the next.

    ``document`` is a mapping of ``formats/csv_mapping`` as JSON.
    """

    account = models.ForeignKey(CashAccount, models.PROTECT, related_name="mappings")
    name = models.CharField(max_length=80)
    version = models.IntegerField()
    document = models.JSONField()
    saved_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["account", "name", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name", "version"], name="treasury_mapping_version"
            ),
            # Lets a file be held to a mapping of its own account.
            models.UniqueConstraint(fields=["id", "account"], name="treasury_mapping_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class StatementFile(models.Model):
    """
    One file that was brought in for an account, and what became of it.

    ``statements_told`` are the ordinals of the statements that it tells, stored from it or known
    before. ``faults`` say why it was refused: row, column, value and rule of each. ``tries``
    counts how often it was begun: what breaks off every time is not begun for ever.
    """

    account = models.ForeignKey(CashAccount, models.PROTECT, related_name="files")
    content = models.ForeignKey(FileContent, models.PROTECT, related_name="files")
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20)
    size = models.IntegerField()
    mapping = models.ForeignKey(ColumnMapping, models.PROTECT, null=True, related_name="+")
    given_opening = models.CharField(max_length=40, blank=True)
    given_closing = models.CharField(max_length=40, blank=True)
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in StatementFileState]
    )
    faults = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    statements_told = ArrayField(models.IntegerField(), default=list)
    lines = models.IntegerField(default=0)
    tries = models.SmallIntegerField(default=0)
    received_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    stored_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "file"
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=["received", "stored", "matching"]),
                name="treasury_file_open",
            )
        ]
        constraints = [
            # Lets statements be held to a file of their own account.
            models.UniqueConstraint(fields=["id", "account"], name="treasury_file_of_account"),
            models.CheckConstraint(
                condition=models.Q(state="refused") ^ models.Q(faults=[]),
                name="treasury_file_refused_for_something",
            ),
        ]

    def __str__(self) -> str:
        return f"File {self.pk}" + (f" ({self.name})" if self.name else "")
