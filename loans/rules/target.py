"""The target: what the books must say about a loan, by its replay as of a day."""

from dataclasses import dataclass
from datetime import date

from loans.rules.exact import Fraction
from loans.rules.replay.events import MONEY_IN, WAIVERS
from loans.rules.replay.finds import accrued
from loans.rules.replay.life import Life
from loans.rules.schedule.book import ZERO
from loans.rules.terms import COMPONENTS


@dataclass(frozen=True, slots=True)
class Target:
    """
    Balances of a loan, in minor units.

    ``interest`` and ``charges`` are accrued and not paid, ``earned`` and ``charged`` all that was
    ever accrued and not given up, ``received`` all money in, ``drawn`` all that was drawn and not
    lost: what is written off leaves the pool for good, what is recovered comes back to it.
    """

    principal: int = 0
    interest: int = 0
    charges: int = 0
    overpaid: int = 0
    earned: int = 0
    charged: int = 0
    received: int = 0
    drawn: int = 0


def target(life: Life, as_of: date, decimals: int) -> Target:
    """
    Give what the books must say, with amounts in minor units of an asset with ``decimals``.

    interest = accrued to the day - interest paid; what the contract rounds to its unit is a whole
    number of minor units, so nothing is rounded here.

    :raises ValueError: if an amount is no whole number of minor units
    """
    paid, waived = dict.fromkeys(COMPONENTS, ZERO), dict.fromkeys(COMPONENTS, ZERO)
    for part in life.parts:
        is_waiver = life.transactions[part.transaction].type in WAIVERS
        sums = waived if is_waiver else paid
        sums[part.component] += part.amount
    charges_paid = paid["fee"] + paid["penalty"]
    if life.seen_at is None:
        earned = accrued(life, as_of) - waived["interest"]
        charged = sum((charge.amount for charge in life.charges), ZERO)
        charged -= waived["fee"] + waived["penalty"]
    else:
        # Nothing more is expected of what was written off: income is what was paid.
        earned, charged = paid["interest"], charges_paid
    money_in = (t.amount for t in life.transactions if t.type in MONEY_IN)
    lost = sum((a for (_, c), a in life.written_off.items() if c == "principal"), ZERO)
    drawn = sum((amount for _, amount in life.book.drawn), ZERO) + life.prepaid
    return Target(
        principal=units(life.principal_outstanding, decimals),
        interest=units(earned - paid["interest"], decimals),
        charges=units(charged - charges_paid, decimals),
        overpaid=units(life.overpaid, decimals),
        earned=units(earned, decimals),
        charged=units(charged, decimals),
        received=units(sum(money_in, ZERO), decimals),
        drawn=units(drawn - lost, decimals),
    )


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
