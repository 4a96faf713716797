"""
Allocation among very many claims, by columns of whole numbers.

The same level, parts and cut as ``allocation``, which says what they are. Columns are of 64 bits
where every product fits them, and of Python's own numbers where one does not: always exact.
"""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retail_claims.rules import allocation
from retail_claims.rules.allocation import Claim, Cut

Column = NDArray[Any]
BOUND = 2**62
# Halvings that bring a level of floating point as near as it comes.
HALVINGS = 80
MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims by columns: ``weight`` above zero, ``low <= high`` in whole units."""

    weight: Column
    low: Column
    high: Column


@dataclass(frozen=True, slots=True)
class Parts:
    """Shares at a level: whole units, and what is left of a unit in parts of it."""

    whole: Column
    rest: Column


def total(column: Column) -> int:
    """Add a column up without leaving its range."""
    if column.dtype == object:
        return int(sum(column.tolist()))
    # Halves of 32 bits each: more than two thousand million rows would be needed to overflow.
    high, low = np.right_shift(column, 32), np.bitwise_and(column, 2**32 - 1)
    return (int(high.sum()) << 32) + int(low.sum())


def find_level(claims: Claims, amount: int) -> Fraction:
    """
    Find the smallest L >= 0 for which clamp(L x weight, low, high) of all claims add up to amount.

    Needs: sum of low <= amount < sum of high. A level by floating point says which claims stand
    between their edges; the exact level of those is the one, if it leaves them where they stand.
    """
    if total(claims.low) == amount:
        return Fraction(0)
    level = Fraction(_near(claims, amount))
    for _ in range(MOST_STEPS):
        at_low, at_high = _sides(claims, level)
        between = ~(at_low | at_high)
        slope = total(claims.weight[between])
        if slope == 0:
            break
        fixed = total(claims.low[at_low]) + total(claims.high[at_high])
        found = Fraction(amount - fixed, slope)
        if found == level:
            return level
        level = found
    return allocation.find_level(_counted(claims), amount)


def shares(claims: Claims, level: Fraction) -> Parts:
    """Give the share of each claim at a level, the rests in parts of ``level.denominator``."""
    weight, low, high = _wide(claims, level)
    at_low, at_high = _sides(claims, level)
    exact = weight * level.numerator
    whole, rest = exact // level.denominator, exact % level.denominator
    edge = np.where(at_low, low, high)
    is_edge = at_low | at_high
    return Parts(np.where(is_edge, edge, whole), np.where(is_edge, 0, rest))


def find_cut(parts: Parts, left: int) -> Cut:
    """Give the left-over units to the largest rests, one each, and say where they end."""
    rests = parts.rest[parts.rest > 0]
    if left == 0 or not len(rests):
        return Cut(int(rests.max()) if len(rests) else 0, left)
    # The smallest of the rests that get a unit: those above it get one for sure.
    in_order = np.sort(rests)
    cut = int(in_order[len(in_order) - left])
    return Cut(cut, left - int((rests > cut).sum()))


def _near(claims: Claims, amount: int) -> float:
    """Give the level by floating point, near enough to say which claims it reaches."""
    weight, low, high = (one.astype(np.float64) for one in (claims.weight, claims.low, claims.high))
    least, most = 0.0, float((high / weight).max())
    for _ in range(HALVINGS):
        middle = (least + most) / 2
        if float(np.clip(middle * weight, low, high).sum()) < amount:
            least = middle
        else:
            most = middle
    return most


def _sides(claims: Claims, level: Fraction) -> tuple[Column, Column]:
    """Say which claims stand at their low edge, and which at their high one (low counts first)."""
    weight, low, high = _wide(claims, level)
    exact = weight * level.numerator
    at_low = (exact <= low * level.denominator).astype(np.bool_)
    return at_low, (exact >= high * level.denominator).astype(np.bool_) & ~at_low


def _wide(claims: Claims, level: Fraction) -> tuple[Column, Column, Column]:
    """Give the columns in a kind of number that the products with a level fit."""
    columns = (claims.weight, claims.low, claims.high)
    if any(one.dtype == object for one in columns):
        return tuple(one.astype(object) for one in columns)  # type: ignore[return-value]
    widest = max(
        int(claims.weight.max(initial=1)) * level.numerator,
        int(claims.high.max(initial=0)) * level.denominator,
    )
    if widest < BOUND:
        return columns
    return tuple(one.astype(object) for one in columns)  # type: ignore[return-value]


def _counted(claims: Claims) -> Counter[Claim]:
    """Count equal claims, as the rule for one by one takes them."""
    columns = (one.tolist() for one in (claims.weight, claims.low, claims.high))
    return Counter(Claim(*row) for row in zip(*columns, strict=True))
