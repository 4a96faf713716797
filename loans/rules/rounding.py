"""Rounding: exact fractions to multiples of a unit, and exact fractions as decimal text."""

from typing import Literal

from loans.rules.exact import Fraction

Mode = Literal["half_even", "half_up", "up", "down"]
MODES: tuple[Mode, ...] = ("half_even", "half_up", "up", "down")


def rounded(value: Fraction, unit: Fraction, mode: str) -> Fraction:
    """
    Round to a multiple of ``unit``.

    ``half_even`` sends halves to the even multiple, ``half_up`` away from zero, ``up`` rounds away
    from zero and ``down`` towards it. Source: calculation contract, section 3. Example: 2.345 is
    halfway between 2.34 and 2.35.

    >>> str(rounded(Fraction("2.345"), Fraction("0.01"), "half_even"))
    '117/50'
    """
    # Whole numbers throughout: this is the most called rule of all.
    size = value.denominator * unit.numerator
    whole, rest = divmod(value.numerator * unit.denominator, size)
    if rest == 0:
        return value
    if _goes_up(whole, 2 * rest - size, mode):
        whole += 1
    return Fraction(whole * unit.numerator, unit.denominator)


def _goes_up(whole: int, beyond_half: int, mode: str) -> bool:
    """Say whether what lies above a whole number goes to the next one; ``whole`` is the floor."""
    if mode in {"up", "down"}:
        return (whole >= 0) == (mode == "up")
    if beyond_half:
        return beyond_half > 0
    return whole % 2 == 1 if mode == "half_even" else whole >= 0


# Interest upon interest can grow beyond what may be written as a decimal number.
MOST_BITS = 13_000


def text(value: Fraction, decimals: int) -> str:
    """
    Write a fraction with a number of decimals, halves to even; zero has no sign.

    Source: calculation contract, sections 1 and 3. Example: minus a third to four decimals.

    >>> text(Fraction(-1, 3), 4)
    '-0.3333'

    :raises OverflowError: if that would take thousands of digits
    """
    scaled = round(value * 10**decimals)
    if scaled.bit_length() > MOST_BITS:
        raise OverflowError("the figure has more than four thousand digits")
    whole, rest = divmod(abs(scaled), 10**decimals)
    sign = "-" if scaled < 0 else ""
    return f"{sign}{whole}.{rest:0{decimals}d}" if decimals else f"{sign}{whole}"
