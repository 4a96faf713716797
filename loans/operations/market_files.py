"""Files of market data: taken whole or refused whole, and known again by their digest."""

import hashlib
from datetime import datetime

from django.db import transaction

from loans.formats import observations as formats
from loans.models import Instrument, MarketFile
from loans.operations import observations
from loans.operations.instruments import lock
from loans.operations.observations import NotTaken, Taken
from loans.queries import market_data
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record
from together.controls.rules.file_names import safe_name
from together.treasury.formats.parsed import Unreadable


def bring(*, data: bytes, name: str, by: Person | None, at: datetime) -> tuple[MarketFile, bool]:
    """
    Take a CSV file of observations in; give it, and whether it is new.

    A file that is here already changes nothing. What moves too far is held for a person.

    :raises NotTaken: naming row, column, value and rule of everything that is wrong
    """
    try:
        return _bring(data=data, name=name, by=by, at=at)
    except NotTaken as refused:
        _refused(data=data, name=name, refused=refused, by=by, at=at)
        raise


@transaction.atomic(durable=True)
def _bring(*, data: bytes, name: str, by: Person | None, at: datetime) -> tuple[MarketFile, bool]:
    if by is not None:
        people.demand(by, "market.write")
    sha256 = hashlib.sha256(data).hexdigest()
    codes = list(Instrument.objects.values_list("pk", flat=True))
    lock(*codes)
    before = MarketFile.objects.filter(sha256=sha256).first()
    if before:
        return before, False
    taken = _read(data, codes, at)
    file = MarketFile.objects.create(
        sha256=sha256,
        data=data,
        name=safe_name(name, most=200),
        size=len(data),
        **taken.counts,
        brought_by=by,
        brought_at=at,
    )
    observations.store(taken, way="file", file=file, by=by, at=at)
    said = {"sha256": sha256, **taken.counts}
    record(what="market_file.brought", subject=f"market:{file.pk}", by=by, at=at, details=said)
    return file, True


def _read(data: bytes, codes: list[str], at: datetime) -> Taken:
    known = market_data.accepted(codes)
    try:
        rows, faults = formats.parse(data, known, at)
    except Unreadable as refused:
        raise NotTaken(refused.faults) from refused
    return observations.sorted_out(rows, known, faults)


@transaction.atomic(durable=True)
def _refused(*, data: bytes, name: str, refused: NotTaken, by: Person | None, at: datetime) -> None:
    """Write down that a file was refused, and why; nothing of it is kept."""
    sha256 = hashlib.sha256(data).hexdigest()
    said = {"name": safe_name(name, most=200), "faults": len(refused.faults), "why": str(refused)}
    record(what="market_file.refused", subject=sha256[:12], by=by, at=at, details=said)
