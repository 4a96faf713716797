"""Fixings that floating loans take: the observation that counts for a day, or why there is none."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import BigIntegerField, Exists, OuterRef, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from loans.formats.floating import fixed_document
from loans.models import Adjustment, Event, Instrument, InstrumentPolicy, Loan, Observation
from loans.queries import market_data
from loans.queries.lives import life_of
from loans.rules.exact import Fraction
from loans.rules.floating import Fixed, Floating
from loans.rules.market_data import InstrumentKind, age, written
from loans.rules.replay.events import FIXING
from loans.rules.replay.fixings import fixing_day, unset_on
from loans.rules.replay.life import Life
from loans.rules.states import AdjustmentState, LoanState


@dataclass(frozen=True, slots=True)
class Taken:
    """
    What a day of a floating loan takes: the observation of ``fixing_on``, or one before it.

    ``why_not`` says why there is none; only then ``fixed`` is None.
    """

    day: date
    fixing_on: date
    fixed: Fixed | None = None
    written: str = ""
    why_not: str = ""

    @property
    def further(self) -> dict[str, Any]:
        """Give what the event of the fixing says."""
        assert self.fixed is not None, "there is a fixing"
        return fixed_document(self.fixed, self.written)


def why_unusable(agreed: Floating) -> str:
    """Say why a rate cannot be agreed to be followed; empty if it can."""
    instrument = Instrument.objects.filter(pk=agreed.index).first()
    if instrument is None or instrument.kind != InstrumentKind.FIXING:
        return f"{agreed.index}: there is no such rate"
    if instrument.calendar != agreed.calendar.name:
        return f"{agreed.index} is fixed by the calendar {instrument.calendar}"
    if agreed.index not in market_data.policies([agreed.index]):
        return f"{agreed.index}: no policy is in force, so no fixing of it may be used"
    return ""


class Rates:
    """
    The fixings of one index as they were known at a moment, up to a day.

    The instrument and its policy are read once, observations as they are asked for.
    """

    def __init__(self, agreed: Floating, *, on: date, at: datetime) -> None:
        self.agreed, self.on, self.at = agreed, on, at
        self.instrument = Instrument.objects.filter(pk=agreed.index).first()
        self.policy = market_data.policies([agreed.index]).get(agreed.index)

    def taken(self, life: Life, day: date, *, may_fall_back: bool) -> Taken:
        """Give what a day of a life takes; a fixing before its own only if it may fall back."""
        fixing_on = fixing_day(life, day)
        code, policy = self.agreed.index, self.policy
        if self.instrument is None or self.instrument.kind != InstrumentKind.FIXING:
            return Taken(day, fixing_on, why_not=f"{code}: there is no such rate")
        if policy is None:
            why = f"{code}: no policy is in force, so no fixing of it may be used"
            return Taken(day, fixing_on, why_not=why)
        found = self._known().filter(observed_at=_midnight(fixing_on)).order_by("-id").first()
        if found is not None and fixing_on <= self.on:
            return self._as_taken(day, fixing_on, found)
        # A fixing is published on the next business day: until that is over it is not missing.
        is_late = self.agreed.calendar.moved(fixing_on, 1) <= self.on
        if not (may_fall_back and is_late):
            return Taken(day, fixing_on, why_not=self._missing(fixing_on))
        return self._fall_back(day, fixing_on, policy)

    def _known(self) -> QuerySet[Observation]:
        return market_data.in_force(self.at).filter(instrument=self.agreed.index)

    def _as_taken(self, day: date, fixing_on: date, found: Observation) -> Taken:
        assert self.instrument is not None, "it is observed"
        scale, own_day = self.instrument.scale, found.observed_at.astimezone(UTC).date()
        value = Fraction(found.value, 10**scale)
        fixed = Fixed(value, self.agreed.index, own_day, found.pk, own_day != fixing_on)
        return Taken(day, fixing_on, fixed, written(found.value, scale))

    def _missing(self, fixing_on: date) -> str:
        waiting = market_data.open_entries().filter(
            instrument=self.agreed.index, observed_at=_midnight(fixing_on)
        )
        names = ", ".join(f"{one.number} is {one.state}" for one in waiting[:3])
        said = f"{self.agreed.index}: no fixing of {fixing_on} is known"
        return f"{said} ({names})" if names else said

    def _fall_back(self, day: date, fixing_on: date, policy: InstrumentPolicy) -> Taken:
        """Take the last fixing before the one that is missing, if the terms let it be that old."""
        agreed, missing = self.agreed, self._missing(fixing_on)
        if agreed.fallback_days is None:
            return Taken(day, fixing_on, why_not=f"{missing}; the terms agree no fallback")
        before = self._known().filter(observed_at__lt=_midnight(fixing_on))
        last = before.order_by("-observed_at", "-id").first()
        if last is None:
            return Taken(day, fixing_on, why_not=f"{missing}, and none before it")
        most = min(agreed.fallback_days, policy.most_age)
        gone = age(
            InstrumentKind.FIXING,
            last.observed_at,
            _midnight(fixing_on),
            most,
            agreed.calendar.name,
        )
        if not gone.is_stale:
            return self._as_taken(day, fixing_on, last)
        why = (
            f"{missing}; the last before it, of {last.observed_at:%Y-%m-%d}, is stale:"
            f" {gone} older, at most {most} are allowed"
        )
        return Taken(day, fixing_on, why_not=why)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@dataclass(frozen=True, slots=True)
class Waits:
    """A floating loan that waits: since which day its rate is not set, and why; or a correction."""

    loan: Loan
    day: date
    why: str


def floating_loans() -> QuerySet[Loan]:
    """Give the active loans whose rate floats, in the order of their numbers."""
    found = Loan.objects.filter(state=LoanState.ACTIVE, terms__has_key="floating")
    return found.order_by("number")


def waits_for(loan: Loan, life: Life | None, *, on: date, at: datetime) -> str:
    """Say why a loan cannot be closed for a day: which rate is not set. Empty if all are."""
    day = unset_on(life) if life else None
    if life is None or day is None or day >= on:
        return ""
    agreed = life.terms.floating
    assert agreed is not None, "its rate floats"
    if loan.business_date is not None and day < loan.business_date:
        return f"the rate of {day}, a closed day, is not set: propose its fixing"
    taken = Rates(agreed, on=on, at=at).taken(life, day, may_fall_back=True)
    return f"the rate of {day} is not set: {taken.why_not or 'its fixing came in, it is set next'}"


def waiting(*, on: date) -> list[Waits]:
    """
    Give the floating loans that are not closed for a day because a rate is not set, and those
    whose fixing was corrected since; three queries. :func:`waits_for` says what is missing.
    """
    behind = floating_loans().filter(business_date__lt=on)
    found = []
    for loan in behind.select_related("pool", "institution").prefetch_related("events"):
        life = life_of(loan)
        day = unset_on(life) if life else None
        if day is not None and day < on:
            found.append(Waits(loan, day, f"the rate of {day} is not set"))
    found += [
        Waits(event.loan, event.on, f"the fixing of event {event.sequence} was corrected since")
        for event in overtaken().select_related("loan__pool", "loan__institution")
    ]
    return found


def overtaken() -> QuerySet[Event]:
    """Give the fixings of loans whose observation was corrected after they were set."""
    corrected = Observation.objects.exclude(supersedes=None).values("supersedes")
    asked = Adjustment.objects.filter(target=OuterRef("pk"), state=AdjustmentState.PROPOSED)
    return (
        Event.objects.filter(~Exists(asked), type=FIXING, loan__state=LoanState.ACTIVE)
        .filter(pointing_here=None)
        .annotate(observation=Cast(KT("further__observation"), BigIntegerField()))
        .filter(observation__in=corrected)
        .order_by("loan__number", "sequence")
    )
