"""Screening lists: loaded from a source's file as the next version, each entry kept once."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import connection, transaction

from together import Refused
from together.controls.formats.screening_lists import Entry, NotAList, ParsedList, read
from together.controls.models import ListEntry, Person, ScreeningList
from together.controls.operations import people
from together.controls.operations.approvals import digest
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules.file_names import safe_name

# A list that suddenly has less than half of its entries was cut off on the way.
LEAST_PART = 2


class NotLoaded(Refused):
    """Raised when a file is not the next version of its source's list; says where and why."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a file: the version that it is, and whether it was there before."""

    list: ScreeningList
    is_known: bool


@transaction.atomic(durable=True)
def load(
    *,
    source: str,
    name: str,
    data: bytes,
    by: Person,
    at: datetime,
    issued_on: date | None = None,
) -> Loaded:
    """
    Load a file as the next version of a source's list.

    The same file again is the version that it was. ``issued_on`` is said for our own list only.

    :raises NotLoaded: if it is no list, older than the one that is there, or not whole
    """
    people.demand(by, "screening.write")
    sha256 = hashlib.sha256(data).hexdigest()
    _alone()
    known = ScreeningList.objects.filter(source=source, sha256=sha256).first()
    last = ScreeningList.objects.filter(source=source).order_by("version").last()
    if known and last and known != last:
        raise NotLoaded(f"file: it is {known.number}, and {last.number} is newer")
    if known:
        return Loaded(known, is_known=True)
    try:
        parsed = read(source, data, issued_on)
    except NotAList as fault:
        raise NotLoaded(str(fault)) from fault
    _demand_next(parsed, last, at.date())
    made = ScreeningList(
        number=next_number(ScreeningList, "SL"),
        source=source,
        version=last.version + 1 if last else 1,
        issued_on=parsed.issued_on,
        name=safe_name(name),
        sha256=sha256,
        entry_count=len(parsed.entries),
        name_count=sum(len(one.names) for one in parsed.entries),
        loaded_by=by,
        loaded_at=at,
    )
    _keep(made, parsed)
    said = {"source": source, "entries": made.entry_count, "sha256": sha256}
    record(what="screening.list_loaded", subject=made.number, by=by, at=at, details=said)
    return Loaded(made, is_known=False)


def _alone() -> None:
    with connection.cursor() as cursor:
        # One list at a time, and no screening meanwhile: it would see half of it.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('screening'))")


def _demand_next(parsed: ParsedList, last: ScreeningList | None, today: date) -> None:
    if parsed.issued_on > today:
        raise NotLoaded(f"issued_on: {parsed.issued_on} is in the future")
    if last is None:
        return
    if parsed.issued_on < last.issued_on:
        raise NotLoaded(
            f"issued_on: {parsed.issued_on} is before {last.issued_on}, that of {last.number}"
        )
    if len(parsed.entries) * LEAST_PART < last.entry_count:
        raise NotLoaded(
            f"list: {len(parsed.entries)} entries are less than half of the {last.entry_count} of"
            f" {last.number}: it is not whole"
        )


def _keep(made: ScreeningList, parsed: ParsedList) -> None:
    """Write down the version, what is new on it and what is on it no more."""
    fresh = {(one.reference, _digest(one)): one for one in parsed.entries}
    current = ListEntry.objects.filter(source=made.source, dropped=None)
    before = {(ref, sha): pk for ref, sha, pk in current.values_list("reference", "digest", "pk")}
    gone = [pk for pair, pk in before.items() if pair not in fresh]
    new = [(one, sha) for (ref, sha), one in fresh.items() if (ref, sha) not in before]
    made.added, made.dropped = len(new), len(gone)
    made.save(force_insert=True)
    ListEntry.objects.filter(pk__in=gone).update(dropped=made)
    rows = (ListEntry(source=made.source, digest=sha, since=made, **_row(one)) for one, sha in new)
    ListEntry.objects.bulk_create(rows, batch_size=2000)


def _row(entry: Entry) -> dict[str, object]:
    return {**asdict(entry), "names": list(entry.names), "addresses": list(entry.addresses)}


def _digest(entry: Entry) -> str:
    """Give the digest of what is said of somebody, whatever the order of their names."""
    said = asdict(entry)
    return digest({**said, "names": sorted(entry.names), "addresses": sorted(entry.addresses)})
