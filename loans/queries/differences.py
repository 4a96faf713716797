"""Differences: what one more event changes about a loan, instalment by instalment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Any

from loans.models import Event, Loan
from loans.queries.lives import as_engine, books_day, life_of, target_of
from loans.queries.standing import Row, instalments
from loans.rules.faults import Fault, bad_value
from loans.rules.modification import Modification, modification
from loans.rules.replay import events as engine
from loans.rules.replay.life import Life
from loans.rules.rounding import text
from loans.rules.target import Target
from together.ledger.rules.money import ASSETS, Money

OWN_FIELDS = {"type", "date", "id", "amount", "target", "name"}
# Changes of what was agreed about the cash flows to come.
AMENDMENTS = ("re_age", *engine.AGREED)
AMOUNTS = (
    "principal",
    "interest",
    "fees",
    "penalties",
    "due",
    "paid",
    "outstanding",
    "balance",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """
    What an event changes as of a day.

    ``rows`` pairs each instalment before and after it (None where there is none); ``was`` and
    ``now`` are what the books must say without it and with it, by the same replay.
    ``modification`` is what a change of the plan is worth, or why that cannot be said.
    """

    as_of: date
    before: Life
    after: Life
    rows: tuple[tuple[Row | None, Row | None], ...]
    was: Target
    now: Target
    modification: Modification | str | None = None


def as_event(event: Event, loan: Loan) -> engine.Event:
    """
    Give an event that is not recorded yet as the engine reads it.

    :raises Fault: if it is not written as its kind asks for
    """
    reserved = OWN_FIELDS & set(event.further)
    if reserved:
        raise bad_value("further", f"{', '.join(sorted(reserved))} stand in fields of their own")
    target = event.target
    if target is not None and target.loan_id != loan.pk:
        raise bad_value("target", f"is an event of another loan than {loan.number}")
    return as_engine(event, loan, {target.pk: target.sequence} if target else {})


def difference(loan: Loan, event: engine.Event, as_of: date | None = None) -> Difference:
    """
    Compute what one more event changes, as of a day: the day the books will then stand at.

    :raises Fault: if the event cannot happen where it stands; nothing was drawn yet
    """
    day = as_of or books_day(loan, [event])
    before, after = life_of(loan), life_of(loan, [event])
    if before is None or after is None or day is None:
        raise Fault("invalid_event", "type", "nothing is drawn yet")
    asset = loan.pool.asset
    return Difference(
        as_of=day,
        before=before,
        after=after,
        rows=tuple(zip_longest(instalments(before, day, asset), instalments(after, day, asset))),
        was=target_of(loan, day, before),
        now=target_of(loan, day, after),
        modification=_modification(event, before, after, day, ASSETS[asset]),
    )


def _modification(
    event: engine.Event, before: Life, after: Life, day: date, decimals: int
) -> Modification | str | None:
    if event.type not in AMENDMENTS:
        return None
    try:
        return modification(before, after, day, decimals)
    except Fault as fault:
        return fault.message


def document(found: Difference, entry: Iterable[tuple[str, str, int]]) -> dict[str, Any]:
    """Write a difference and the lines of its entry as JSON; amounts are minor units."""
    before, after = zip(*found.rows, strict=True)
    worth = found.modification
    said = {} if worth is None else {"modification": _worth(worth)}
    return {
        **said,
        "as_of": found.as_of.isoformat(),
        "rows": [[_written(row) for row in pair] for pair in found.rows],
        "totals": [_total(before), _total(after)],
        "entry": [list(line) for line in entry],
    }


def _worth(found: Modification | str) -> dict[str, Any]:
    if isinstance(found, str):
        return {"why_not": found}
    return {
        "rate": str(found.rate),
        "is_original": found.is_original,
        "before": found.before,
        "after": found.after,
        "gain": found.gain,
        "per_cent": text(found.share * 100, 4),
        "is_substantial": found.is_substantial,
    }


def _written(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    amounts = {name: getattr(row, name).minor_units for name in AMOUNTS}
    return {"number": row.number, "due_on": row.due_on.isoformat(), **amounts}


def _total(rows: Iterable[Row | None]) -> dict[str, int]:
    """Add the rows up; a balance is no sum."""
    there = [row for row in rows if row is not None]
    return {name: sum(_units(row, name) for row in there) for name in AMOUNTS[:-1]}


def _units(row: Row, name: str) -> int:
    amount: Money = getattr(row, name)
    return amount.minor_units
