"""Effects: what an adjustment changes, in the numbers that its approval is bound to."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from loans import postings
from loans.models import Adjustment, Event, Loan
from loans.queries import differences
from loans.queries.differences import Difference
from loans.queries.fixings import Rates
from loans.queries.lives import floating_life, recorded
from loans.queries.receipts import is_allocated
from loans.rules.adjustments import Earlier, demand_proposable, demand_sound
from loans.rules.faults import Fault, bad_value
from loans.rules.replay.events import FIXING
from together import Refused
from together.controls.operations import approvals
from together.ledger.rules.money import ASSETS

PLACE = re.compile(r"events\[(\d+)\]\.?(.*)")


class NotAdjustable(Refused):
    """Raised when an event cannot be part of a loan's life; says which field and which rule."""


def effect(adjustment: Adjustment) -> dict[str, Any]:
    """Give what an approval binds: the event, what it was computed on, and the entry it makes."""
    worth = adjustment.difference.get("modification")
    return {
        **({"modification": worth} if worth else {}),
        "loan": adjustment.loan.number,
        "pool": adjustment.loan.pool_id,
        "type": adjustment.type,
        "date": adjustment.on.isoformat(),
        "amount": adjustment.amount,
        "further": adjustment.further,
        "target": adjustment.target and adjustment.target.sequence,
        "line": adjustment.line and adjustment.line.entry_id,
        "reason": adjustment.reason,
        "events": adjustment.event_count,
        "as_of": adjustment.as_of.isoformat(),
        "entry": adjustment.difference["entry"],
        "difference": approvals.digest(adjustment.difference),
    }


def as_event(adjustment: Adjustment) -> Event:
    """Give the event as it will be recorded: the next one of its loan."""
    return Event(
        loan=adjustment.loan,
        sequence=adjustment.event_count + 1,
        type=adjustment.type,
        on=adjustment.on,
        amount=adjustment.amount,
        further=adjustment.further,
        target=adjustment.target,
        line=adjustment.line,
    )


def difference(adjustment: Adjustment, today: date) -> Difference:
    """
    Compute what an adjustment changes: as of the day it was shown for, or now if it is new.

    :raises NotAdjustable: with the field that is wrong and the rule that it breaks
    """
    loan, line = adjustment.loan, adjustment.line
    if line is not None and is_allocated(line):
        raise NotAdjustable(f"line: {line.entry_id} is allocated already")
    try:
        event = differences.as_event(as_event(adjustment), loan)
        demand_proposable(
            event, today=today, has_line=line is not None, earlier=_earlier(adjustment.target)
        )
        if adjustment.type == FIXING:
            _demand_observed(adjustment, today)
        found = differences.difference(loan, event, adjustment.as_of)
        demand_sound(event, found.after)
    except Fault as fault:
        raise NotAdjustable(_words(fault, adjustment)) from fault
    return found


def _demand_observed(adjustment: Adjustment, today: date) -> None:
    """
    Check that a fixing says what is observed: nobody types the rate of a loan.

    :raises Fault: if it says something else than the observation that counts now
    """
    found = floating_life(adjustment.loan)
    if found is None:
        raise bad_value("type", f"the rate of loan {adjustment.loan.number} does not float")
    life, agreed = found
    night = datetime.combine(today + timedelta(days=1), time(), UTC)
    taken = Rates(agreed, on=today, at=night).taken(life, adjustment.on, may_fall_back=True)
    if taken.fixed is None:
        raise bad_value("date", taken.why_not)
    if taken.further != adjustment.further:
        raise bad_value("further", "is not what is observed: ask for the fixing of its day anew")


def _earlier(target: Event | None) -> Earlier | None:
    if target is None:
        return None
    reversed_line = target.type == "reversal" and target.target and target.target.line_id
    return Earlier(target.type, reverses_money=bool(reversed_line))


def _words(fault: Fault, adjustment: Adjustment) -> str:
    """Name the field of the proposal that is wrong, or the later event that it would break."""
    at = PLACE.fullmatch(fault.field or "")
    if at is None:
        return str(fault)
    place, name = int(at[1]), at[2]
    if place >= adjustment.event_count:
        return f"{name or 'date'}: {fault.message}"
    other = recorded(adjustment.loan)[place]
    return f"event {place + 1} ({other.type} of {other.on}) would break: {name}: {fault.message}"


def document(found: Difference, loan: Loan) -> dict[str, Any]:
    """Write a difference as JSON, with the lines of the entry that it makes, debits positive."""
    step = postings.Bringing("", "", found.as_of, loan.number, loan.pool_id, loan.pool.asset)
    entry = postings.brought(step, found.was, found.now)
    lines = [(line.code, line.subject, line.amount) for line in entry.movements] if entry else []
    return differences.document(found, lines)


def cents(adjustment: Adjustment) -> int:
    """
    Give the amount that decides who must approve: what moves in the books, rounded up to a cent.

    A change of the plan may move nothing today and still much over the years: what the borrower
    pays more or less in all counts as well, and what it gains or loses in present value, whichever
    is largest.
    """
    shown = adjustment.difference
    entry = [(code, amount) for code, _, amount in shown["entry"] if code not in postings.LOSSES]
    moved = sum(amount for _, amount in entry if amount > 0)
    before, after = (total["due"] for total in shown["totals"])
    worth = shown.get("modification", {}).get("gain", 0)
    largest: int = max(moved, abs(after - before), abs(worth))
    cents: int = -(-largest // 10 ** (ASSETS[adjustment.loan.pool.asset] - 2))
    return cents
