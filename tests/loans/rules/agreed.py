"""Loans whose terms go beyond the calculation contract, for worked examples."""

from datetime import date
from fractions import Fraction

from loans.formats.agreed import read_agreed
from loans.rules.replay.events import Event
from loans.rules.replay.fold import lived, states_at

# Section 6.3 of the contract: 1,000.00 at 12 %, three monthly payments of 340.02.
TERMS = {
    "method": "level_payment",
    "rate": "0.12",
    "day_count": "30/360 PERIOD",
    "instalments": 3,
}


def event(kind, on, amount=None, **said):
    """Make an event; its day and amount are texts."""
    exact = None if amount is None else Fraction(amount)
    return Event(kind, date.fromisoformat(on), exact, **said)


def life(*events, **terms):
    """Live a loan of 1,000.00 drawn on 2024-01-01."""
    drawn = event("drawdown", "2024-01-01", "1000", identity="drawn")
    return lived(read_agreed({**TERMS, **terms}), [drawn, *events])


def rows(found, on):
    """Write the rows on a day as "principal + interest"."""
    states = states_at(found, date.fromisoformat(on))
    return [f"{float(s.due['principal']):.2f} + {float(s.due['interest']):.2f}" for s in states]


def outstanding(found, on):
    """Give what is outstanding on each row on a day."""
    states = states_at(found, date.fromisoformat(on))
    return [f"{float(state.outstanding):.2f}" for state in states]
