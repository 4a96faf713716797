"""Observations as CSV or fields: instrument, moment or day, value, source; each fault is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from loans.rules.calendars import Calendar
from loans.rules.market_data import AHEAD, InstrumentKind, NotAValue, units
from together.treasury.formats import text_files, values
from together.treasury.formats.parsed import Faults, Wrong, refuse

COLUMNS = ("instrument", "observed_at", "value", "source")
LARGEST = 4 * 1024 * 1024
MOST_ROWS = 20_000
LONGEST_SOURCE = 40


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is accepted of an instrument; see the models of the same names for the meaning."""

    kind: str
    scale: int
    calendar: str
    sources: tuple[str, ...]
    most_move: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Given:
    """One observation as it came in: its row, and its value in units of its instrument."""

    row: int
    instrument: str
    observed_at: datetime
    value: int
    source: str

    @property
    def key(self) -> tuple[str, str, datetime]:
        """Give what makes it the same observation as another one."""
        return self.instrument, self.source, self.observed_at


def parse(data: bytes, known: Mapping[str, Accepted], now: datetime) -> tuple[list[Given], Faults]:
    """
    Read a CSV file; give its observations, and what is wrong with the rest.

    :raises Unreadable: if it is no such file, or more is wrong than is listed
    """
    text_files.demand_size(data, LARGEST)
    records = text_files.rows(data)
    head = next(records, [])
    if tuple(head) != COLUMNS:
        raise refuse(f"the columns are {','.join(COLUMNS)}", value=",".join(head))
    faults = Faults()
    found: list[Given] = []
    for n, cells in enumerate(records, start=2):
        if n > MOST_ROWS + 1:
            raise refuse(f"has more than {MOST_ROWS:,} rows")
        if len(cells) != len(COLUMNS):
            faults.add(n, "", ",".join(cells[:8]), f"has {len(cells)} cells, not {len(COLUMNS)}")
            continue
        one = read(n, dict(zip(COLUMNS, cells, strict=True)), known, now, faults)
        found += [one] if one else []
    if not found and not faults.found:
        raise refuse("has no row")
    return found, faults


def read(
    row: int, texts: Mapping[str, str], known: Mapping[str, Accepted], now: datetime, faults: Faults
) -> Given | None:
    """Read one observation, or note what is wrong with it."""
    code = texts["instrument"]
    accepted = known.get(code)
    if accepted is None:
        faults.add(row, "instrument", code, "is no instrument with a policy in force")
        return None
    before = len(faults.found)
    at = faults.take(row, "observed_at", texts["observed_at"], lambda t: _moment(t, accepted, now))
    value = faults.take(row, "value", texts["value"], lambda t: _value(t, accepted))
    source = faults.take(row, "source", texts["source"], lambda t: _source(t, accepted))
    if len(faults.found) > before or at is None or value is None or source is None:
        return None
    return Given(row, code, at, value, source)


def moment_of(text: str, kind: str, calendar: str, now: datetime) -> datetime:
    """
    Read when a value was observed: a moment with its offset, or the day of a fixing.

    :raises Wrong: if it is none, is in the future, or the day is no business day
    """
    if kind == InstrumentKind.PRICE:
        found = values.moment(text)
    else:
        day = values.iso_day(text)
        if not Calendar(calendar).is_business_day(day):
            raise Wrong(f"is no business day of {calendar}")
        found = values.start_of(day)
    if found > now + AHEAD:
        raise Wrong("is in the future")
    return found


def _moment(text: str, accepted: Accepted, now: datetime) -> datetime:
    return moment_of(text, accepted.kind, accepted.calendar, now)


def _value(text: str, accepted: Accepted) -> int:
    try:
        found = units(text, accepted.scale)
    except NotAValue as rule:
        raise Wrong(str(rule)) from None
    if not accepted.least <= found <= accepted.most:
        raise Wrong("is out of the bounds of its instrument's policy")
    return found


def _source(text: str, accepted: Accepted) -> str:
    if text not in accepted.sources:
        raise Wrong(f"is not an accepted source: {', '.join(accepted.sources)}")
    return text
