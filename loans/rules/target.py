"""The target: what the books must say about a loan, by its replay as of a day."""

from dataclasses import astuple, dataclass
from datetime import date

from loans.rules.exact import Fraction
from loans.rules.replay.events import CREDITS, MONEY_IN, MONEY_OUT, WAIVERS
from loans.rules.replay.finds import accrued
from loans.rules.replay.life import Amounts, Life
from loans.rules.schedule.book import ZERO
from loans.rules.terms import COMPONENTS


@dataclass(frozen=True, slots=True)
class Target:
    """
    Balances of a loan, in minor units.

    ``interest`` and ``charges`` are accrued and not paid, ``earned`` and ``charged`` all that was
    ever accrued and not given up, ``received`` all money in that did not leave again, ``drawn`` all
    that was drawn and not lost: what is written off or credited leaves the pool for good, what is
    recovered comes back to it. ``lost`` is what left it so and did not come back.
    """

    principal: int = 0
    interest: int = 0
    charges: int = 0
    overpaid: int = 0
    earned: int = 0
    charged: int = 0
    received: int = 0
    drawn: int = 0
    lost: int = 0

    def __add__(self, other: "Target") -> "Target":
        return Target(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: "Target") -> "Target":
        return Target(*(a - b for a, b in zip(astuple(self), astuple(other), strict=True)))


def target(life: Life, as_of: date, decimals: int) -> Target:
    """
    Give what the books must say, with amounts in minor units of an asset with ``decimals``.

    interest = accrued to the day - interest paid; what the contract rounds to its unit is a whole
    number of minor units, so nothing is rounded here.

    :raises ValueError: if an amount is no whole number of minor units
    """
    paid, given_up = _settled(life)
    back = _taken_back(life)
    # What was paid and taken back is due again: it was neither paid nor earned a second time.
    interest_paid = paid["interest"] - back["interest"]
    charges_paid = _charges(paid) - _charges(back)
    if life.seen_at is None:
        earned = accrued(life, as_of) - given_up["interest"] - back["interest"]
        charged = sum((charge.amount for charge in life.charges), ZERO)
        charged -= _charges(given_up) + _charges(back)
    else:
        # Nothing more is expected of what was written off: income is what was paid.
        earned, charged = interest_paid, charges_paid
    lost = sum((a for (_, c), a in life.written_off.items() if c == "principal"), ZERO)
    lost += given_up["principal"]
    lost += sum((t.overpayment for t in life.transactions if t.type in CREDITS), ZERO)
    drawn = sum((amount for _, amount in life.book.drawn), ZERO) + life.prepaid
    return Target(
        principal=units(life.principal_outstanding, decimals),
        interest=units(earned - interest_paid, decimals),
        charges=units(charged - charges_paid, decimals),
        overpaid=units(life.overpaid, decimals),
        earned=units(earned, decimals),
        charged=units(charged, decimals),
        received=units(_received(life), decimals),
        drawn=units(drawn - lost, decimals),
        lost=units(lost, decimals),
    )


def _settled(life: Life) -> tuple[Amounts, Amounts]:
    """Give what was paid, and what was waived or credited without money, by component."""
    paid, given_up = (dict.fromkeys(COMPONENTS, ZERO) for _ in range(2))
    for part in life.parts:
        is_money = life.transactions[part.transaction].type not in (*WAIVERS, *CREDITS)
        (paid if is_money else given_up)[part.component] += part.amount
    return paid, given_up


def _taken_back(life: Life) -> Amounts:
    """Give by component what money that left again had paid, the part covered at once included."""
    numbers = {n for n, t in enumerate(life.transactions) if t.type in MONEY_OUT}
    back = dict.fromkeys(COMPONENTS, ZERO)
    for number in numbers:
        for component, amount in life.transactions[number].parts.items():
            back[component] += amount
    for part in life.parts:
        if part.transaction in numbers:
            back[part.component] += part.amount
    return back


def _charges(amounts: Amounts) -> Fraction:
    return amounts["fee"] + amounts["penalty"]


def _received(life: Life) -> Fraction:
    total = ZERO
    for one in life.transactions:
        if one.type in MONEY_IN and one.type not in CREDITS:
            total += one.amount
        elif one.type in MONEY_OUT:
            total -= one.amount
    return total


def units(amount: Fraction, decimals: int) -> int:
    """
    Give an amount as a whole number of minor units.

    :raises ValueError: if it is none
    """
    scaled = amount * 10**decimals
    if scaled.denominator != 1:
        raise ValueError(f"{amount} is no whole number of minor units")
    return int(scaled)


def amount_of(minor_units: int, decimals: int) -> Fraction:
    """Give minor units as an amount of the engine."""
    return Fraction(minor_units, 10**decimals)
