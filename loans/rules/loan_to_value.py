"""Loan to value: its bands, what is left of them, and the fall of prices that reaches each."""

from dataclasses import dataclass

from loans.rules.exact import Fraction
from loans.rules.rounding import rounded, text

POINT = 10_000
CENT = Fraction(1, 100)
WITHIN, ABOVE, MARGIN_CALL, LIQUIDATION = "within", "above initial", "margin call", "liquidation"


@dataclass(frozen=True, slots=True)
class Bands:
    """The loan to value up to which money is lent, more is asked for, and collateral is sold."""

    initial: Fraction
    margin_call: Fraction
    liquidation: Fraction


def bands(initial: int, margin_call: int, liquidation: int, most: Fraction | None) -> Bands:
    """Give bands of basis points; the terms of a loan may agree a lower initial one."""
    start = Fraction(initial, POINT)
    return Bands(
        start if most is None else min(start, most),
        Fraction(margin_call, POINT),
        Fraction(liquidation, POINT),
    )


def band_of(owed: Fraction, market: Fraction, by: Bands) -> str:
    """
    Say in which band a loan is; each begins above its figure, a loan without collateral is last.

    >>> by = bands(7200, 7700, 9100, None)
    >>> band_of(Fraction(72), Fraction(100), by), band_of(Fraction("77.01"), Fraction(100), by)
    ('within', 'margin call')
    """
    if owed <= by.initial * market:
        return WITHIN
    if owed <= by.margin_call * market:
        return ABOVE
    return MARGIN_CALL if owed <= by.liquidation * market else LIQUIDATION


def fall_to(owed: Fraction, market: Fraction, limit: Fraction) -> Fraction | None:
    """
    Give the part of their prices at which pledges reach a limit, if all fall alike.

    None if nothing is owed. Example: 70 owed on 100 reach 77 % at 70 / 77 of the prices.

    >>> str(fall_to(Fraction(70), Fraction(100), Fraction("0.77")))
    '10/11'
    """
    return owed / (limit * market) if owed and market else None


def headroom(owed: Fraction, market: Fraction, limit: Fraction) -> Fraction:
    """Give what could be owed more before a limit, below zero if it is passed; rounded down."""
    left = limit * market - owed
    return rounded(left, CENT, "down" if left >= 0 else "up")


def top_up(owed: Fraction, market: Fraction, limit: Fraction) -> Fraction:
    """
    Give the market value of more collateral that brings a loan back within a limit, rounded up.

    >>> str(top_up(Fraction(80), Fraction(100), Fraction("0.72")))
    '278/25'
    """
    return rounded(max(owed / limit - market, Fraction(0)), CENT, "up")


def repayment(owed: Fraction, market: Fraction, limit: Fraction) -> Fraction:
    """
    Give the repayment that brings a loan back within a limit, rounded up.

    >>> str(repayment(Fraction(80), Fraction(100), Fraction("0.72")))
    '8'
    """
    return rounded(max(owed - limit * market, Fraction(0)), CENT, "up")


def percent(value: Fraction) -> str:
    """
    Write a fraction as a percentage with two decimals, for people.

    >>> percent(Fraction("0.7234"))
    '72.34 %'
    """
    return f"{text(value * 100, 2)} %"
