"""The audit trail in words: who did what to which record, and when."""

from django.db import models

from together.controls.models.people import Person


class AuditRecord(models.Model):
    """One act. Never changed; the rows it touched have their own history beside it."""

    what = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject", "id"], name="controls_record_of")]

    def __str__(self) -> str:
        return f"{self.what} {self.subject}"
