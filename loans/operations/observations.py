"""Observations: taken in from files and feeds, whole or not at all; what moves too far is held."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from loans.formats import observations as formats
from loans.formats.observations import Accepted, Given
from loans.models import MarketEntry, MarketFile, Observation
from loans.operations.instruments import lock
from loans.queries import market_data
from loans.rules.market_data import move, written
from loans.rules.states import MarketEntryState
from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.treasury.formats.parsed import Fault, Faults, Unreadable

MOST_FED = 1_000


class NotTaken(Refused):
    """Raised when observations are refused, whole; ``faults`` names row, column, value, rule."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("; ".join(map(str, self.faults[:5])))


class NoValue(Refused):
    """Raised when something depends on a value that is missing or stale; says which and why."""


@dataclass(slots=True)
class Taken:
    """What became of observations: stored, known before, or held for a person."""

    stored: list[Given] = field(default_factory=list)
    known: list[Given] = field(default_factory=list)
    held: list[tuple[Given, int]] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Give how many there are of each."""
        return {"stored": len(self.stored), "known": len(self.known), "held": len(self.held)}


@transaction.atomic(durable=True)
def feed(*, rows: Sequence[Mapping[str, str]], by: Person, at: datetime) -> Taken:
    """
    Take in what a feed sends: rows of ``instrument, observed_at, value, source``, all as text.

    The same observation again changes nothing. One that moves further than its policy lets it is
    held for a person; nothing depends on it until then.

    :raises NotTaken: naming everything that is wrong; then nothing is stored
    """
    people.demand(by, "market.feed")
    if not 0 < len(rows) <= MOST_FED:
        rule = f"must be from 1 to {MOST_FED:,} observations"
        raise NotTaken([Fault(0, "observations", str(len(rows)), rule)])
    codes = {row["instrument"] for row in rows}
    lock(*codes)
    known, faults = market_data.accepted(codes), Faults()
    try:
        read = [formats.read(n, row, known, at, faults) for n, row in enumerate(rows, start=1)]
    except Unreadable as refused:
        raise NotTaken(refused.faults) from refused
    taken = sorted_out([one for one in read if one], known, faults)
    store(taken, way="feed", file=None, by=by, at=at)
    said = {**taken.counts, "instruments": sorted(codes)}
    record(what="market.fed", subject=by.username, by=by, at=at, details=said)
    return taken


def sorted_out(rows: Sequence[Given], known: Mapping[str, Accepted], faults: Faults) -> Taken:
    """
    Say of each observation whether it is new, known or to be held; part of the operation.

    :raises NotTaken: if anything is wrong
    """
    taken = Taken()
    try:
        new = _new_ones(rows, known, faults, taken)
        faults.end()
    except Unreadable as refused:
        raise NotTaken(refused.faults) from refused
    by_code: dict[str, list[Given]] = {}
    for one in sorted(new, key=lambda one: (one.observed_at, one.row)):
        by_code.setdefault(one.instrument, []).append(one)
    for code, ones in by_code.items():
        _hold(code, ones, known[code], taken)
    return taken


def _new_ones(
    rows: Sequence[Given], known: Mapping[str, Accepted], faults: Faults, taken: Taken
) -> list[Given]:
    before = _before(rows)
    new: dict[tuple[str, str, datetime], Given] = {}
    for one in rows:
        seen = before.get(one.key, []) + ([new[one.key].value] if one.key in new else [])
        if not seen:
            new[one.key] = one
        elif one.value in seen:
            taken.known.append(one)
        else:
            scale = known[one.instrument].scale
            rule = f"differs from {written(seen[-1], scale)}, which is here for the same moment"
            faults.add(one.row, "value", written(one.value, scale), f"{rule}; propose a correction")
    return list(new.values())


def _before(rows: Iterable[Given]) -> dict[tuple[str, str, datetime], list[int]]:
    """Give the values that are here by key: stored, corrected, or held for a person."""
    asked = list(rows)
    where: dict[str, Any] = {
        "instrument__in": {one.instrument for one in asked},
        "observed_at__in": {one.observed_at for one in asked},
    }
    found: dict[tuple[str, str, datetime], list[int]] = {}
    for model in (MarketEntry, Observation):
        listed = model.objects.filter(**where).order_by("id")
        for code, source, at, value in listed.values_list(
            "instrument_id", "source", "observed_at", "value"
        ):
            found.setdefault((code, source, at), []).append(value)
    return found


def _hold(code: str, ones: list[Given], accepted: Accepted, taken: Taken) -> None:
    """Compare each with the last one before it; ``ones`` rise in time."""
    there = list(_line(code, ones[0].observed_at, ones[-1].observed_at))
    last: int | None = None
    for one in ones:
        while there and there[0][0] < one.observed_at:
            last = there.pop(0)[1]
        moved = 0 if last is None else move(accepted.kind, last, one.value, accepted.scale)
        if moved > accepted.most_move:
            taken.held.append((one, moved))
        else:
            taken.stored.append(one)
            same = sum(moment == one.observed_at for moment, _ in there)
            there.insert(same, (one.observed_at, one.value))


def _line(code: str, first: datetime, last: datetime) -> Iterable[tuple[datetime, int]]:
    """Give what is in force of an instrument over a time, and the last one before it."""
    mine = market_data.in_force().filter(instrument=code)
    earlier = mine.filter(observed_at__lt=first).order_by("-observed_at", "-id")[:1]
    within = mine.filter(observed_at__gte=first, observed_at__lt=last + timedelta(seconds=1))
    for found in (earlier, within.order_by("observed_at", "id")):
        yield from found.values_list("observed_at", "value")


def store(
    taken: Taken, *, way: str, file: MarketFile | None, by: Person | None, at: datetime
) -> None:
    """Write down what is new, and what is held; part of the operation that took it in."""
    Observation.objects.bulk_create(
        [
            Observation(
                instrument_id=one.instrument,
                observed_at=one.observed_at,
                value=one.value,
                source=one.source,
                way=way,
                file=file,
                recorded_by=by,
                recorded_at=at,
            )
            for one in sorted(taken.stored, key=lambda one: one.observed_at)
        ],
        batch_size=1_000,
    )
    for one, moved in taken.held:
        entry = MarketEntry.objects.create(
            number=next_number(MarketEntry, "ME"),
            instrument_id=one.instrument,
            observed_at=one.observed_at,
            value=one.value,
            source=one.source,
            way=way,
            file=file,
            move=moved,
            state=MarketEntryState.HELD,
            entered_by=by,
            entered_at=at,
        )
        said = {"instrument": one.instrument, "value": one.value, "moved": moved}
        record(what="market.held", subject=entry.number, by=by, at=at, details=said)


def demand(codes: Iterable[str], at: datetime) -> dict[str, Observation]:
    """
    Give the value of each instrument as of a moment.

    :raises NoValue: if one of them has none, with the last observation and the limit
    """
    found = market_data.as_of(codes, at)
    missing = [answer.why_not for answer in found.values() if answer.why_not]
    if missing:
        raise NoValue("; ".join(missing))
    return {code: one.observation for code, one in found.items() if one.observation}
