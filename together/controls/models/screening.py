"""Screening: lists of sanctions by version, who was screened when, and what was found."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models

from together.controls.models.people import Person
from together.controls.rules.screening import SOURCES, HitState


class ScreeningList(models.Model):
    """
    One version of a source's list, as it was loaded from a file. Never changed.

    ``added`` and ``dropped`` count its entries against the version before; those of an entry that
    changed count in both.
    """

    number = models.CharField(max_length=20, unique=True)
    source = models.CharField(max_length=20, choices=SOURCES)
    version = models.IntegerField()
    issued_on = models.DateField()
    name = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    entry_count = models.IntegerField()
    name_count = models.IntegerField()
    added = models.IntegerField()
    dropped = models.IntegerField()
    loaded_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "version"], name="controls_list_version"),
            models.UniqueConstraint(fields=["source", "sha256"], name="controls_list_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.get_source_display()}"


class ListEntry(models.Model):
    """
    Somebody who is listed, kept once for as long as the source says the same of them.

    It stands on every version from ``since`` on, up to but without ``dropped``.
    """

    source = models.CharField(max_length=20, choices=SOURCES)
    reference = models.CharField(max_length=60)
    kind = models.CharField(max_length=40, blank=True)
    names = ArrayField(models.CharField(max_length=400))
    addresses = ArrayField(models.CharField(max_length=400), default=list)
    programme = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64)
    since = models.ForeignKey(ScreeningList, models.PROTECT, related_name="entries")
    dropped = models.ForeignKey(
        ScreeningList, models.PROTECT, null=True, related_name="dropped_entries"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "reference"],
                condition=models.Q(dropped=None),
                name="controls_listed_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.names[0]} ({self.get_source_display()}, {self.reference})"


class ScreeningPolicy(models.Model):
    """
    From which score on two names are a hit, and how many days a screening holds. By versions.

    Put in force under four eyes: what finds less lets money flow.
    """

    version = models.IntegerField(unique=True)
    threshold = models.SmallIntegerField(help_text="0 to 100")
    most_days = models.SmallIntegerField(help_text="Days that a screening holds")
    reason = models.CharField(max_length=400)
    effect_digest = models.CharField(max_length=64)
    set_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]
        verbose_name_plural = "screening policies"

    def __str__(self) -> str:
        return f"Version {self.version}"


class Screening(models.Model):
    """Somebody was compared with every list in force, under these names, at a moment."""

    area = models.CharField(max_length=10)
    subject = models.CharField(max_length=40)
    facts = models.JSONField()
    facts_digest = models.CharField(max_length=64)
    policy = models.ForeignKey(ScreeningPolicy, models.PROTECT)
    newest_list = models.ForeignKey(ScreeningList, models.PROTECT)
    matches = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["area", "subject", "-id"], name="controls_screened")]

    def __str__(self) -> str:
        return f"{self.subject} {self.at:%Y-%m-%d}"


@pghistory.track(append_only=True)
class Hit(models.Model):
    """
    A subject is like an entry of a list: open, cleared as somebody else, or confirmed.

    There is one for each subject and entry. A decision is about the facts with ``facts_digest``
    and the ``entry`` as it is: if one of them changes, the hit is open again and ``why`` says so.
    ``said`` is the subject's name of ``role`` that is most like ``listed``.
    """

    number = models.CharField(max_length=20, unique=True)
    area = models.CharField(max_length=10)
    subject = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    source = models.CharField(max_length=20, choices=SOURCES)
    reference = models.CharField(max_length=60)
    entry = models.ForeignKey(ListEntry, models.PROTECT, related_name="hits")
    role = models.CharField(max_length=40)
    said = models.CharField(max_length=400)
    listed = models.CharField(max_length=400)
    score = models.SmallIntegerField()
    facts_digest = models.CharField(max_length=64)
    state = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in HitState], default=HitState.OPEN
    )
    why = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    times_opened = models.IntegerField(default=1)
    reason = models.CharField(max_length=400, blank=True)
    effect_digest = models.CharField(max_length=64, blank=True)
    proposed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "subject", "source", "reference"], name="controls_hit_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_by=None, decided_at=None)
                | (
                    ~models.Q(state="open")
                    & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~models.Q(reason="")
                ),
                name="controls_hit_decided_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number
