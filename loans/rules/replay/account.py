"""The account of a loan: every event in order of effect, and where its money went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from loans.rules.exact import Fraction
from loans.rules.replay.events import CHARGES, Event, Placed, in_effect
from loans.rules.replay.fold import apply, began
from loans.rules.replay.life import Life
from loans.rules.schedule.book import ZERO
from loans.rules.terms import Terms


@dataclass(frozen=True, slots=True)
class Movement:
    """
    One line of the account.

    ``principal``, ``interest`` and ``charges`` are what the event settled, gave up or took back of
    each; of a drawdown or a charge, what it added. ``overpaid`` is what settled nothing (below
    zero: what left again). ``balance`` is the principal outstanding after it. A reversed event
    stands on its day, with nothing in it and the balance as it was.
    """

    event: Event
    principal: Fraction = ZERO
    interest: Fraction = ZERO
    charges: Fraction = ZERO
    overpaid: Fraction = ZERO
    balance: Fraction = ZERO
    is_reversed: bool = False

    @property
    def on(self) -> date:
        """Give the day of the event."""
        return self.event.on


class Account(NamedTuple):
    """The movements of a loan, and the life that they make; None before the first drawdown."""

    movements: list[Movement]
    life: Life | None


def account(terms: Terms, events: Sequence[Event]) -> Account:
    """
    Give the account of a loan, from its terms and its events as they were recorded.

    The same fold as ``lived``, looked at after each event. Example: 1,000.00 drawn, then 340.02
    paid on the first due date: 330.02 of principal, 10.00 of interest, balance 669.98.

    :raises Fault: ``invalid_terms`` or ``invalid_event`` with the path of the cause
    """
    live, dead = in_effect(events)
    if not live:
        return Account([], None)
    life = began(terms, live[0].event.on)
    steps = [_step(life, placed) for placed in live]
    counted = iter([_movement(life, *step) for step in steps])
    found: list[Movement] = []
    gone = {placed.index for placed in dead}
    for placed in sorted([*live, *dead], key=lambda one: (one.event.effective_on, one.index)):
        if placed.index in gone:
            balance = found[-1].balance if found else ZERO
            found.append(Movement(placed.event, balance=balance, is_reversed=True))
        else:
            found.append(next(counted))
    return Account(found, life)


def _step(life: Life, placed: Placed) -> tuple[Event, int | None, Fraction]:
    """Apply an event; give it with its transaction, if it has one, and the balance after it."""
    before = len(life.transactions)
    apply(life, placed)
    number = before if len(life.transactions) > before else None
    return placed.event, number, life.principal_outstanding


def _movement(life: Life, event: Event, number: int | None, balance: Fraction) -> Movement:
    amount = event.amount or ZERO
    if number is None:
        drawn = amount if event.type == "drawdown" else ZERO
        charged = amount if event.type in CHARGES else ZERO
        return Movement(event, principal=drawn, charges=charged, balance=balance)
    # Where money went is known at the end only: a later charge may use what was overpaid.
    one = life.transactions[number]
    return Movement(
        event,
        one.parts["principal"],
        one.parts["interest"],
        one.parts["fee"] + one.parts["penalty"],
        one.overpayment,
        balance,
    )
