"""Exact: the rational numbers that every rule calculates with."""

from typing import TYPE_CHECKING

# GMP's rationals are Python's fractions, number for number, at a tenth of the cost (decision 22).
if TYPE_CHECKING:
    from fractions import Fraction
else:
    from gmpy2 import mpq as Fraction  # noqa: N812 - a drop-in, under its name

__all__ = ["Fraction"]
