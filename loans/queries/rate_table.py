"""The rate table: what an applied loan would cost at its own rate and at those around it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from loans.formats.agreed import read_agreed
from loans.rules.exact import Fraction
from loans.rules.schedule.columns import plans
from loans.rules.target import amount_of, units
from together import Refused
from together.ledger.rules.money import ASSETS, Money

# Basis points from one line to the next, and lines on each side of the rate asked for.
STEP, SIDES = 50, 4
POINTS = 10_000


class NoTable(Refused):
    """Raised when plans cannot be laid side by side; says why."""


@dataclass(frozen=True, slots=True)
class Cost:
    """A plan at one rate per year: its first instalment, its largest, and all its interest."""

    rate: Fraction
    first: Money
    largest: Money
    interest: Money
    is_asked_for: bool


def rate_table(terms: Mapping[str, Any], amount: Money, start: date) -> list[Cost]:
    """
    Give what an amount drawn on a day would cost at rates around that of the terms, lowest first.

    Rates below zero are left out. All other terms stay as they are.

    :raises Fault: if the terms make no sense
    :raises NoTable: if the amount is no multiple of the terms' unit, or the plan is open-ended
    """
    engine, decimals = read_agreed(terms), ASSETS[amount.asset]
    size = int(engine.rate.denominator) * POINTS
    own, step = int(engine.rate * size), STEP * int(engine.rate.denominator)
    rates = [own + n * step for n in range(-SIDES, SIDES + 1) if own + n * step >= 0]
    drawn = amount_of(amount.minor_units, decimals) / engine.unit
    if drawn.denominator != 1:
        raise NoTable(f"{amount} is no multiple of {engine.unit}, the unit of the terms")
    if engine.count is None:
        raise NoTable("these terms do not say how many instalments there are")
    found = plans(engine, start, [int(drawn)] * len(rates), rates, size)
    due = found.principal + found.interest

    def money(whole: Any) -> Money:
        return Money(units(int(whole) * engine.unit, decimals), amount.asset)

    return [
        Cost(
            rate=Fraction(rate, size),
            first=money(due[0, n]),
            largest=money(due[:, n].max()),
            interest=money(found.interest[:, n].sum()),
            is_asked_for=rate == own,
        )
        for n, rate in enumerate(rates)
    ]
