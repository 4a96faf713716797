"""Rounding: exact fractions to multiples of a unit, and exact fractions as decimal text."""

import math
from fractions import Fraction
from typing import Literal

Mode = Literal["half_even", "half_up", "up", "down"]
MODES: tuple[Mode, ...] = ("half_even", "half_up", "up", "down")


def rounded(value: Fraction, unit: Fraction, mode: str) -> Fraction:
    """
    Round to a multiple of ``unit``.

    ``half_even`` sends halves to the even multiple, ``half_up`` away from zero, ``up`` rounds away
    from zero and ``down`` towards it (calculation contract, section 3).

    >>> rounded(Fraction("2.345"), Fraction("0.01"), "half_even")
    Fraction(117, 50)
    """
    count = value / unit
    if count.denominator == 1:
        return value
    if mode == "half_even":
        return round(count) * unit
    size = abs(count)
    whole = {
        "half_up": math.floor(size + Fraction(1, 2)),
        "up": math.ceil(size),
        "down": math.floor(size),
    }[mode]
    return (whole if count > 0 else -whole) * unit


def text(value: Fraction, decimals: int) -> str:
    """
    Write a fraction with a number of decimals, halves to even; zero has no sign.

    >>> text(Fraction(-1, 3), 4)
    '-0.3333'
    """
    scaled = round(value * 10**decimals)
    whole, rest = divmod(abs(scaled), 10**decimals)
    sign = "-" if scaled < 0 else ""
    return f"{sign}{whole}.{rest:0{decimals}d}" if decimals else f"{sign}{whole}"
