"""Lives: a loan's terms and events, as the engine folds them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from loans.formats.agreed import read_agreed
from loans.formats.replays import read_recorded
from loans.models import Event, Loan
from loans.queries.commitments import undrawn_target
from loans.rules.floating import Floating
from loans.rules.replay import events as engine
from loans.rules.replay.fold import lived
from loans.rules.replay.life import Life
from loans.rules.rounding import text
from loans.rules.states import LoanState
from loans.rules.target import Target, amount_of, target
from together.ledger.rules.money import ASSETS


def life_of(loan: Loan, more: Sequence[engine.Event] = ()) -> Life | None:
    """
    Replay a loan, with events that are about to be recorded if there are some.

    None if nothing was drawn yet.

    :raises Fault: if an event cannot happen where it stands
    """
    events = [*recorded(loan), *more]
    if not events:
        return None
    return lived(read_agreed(loan.terms), events)


def floating_life(loan: Loan) -> tuple[Life, Floating] | None:
    """Replay a loan whose rate floats, with what is agreed about it; None if it is not drawn."""
    life = life_of(loan)
    agreed = life.terms.floating if life else None
    return (life, agreed) if life is not None and agreed is not None else None


def recorded(loan: Loan) -> list[engine.Event]:
    """Give the events of a loan as the engine reads them, in the order they were recorded."""
    stored = list(loan.events.all())
    sequences = {event.pk: event.sequence for event in stored}
    return [as_engine(event, loan, sequences) for event in stored]


def as_engine(event: Event, loan: Loan, sequences: Mapping[int, int]) -> engine.Event:
    """
    Give an event as the engine reads it; ``sequences`` are those of the loan's events by key.

    :raises Fault: if it is not written as its kind asks for
    """
    return read_recorded(as_document(event, loan, sequences))


def as_document(event: Event, loan: Loan, sequences: Mapping[int, int]) -> dict[str, Any]:
    """Write an event as the calculation contract does; events are pointed at by their number."""
    said = {"type": event.type, "date": event.on.isoformat(), "id": str(event.sequence)}
    if event.amount is not None:
        decimals = ASSETS[loan.pool.asset]
        said["amount"] = text(amount_of(event.amount, decimals), decimals)
    if event.target_id is not None:
        said["target"] = str(sequences[event.target_id])
    return {**said, **event.further}


def books_day(loan: Loan, more: Sequence[engine.Event] = ()) -> date | None:
    """
    Give the day as of which the books of a loan stand: the last closed one, or a later event.

    A change of the plan, or a fixing, moves nothing on its own day, which may be still to come.
    """
    days = [_effective_on(one) for one in loan.events.all() if one.type not in engine.OF_THE_PLAN]
    days += [one.effective_on for one in more if one.type not in engine.OF_THE_PLAN]
    if loan.business_date is not None:
        days.append(loan.business_date)
    return max(days, default=None)


def _effective_on(event: Event) -> date:
    """Give the day from which a stored event counts, without reading it as the engine does."""
    noted = event.further.get("recorded_on")
    return min(event.on, date.fromisoformat(noted)) if noted else event.on


def target_of(loan: Loan, as_of: date, life: Life | None = None) -> Target:
    """Give what the books must say about a loan on a day, by its replay or its commitment."""
    life = life or life_of(loan)
    if life is None:
        return undrawn_target(loan, as_of)
    return target(life, as_of, ASSETS[loan.pool.asset])


def incoming(loan: Loan, on: date, minor_units: int) -> Event:
    """Make the event of money that came in: a recovery, once the loan was written off."""
    life = life_of(loan) if loan.state == LoanState.WRITTEN_OFF else None
    is_lost = life is not None and life.seen_at is not None and life.seen_at <= on
    return Event(
        loan=loan,
        sequence=1 + len(loan.events.all()),
        type="recovery" if is_lost else "repayment",
        on=on,
        amount=minor_units,
    )
