"""Market data: instruments with their policies, files, observations, and entries by people."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models

from loans.rules.calendars import CALENDARS
from loans.rules.market_data import InstrumentKind
from loans.rules.states import MarketEntryState
from together.controls.models import Person

WAYS = (("file", "file"), ("feed", "feed"), ("hand", "by hand"))


class Instrument(models.Model):
    """
    What is observed: an asset by its price in USD, or a rate by its fixings.

    Values are whole numbers of ``10 ** -scale``: dollars for a price, a fraction a year for a
    fixing (0.0431 is 4.31 %). Quantities of an asset are whole numbers of
    ``10 ** -quantity_scale``. Fixings age by business days of ``calendar``.
    """

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in InstrumentKind])
    scale = models.SmallIntegerField()
    quantity_scale = models.SmallIntegerField(default=0)
    calendar = models.CharField(max_length=12, default="none")
    entered_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    scale__gte=0, scale__lte=12, quantity_scale__gte=0, quantity_scale__lte=12
                ),
                name="loans_instrument_scales",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=list(InstrumentKind), calendar__in=CALENDARS),
                name="loans_instrument_kinds",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class InstrumentPolicy(models.Model):
    """
    What is accepted of an instrument, from one version to the next.

    A value is stale after ``most_age`` hours (prices) or business days (fixings). One that moves
    more than ``most_move`` basis points is held for a person; one below ``least`` or above
    ``most`` units is refused. Files and feeds tell one of ``sources``.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="policies")
    version = models.IntegerField()
    sources = ArrayField(models.CharField(max_length=40))
    most_age = models.IntegerField()
    most_move = models.IntegerField()
    least = models.BigIntegerField()
    most = models.BigIntegerField()
    effect_digest = models.CharField(max_length=64)
    set_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["instrument", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "version"], name="loans_instrument_policy_version"
            ),
            models.CheckConstraint(
                condition=models.Q(most_age__gt=0, most_move__gt=0, most__gt=models.F("least")),
                name="loans_instrument_policy_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} version {self.version}"


class MarketFile(models.Model):
    """One file of observations that was taken whole: its bytes by their digest, and its counts."""

    sha256 = models.CharField(max_length=64, unique=True)
    data = models.BinaryField()
    name = models.CharField(max_length=200)
    size = models.IntegerField()
    stored = models.IntegerField()
    known = models.IntegerField()
    held = models.IntegerField()
    brought_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    brought_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Market data {self.pk}" + (f" ({self.name})" if self.name else "")


@pghistory.track(append_only=True)
class MarketEntry(models.Model):
    """
    A value that a person answers for and another one approves: by hand, a correction, or held.

    ``corrects`` is the observation that it replaces. ``move`` says by how many basis points a
    value of a file or feed moved that was held for it. Nothing of it changes but its state, and
    who says that a held one is right, and why.
    """

    number = models.CharField(max_length=20, unique=True)
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="entries")
    observed_at = models.DateTimeField()
    value = models.BigIntegerField()
    source = models.CharField(max_length=40)
    way = models.CharField(max_length=4, choices=WAYS)
    file = models.ForeignKey(MarketFile, models.PROTECT, null=True, related_name="entries")
    corrects = models.ForeignKey(
        "loans.Observation", models.PROTECT, null=True, related_name="corrections"
    )
    move = models.IntegerField(null=True)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in MarketEntryState])
    reason = models.CharField(max_length=200, blank=True)
    effect_digest = models.CharField(max_length=64, blank=True)
    entered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    proposed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        verbose_name = "market entry"
        verbose_name_plural = "market entries"
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "source", "observed_at"],
                condition=models.Q(state__in=["held", "proposed"]),
                name="loans_one_market_entry_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Observation(models.Model):
    """
    One value of an instrument at a moment; a fixing at 0:00 UTC of its day. Never changed.

    One that ``supersedes`` another is its correction, approved as its ``entry`` says.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="observations")
    observed_at = models.DateTimeField()
    value = models.BigIntegerField()
    source = models.CharField(max_length=40)
    way = models.CharField(max_length=4, choices=WAYS)
    file = models.ForeignKey(MarketFile, models.PROTECT, null=True, related_name="observations")
    entry = models.OneToOneField(MarketEntry, models.PROTECT, null=True, related_name="observation")
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="superseded_by"
    )
    recorded_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-observed_at", "-id"]
        indexes = [
            models.Index(fields=["instrument", "-observed_at", "-id"], name="loans_observed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "source", "observed_at"],
                condition=models.Q(supersedes=None),
                name="loans_observed_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} at {self.observed_at:%Y-%m-%d %H:%M:%S}"
