"""Offers: what a version of a term sheet changes against the one before, and what that is worth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from loans.rules.exact import Fraction
from loans.rules.modification import Flow, effective_rate, present_value
from loans.rules.rounding import rounded

SCHEDULE = "Schedule"
IF_DRAWN = f"{SCHEDULE}, if drawn on "
CHANGED = "What changed since version"
WORTH = "Present value of the two offers"
# Of the head of a sheet: what is another one on every version says nothing.
OF_THE_HEAD = ("To be accepted by", "Digest of the terms")
# The columns by which a row of a version is found in the other one.
KEYS = ("Pledge", "Guarantee", "Covenant", "Condition")
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Plan:
    """What an offer comes to: so much drawn on a day, and paid back as its schedule says."""

    drawn_on: date
    amount: Fraction
    flows: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that two versions say differently; what one of them does not say is a dash."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Worth:
    """
    What two offers are worth at the effective rate of the first, each on the day it is drawn.

    ``rate`` and ``new_rate`` are the effective rates a year of both; amounts are whole units of the
    asset, rounded to the unit of the terms.
    """

    rate: Decimal
    new_rate: Decimal
    lent: tuple[Fraction, Fraction]
    paid_back: tuple[Fraction, Fraction]

    @property
    def above(self) -> tuple[Fraction, Fraction]:
        """Give what is paid back above what is lent, in present value, before and after."""
        (lent, lent_now), (back, back_now) = self.lent, self.paid_back
        return back - lent, back_now - lent_now

    @property
    def gain(self) -> Fraction:
        """Give what the lender has more of the second offer; below zero it is less."""
        before, after = self.above
        return after - before

    @property
    def share(self) -> Fraction:
        """Give that as a fraction of what is lent by the second offer."""
        return self.gain / self.lent[1]


def worth(was: Plan, now: Plan, unit: Fraction) -> Worth:
    """
    Compare two offers at the effective rate of the first.

    Nothing is drawn, so no debt is changed: what would be paid back under each is discounted to the
    day on which it would be drawn. An offer that only comes later is worth the same.

    >>> first = Plan(date(2025, 1, 1), Fraction(1000), ((date(2026, 1, 1), Fraction(1100)),))
    >>> second = Plan(date(2025, 1, 1), Fraction(1000), ((date(2026, 1, 1), Fraction(1056)),))
    >>> float(worth(first, second, Fraction("0.01")).gain)
    -40.0

    :raises Fault: ``no_solution`` if one of them has no effective rate
    """
    rate, new_rate = _rate(was), _rate(now)
    back = _back(was, rate, unit), _back(now, rate, unit)
    return Worth(rate, new_rate, (was.amount, now.amount), back)


def _back(plan: Plan, rate: Decimal, unit: Fraction) -> Fraction:
    """Give the present value of what is paid back, on the day of the drawing."""
    return rounded(Fraction(present_value(plan.flows, plan.drawn_on, rate)), unit, "half_even")


def _rate(plan: Plan) -> Decimal:
    return effective_rate([(plan.drawn_on, plan.amount)], plan.flows)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """
    Give what two versions of a sheet say differently, section by section, as they are kept.

    The rows of the schedule are told by its totals.
    """
    was, now = dict(_said(before)), dict(_said(after))
    names = [*was, *(name for name in now if name not in was)]
    found = (Change(name, was.get(name, NOTHING), now.get(name, NOTHING)) for name in names)
    return [one for one in found if one.before != one.after]


def _said(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give each thing that a sheet says, by a name that the other version has for it as well."""
    yield from ((name, value) for name, value in content["pairs"] if name in OF_THE_HEAD)
    for section in content["sections"]:
        heading = section["heading"]
        if heading.startswith((CHANGED, WORTH)):
            continue
        yield from ((name, value) for name, value in section["pairs"])
        if heading.startswith(IF_DRAWN):
            rows = section["grids"][0]["rows"]
            yield "If drawn on", heading.removeprefix(IF_DRAWN)
            yield "First instalment due on", rows[0][0] if rows else NOTHING
            yield "Last instalment due on", rows[-1][0] if rows else NOTHING
            continue
        if section["paragraphs"]:
            yield heading, " ".join(section["paragraphs"])
        for grid in section["grids"]:
            yield from _rows(grid["columns"], grid["rows"])


def _rows(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    place = next((n for n, name in enumerate(columns) if name in KEYS), None)
    if place is None:
        return
    for row in rows:
        told = ", ".join(cell for n, cell in enumerate(row) if n != place)
        yield f"{columns[place]} {row[place]}", told
