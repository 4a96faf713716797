"""Collateral: market value, lendable value, shortfall and loan to value."""

from collections.abc import Sequence
from dataclasses import dataclass

from loans.rules.exact import Fraction
from loans.rules.rounding import rounded


@dataclass(frozen=True, slots=True)
class Pledge:
    """A quantity of an asset at a price, of which ``haircut`` (0.25 is 25 %) does not count."""

    quantity: Fraction
    price: Fraction
    haircut: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Cover:
    """What pledges are worth against a loan; ``ltv`` is exact, None without any value."""

    market_value: Fraction
    lendable_value: Fraction
    shortfall: Fraction
    ltv: Fraction | None


def cover(loan_amount: Fraction, pledges: Sequence[Pledge], unit: Fraction) -> Cover:
    """
    Value pledges: market = sum quantity x price, lendable = the same x (1 - haircut).

    Both are rounded down to ``unit``; shortfall = loan - lendable, at least 0; LTV = loan / exact
    market value. Example: 1,000,000 on 8,000 x 100, haircut 0.5: 800,000, 400,000, 600,000, 1.25.
    Source: calculation contract, section 8.

    >>> pledged = Pledge(Fraction(8000), Fraction(100), Fraction("0.5"))
    >>> found = cover(Fraction(10**6), [pledged], Fraction("0.01"))
    >>> str(found.market_value), str(found.lendable_value), str(found.shortfall), str(found.ltv)
    ('800000', '400000', '600000', '5/4')
    """
    market = sum((p.quantity * p.price for p in pledges), Fraction(0))
    lendable = sum((p.quantity * p.price * (1 - p.haircut) for p in pledges), Fraction(0))
    lendable = rounded(lendable, unit, "down")
    return Cover(
        market_value=rounded(market, unit, "down"),
        lendable_value=lendable,
        shortfall=max(loan_amount - lendable, Fraction(0)),
        ltv=loan_amount / market if market else None,
    )
