"""Evidence: the files a run decides on, by their digests."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from retail_claims.models.policies import Programme
from together.controls.models import Person


class Evidence(models.Model):
    """
    One set of files.

    ``files`` maps a role (fills, snapshot, accounts ...) to path, size and SHA-256. The same
    bytes are the same evidence: ``digest`` covers the roles and their digests. What was drawn up
    of another one (``base``) names the ``findings`` that its files were changed by.
    """

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="evidence")
    files = models.JSONField()
    digest = models.CharField(max_length=64)
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="drawn_up")
    findings = ArrayField(models.CharField(max_length=20), default=list)
    entered_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(fields=["programme", "digest"], name="claims_evidence_once")
        ]

    def __str__(self) -> str:
        return f"evidence {self.digest[:12]}"
