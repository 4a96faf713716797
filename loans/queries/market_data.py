"""Market data asked for: the value as of a moment, or why there is none."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from loans.formats.observations import Accepted
from loans.models import Instrument, InstrumentPolicy, MarketEntry, Observation
from loans.rules.market_data import Age, InstrumentKind, age, written


@dataclass(frozen=True, slots=True)
class Answer:
    """
    The last observation of an instrument as of a moment; ``why_not`` says why it is no value.

    There is a value only where ``why_not`` is empty.
    """

    instrument: str
    observation: Observation | None
    policy: InstrumentPolicy | None
    age: Age | None
    why_not: str


def in_force(at: datetime | None = None) -> QuerySet[Observation]:
    """Give the observations that no correction supersedes, as was known at a moment or is now."""
    corrections = Observation.objects.filter(supersedes=OuterRef("pk"))
    found = Observation.objects.all()
    if at is not None:
        corrections = corrections.filter(recorded_at__lte=at)
        found = found.filter(observed_at__lte=at, recorded_at__lte=at)
    return found.filter(~Exists(corrections))


def as_of(codes: Iterable[str], at: datetime) -> dict[str, Answer]:
    """Give the value of each instrument as of a moment, or why there is none; three queries."""
    asked = sorted(set(codes))
    newest = in_force(at).filter(instrument=OuterRef("pk")).order_by("-observed_at", "-id")
    rows = {
        one.pk: one
        for one in Instrument.objects.filter(pk__in=asked).annotate(
            last_id=Subquery(newest.values("pk")[:1])
        )
    }
    last = Observation.objects.in_bulk([one.last_id for one in rows.values() if one.last_id])
    rules = policies(asked)
    return {
        code: _answer(
            code, rows.get(code), last.get(getattr(rows.get(code), "last_id", 0)), rules, at
        )
        for code in asked
    }


def policies(codes: Iterable[str]) -> dict[str, InstrumentPolicy]:
    """Give the policy in force of each instrument that has one."""
    newest = InstrumentPolicy.objects.filter(instrument__in=list(codes))
    newest = newest.order_by("instrument_id", "-version").distinct("instrument_id")
    return {one.instrument_id: one for one in newest}


def _answer(
    code: str,
    instrument: Instrument | None,
    last: Observation | None,
    rules: dict[str, InstrumentPolicy],
    at: datetime,
) -> Answer:
    policy = rules.get(code)
    if instrument is None:
        return Answer(code, None, None, None, f"{code}: there is no such instrument")
    if policy is None:
        return Answer(code, last, None, None, f"{code}: no policy says how old a value may be")
    if last is None:
        return Answer(code, None, policy, None, f"{code}: nothing was observed up to {_said(at)}")
    is_price = instrument.kind == InstrumentKind.PRICE
    found = age(instrument.kind, last.observed_at, at, policy.most_age, instrument.calendar)
    why_not = ""
    if found.is_stale:
        when = _said(last.observed_at) if is_price else f"{last.observed_at:%Y-%m-%d}"
        why_not = (
            f"{code}: the last {'price' if is_price else 'fixing'},"
            f" {written(last.value, instrument.scale)} of {when} ({last.source}), is {found} old"
            f" as of {_said(at)}; at most {policy.most_age} {found.unit} are allowed"
        )
    return Answer(code, last, policy, found, why_not)


def accepted(codes: Iterable[str]) -> dict[str, Accepted]:
    """Give what is accepted of the instruments that have a policy in force; two queries."""
    asked = list(codes)
    rules = policies(asked)
    found = Instrument.objects.filter(pk__in=asked)
    return {
        one.pk: Accepted(
            one.kind,
            one.scale,
            one.calendar,
            tuple(rules[one.pk].sources),
            rules[one.pk].most_move,
            rules[one.pk].least,
            rules[one.pk].most,
        )
        for one in found
        if one.pk in rules
    }


def open_entries() -> QuerySet[MarketEntry]:
    """Give the entries that wait for somebody, the oldest first."""
    return MarketEntry.objects.filter(state__in=["held", "proposed"]).order_by("id")


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"
