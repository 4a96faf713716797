"""Entries of market data: a value by hand, a correction, or a held one, under four eyes."""

from datetime import datetime
from typing import Any

from django.db import transaction

from loans.formats.observations import LONGEST_SOURCE, moment_of
from loans.models import Instrument, MarketEntry, Observation
from loans.operations.instruments import lock
from loans.queries import market_data
from loans.rules.market_data import NotAValue, units, written
from loans.rules.states import MARKET_ENTRY_MOVES, MarketEntryState
from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.treasury.formats.parsed import Wrong

KIND = "market.entry"


class NotEnterable(Refused):
    """Raised when a value cannot be entered; says which field, its value and the rule."""


@transaction.atomic(durable=True)
def propose(
    *,
    instrument: Instrument,
    observed_at: str,
    value: str,
    source: str,
    reason: str,
    by: Person,
    at: datetime,
) -> Approval:
    """
    Propose a value by hand: ``observed_at`` is a moment with its offset, or a fixing's day.

    :raises NotEnterable: if it cannot be so, or a value of that moment and source is here already
    """
    people.demand(by, "market.write")
    lock(instrument.code)
    source = source.strip()
    if not 0 < len(source) <= LONGEST_SOURCE:
        raise NotEnterable(f"source: {source[:50]!r} must be stated, in up to 40 letters")
    try:
        moment = moment_of(observed_at, instrument.kind, instrument.calendar, at)
    except Wrong as rule:
        raise NotEnterable(f"observed_at: {observed_at!r} {rule}") from rule
    same = Observation.objects.filter(instrument=instrument, source=source, observed_at=moment)
    if same.exists():
        raise NotEnterable(f"{same[0]} of {source} is here already; correct it instead")
    return _propose(instrument, (moment, source), value, reason, by=by, at=at)


@transaction.atomic(durable=True)
def correct(
    *, observation: Observation, value: str, reason: str, by: Person, at: datetime
) -> Approval:
    """
    Propose another value for an observation; both are kept, and the new one counts.

    :raises NotEnterable: if it is corrected already, or the new value cannot be so
    """
    people.demand(by, "market.write")
    instrument = observation.instrument
    lock(instrument.code)
    if Observation.objects.filter(supersedes=observation).exists():
        raise NotEnterable(f"{observation} was corrected already; correct its correction")
    key = observation.observed_at, observation.source
    return _propose(instrument, key, value, reason, observation, by=by, at=at)


def _propose(
    instrument: Instrument,
    key: tuple[datetime, str],
    value: str,
    reason: str,
    corrects: Observation | None = None,
    *,
    by: Person,
    at: datetime,
) -> Approval:
    moment, source = key
    _demand_reason(reason)
    kept = _value(instrument, value)
    if corrects and corrects.value == kept:
        raise NotEnterable(f"value: {value} is what {corrects} says already")
    live = market_data.open_entries().filter(instrument=instrument, source=source)
    waiting = live.filter(observed_at=moment).first()
    if waiting:
        raise NotEnterable(f"{waiting.number} of the same moment waits; end it first")
    entry = MarketEntry(
        number=next_number(MarketEntry, "ME"),
        instrument=instrument,
        observed_at=moment,
        value=kept,
        source=source,
        way="hand",
        corrects=corrects,
        state=MarketEntryState.PROPOSED,
        reason=reason.strip(),
        entered_by=by,
        entered_at=at,
        proposed_by=by,
    )
    asked = effect(entry)
    entry.effect_digest = approvals.digest(asked)
    entry.save(force_insert=True)
    return _ask(entry, asked, by, at)


def _value(instrument: Instrument, text: str) -> int:
    policy = market_data.policies([instrument.code]).get(instrument.code)
    if policy is None:
        raise NotEnterable(f"instrument: {instrument.code} has no policy in force")
    try:
        kept = units(text.strip(), instrument.scale)
    except NotAValue as rule:
        raise NotEnterable(f"value: {text[:40]!r} {rule}") from rule
    if not policy.least <= kept <= policy.most:
        least, most = (written(one, instrument.scale) for one in (policy.least, policy.most))
        raise NotEnterable(f"value: {text} is not from {least} to {most}, as policy {policy} says")
    return kept


@transaction.atomic(durable=True)
def stand_by(*, entry: MarketEntry, reason: str, by: Person, at: datetime) -> Approval:
    """
    Say that a held value is right, and why; somebody else approves it.

    :raises NotPossibleNow: if it is not held
    """
    people.demand(by, "market.write")
    _demand_reason(reason)
    entry = _locked(entry)
    _to(entry, MarketEntryState.PROPOSED)
    entry.reason, entry.proposed_by = reason.strip(), by
    asked = effect(entry)
    entry.effect_digest = approvals.digest(asked)
    entry.save(update_fields=["state", "reason", "proposed_by", "effect_digest"])
    return _ask(entry, asked, by, at)


def _ask(entry: MarketEntry, asked: dict[str, Any], by: Person, at: datetime) -> Approval:
    return approvals.request(
        kind=KIND, subject=entry.number, effect=asked, amount_cents=0, by=by, at=at
    )


def effect(entry: MarketEntry) -> dict[str, Any]:
    """Give what the approval binds: which value when, from where, instead of which, and why."""
    return {
        "number": entry.number,
        "instrument": entry.instrument_id,
        "observed_at": f"{entry.observed_at:%Y-%m-%dT%H:%M:%S.%fZ}",
        "value": written(entry.value, entry.instrument.scale),
        "units": entry.value,
        "source": entry.source,
        "corrects": entry.corrects_id,
        "instead_of": (
            written(entry.corrects.value, entry.instrument.scale) if entry.corrects else None
        ),
        "reason": entry.reason,
    }


@transaction.atomic(durable=True)
def book(*, entry: MarketEntry, by: Person, at: datetime) -> Observation:
    """
    Let an approved value count.

    :raises NotApproved: if exactly this was not approved
    :raises NotPossibleNow: if it is not proposed
    """
    people.demand(by, "market.write")
    lock(entry.instrument_id)
    entry = _locked(entry)
    approvals.demand(kind=KIND, subject=entry.number, effect=effect(entry))
    _to(entry, MarketEntryState.BOOKED)
    found = Observation.objects.create(
        instrument=entry.instrument,
        observed_at=entry.observed_at,
        value=entry.value,
        source=entry.source,
        way=entry.way,
        file=entry.file,
        entry=entry,
        supersedes=entry.corrects,
        recorded_by=by,
        recorded_at=at,
    )
    entry.save(update_fields=["state"])
    record(what="market.booked", subject=entry.number, by=by, at=at, details=effect(entry))
    _overtake(entry, by, at)
    return found


def _overtake(entry: MarketEntry, by: Person, at: datetime) -> None:
    """Withdraw what was held of the time before: after a fall each value is, until one counts."""
    older = MarketEntry.objects.select_for_update().filter(
        instrument=entry.instrument,
        state=MarketEntryState.HELD,
        observed_at__lt=entry.observed_at,
    )
    for one in older:
        _to(one, MarketEntryState.WITHDRAWN)
        one.save(update_fields=["state"])
        said = {"reason": f"overtaken by {entry.number}"}
        record(what="market.withdrawn", subject=one.number, by=by, at=at, details=said)


@transaction.atomic(durable=True)
def withdraw(*, entry: MarketEntry, reason: str, by: Person, at: datetime) -> None:
    """
    Give a held or proposed value up; it never counts.

    :raises NotPossibleNow: if it is booked or withdrawn
    """
    people.demand(by, "market.write")
    _demand_reason(reason)
    entry = _locked(entry)
    _to(entry, MarketEntryState.WITHDRAWN)
    entry.save(update_fields=["state"])
    record(what="market.withdrawn", subject=entry.number, by=by, at=at, details={"reason": reason})


def _demand_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > 200:
        raise NotEnterable("reason: must be given, in up to 200 letters")


def _locked(entry: MarketEntry) -> MarketEntry:
    found = MarketEntry.objects.select_for_update(of=("self",))
    return found.select_related("instrument", "corrects", "file").get(pk=entry.pk)


def _to(entry: MarketEntry, state: MarketEntryState) -> None:
    entry.state = lifecycle.move(
        MARKET_ENTRY_MOVES, entry.state, state, what=f"market entry {entry.number}"
    )
