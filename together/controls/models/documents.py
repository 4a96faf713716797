"""Documents: what was filed about a record, its bytes, and who looked at what is confidential."""

import pghistory
from django.db import models

from together.controls.models.people import Person


class DocumentContent(models.Model):
    """The bytes of a document, kept once by their SHA-256 however often they are filed."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    data = models.BinaryField()

    def __str__(self) -> str:
        return self.sha256


@pghistory.track(append_only=True)
class Document(models.Model):
    """
    One document of the record whose number is ``subject``.

    ``area`` is whose it is in the role table: ``loans`` for who may ``loans.read`` and
    ``loans.write``. ``kind`` is a word of the programme, such as ``kyb.register``. A document
    never changes: it is withdrawn, with a reason, and another one is filed. From ``expires_on``
    on it is no evidence any more.
    """

    number = models.CharField(max_length=20, unique=True)
    subject = models.CharField(max_length=40)
    area = models.CharField(max_length=10, choices=[("loans", "loans"), ("claims", "claims")])
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    content = models.ForeignKey(DocumentContent, models.PROTECT, related_name="documents")
    name = models.CharField(max_length=100)
    media_type = models.CharField(max_length=80)
    size = models.IntegerField()
    issued_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    filed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_for = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject", "kind"], name="controls_document_of"),
            models.Index(
                fields=["expires_on"],
                condition=models.Q(withdrawn_at=None, expires_on__isnull=False),
                name="controls_document_expires",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(issued_on=None)
                | models.Q(expires_on=None)
                | models.Q(expires_on__gt=models.F("issued_on")),
                name="controls_document_days",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None, withdrawn_by=None, withdrawn_for="")
                | (
                    models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                    & ~models.Q(withdrawn_for="")
                ),
                name="controls_document_withdrawn_together",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class AccessRecord(models.Model):
    """Somebody looked at something confidential: which record, what of it, and when."""

    subject = models.CharField(max_length=40)
    what = models.CharField(max_length=40)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "id"], name="controls_access_to")]

    def __str__(self) -> str:
        return f"{self.by} {self.what} {self.subject}"
