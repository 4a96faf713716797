"""Rounding of the reference, and amounts as text."""

from fractions import Fraction

COMPONENTS = ("principal", "interest", "fee", "penalty")


def rounded(value: Fraction, unit: Fraction, mode: str) -> Fraction:
    """Round to a multiple of a unit."""
    units = abs(value) / unit
    whole = units.numerator // units.denominator
    rest = units - whole
    if mode == "up":
        whole += rest > 0
    elif mode == "half_up":
        whole += rest >= Fraction(1, 2)
    elif mode == "half_even" and (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2)):
        whole += 1
    return whole * unit if value >= 0 else -whole * unit


def written(value: Fraction, unit: str) -> str:
    """Write an amount with the decimals of the unit."""
    decimals = len(unit.partition(".")[2])
    scaled = rounded(value * 10**decimals, Fraction(1), "half_even")
    digits = str(abs(int(scaled))).rjust(decimals + 1, "0")
    text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    return f"-{text}" if scaled < 0 else text
