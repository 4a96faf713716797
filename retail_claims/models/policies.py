"""The programme and the versions of its policy."""

import pghistory
from django.db import models

from together.controls.models import Person
from together.treasury.models import Pool


@pghistory.track(append_only=True)
class Programme(models.Model):
    """
    One programme for one event: what was announced, when, and from which pool it pays.

    Payment begins within 24 hours of the announcement and is complete within 96.
    """

    code = models.SlugField(primary_key=True, max_length=20)
    name = models.CharField(max_length=120)
    pool = models.OneToOneField(Pool, models.PROTECT)
    announced_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Policy(models.Model):
    """
    One version of the rules, as resolved text; never changed once written.

    ``salt`` stays secret. ``document`` is the policy without it, ready to be published, and
    ``digest`` the policy digest of ADJUDICATE.md section 3.
    """

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="policies")
    version = models.IntegerField()
    name = models.CharField(max_length=100)
    document = models.JSONField()
    salt = models.CharField(max_length=128)
    digest = models.CharField(max_length=64)
    entered_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(fields=["programme", "version"], name="claims_policy_version")
        ]

    def __str__(self) -> str:
        return f"{self.name} (version {self.version})"
