"""Lives: a loan's terms and events, as the engine folds them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from loans.formats.agreed import read_agreed
from loans.models import Event, Loan
from loans.rules.replay import events as engine
from loans.rules.replay.fold import lived
from loans.rules.replay.life import Life
from loans.rules.target import Target, amount_of, target
from together.ledger.rules.money import ASSETS


def life_of(loan: Loan, more: Sequence[engine.Event] = ()) -> Life | None:
    """
    Replay a loan, with events that are about to be recorded if there are some.

    None if nothing was drawn yet.

    :raises Fault: if an event cannot happen where it stands
    """
    events = [*(as_engine(event, loan) for event in loan.events.all()), *more]
    if not events:
        return None
    return lived(read_agreed(loan.terms), events)


def as_engine(event: Event, loan: Loan) -> engine.Event:
    """Give a stored event as the engine reads it."""
    decimals = ASSETS[loan.pool.asset]
    amount = None if event.amount is None else amount_of(event.amount, decimals)
    return engine.Event(event.type, event.on, amount, identity=str(event.sequence))


def books_day(loan: Loan) -> date | None:
    """Give the day as of which the books of a loan stand: the last closed one, or a later event."""
    days = [event.on for event in loan.events.all()]
    if loan.business_date is not None:
        days.append(loan.business_date)
    return max(days, default=None)


def target_of(loan: Loan, as_of: date, life: Life | None = None) -> Target:
    """Give what the books must say about a loan as of a day, by its replay."""
    life = life or life_of(loan)
    if life is None:
        return Target()
    return target(life, as_of, ASSETS[loan.pool.asset])


def payment(on: date, minor_units: int, loan: Loan) -> engine.Event:
    """Make the engine's event of money that came in, before it is recorded."""
    return replace(
        engine.Event("repayment", on), amount=amount_of(minor_units, ASSETS[loan.pool.asset])
    )
