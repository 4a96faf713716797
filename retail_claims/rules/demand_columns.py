"""
Demands of many persons at once, by columns of 64-bit whole numbers.

Row by row the same as ``award_rules.demand``, which says what a demand is. No number here is
rounded by the machine: who does not fit (``fits``) is measured by that rule, one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from retail_claims.rules.award_rules import Piece, Terms
from retail_claims.rules.texts import ATOMS

Column = NDArray[np.int64]
Mask = NDArray[np.bool_]
# What twice of still fits 64 bits with its sign: rounding doubles a remainder.
BOUND = 2**62


@dataclass(frozen=True, slots=True)
class Measured:
    """
    What a column of persons came to: ``units`` asked for, and ``is_enough`` of net assets lost.

    ``above / below`` is the raw demand in USD, not reduced. Where net assets are unknown or not
    above zero ``is_enough`` says nothing.
    """

    units: Column
    is_enough: Mask
    above: Column
    below: int


def fits(terms: Terms, least: Fraction, losses: Sequence[Column], net: Column) -> Mask:
    """
    Say who can be measured by columns: no step of the arithmetic leaves the range.

    ``least`` is the smallest ratio of loss to net assets, ``losses`` stand in the byte order of
    their classes and none is negative, in atoms as ``net`` is.
    """
    most = _most(terms, least)
    fitting = np.ones(len(net), dtype=np.bool_)
    for amount in losses:
        fitting &= amount <= most
    return fitting & (np.abs(net) <= _most_net(terms, least))


def measure(terms: Terms, least: Fraction, losses: Sequence[Column], net: Column) -> Measured:
    """Measure persons who fit; ``net`` is 0 where net assets are unknown, which counts as none."""
    loss = np.zeros(len(net), dtype=np.int64)
    covered = np.zeros(len(net), dtype=np.int64)
    for weight, amount in zip(terms.weights, losses, strict=True):
        covered += weight * amount
        loss += amount
    above = _raw(terms, covered, loss, net)
    units = _rounded(above, terms.below * terms.unit, terms.rounding)
    units = np.minimum(np.maximum(units, terms.floor), terms.cap)
    if terms.is_capped_at_loss:
        units = np.minimum(units, loss // terms.unit)
    is_enough = loss * least.denominator >= least.numerator * net
    return Measured(np.where(above == 0, 0, units), is_enough, above, terms.below * ATOMS)


def less_prior(units: Column, prior: Column, unit: int) -> Column:
    """Take off what was paid elsewhere, rounded up to whole units first; nothing below zero."""
    left: Column = np.maximum(0, units + -prior // unit)
    return left


def reduced(above: Column, below: Column | int) -> tuple[Column, Column]:
    """Give fractions in lowest terms; zero is 0/1."""
    common = np.gcd(above, below)
    return above // common, below // common


def _most(terms: Terms, least: Fraction) -> int:
    """Give the largest loss of a class that any step of the arithmetic can bear, in atoms."""
    if terms.below * max(terms.unit, ATOMS) >= BOUND or terms.cap >= BOUND:
        return -1
    classes = max(len(terms.weights), 1)
    slope = max(1, *(piece.slope for piece in terms.pieces)) * max(sum(terms.weights), 1)
    start = max(piece.start + piece.slope * piece.low for piece in terms.pieces)
    if slope >= BOUND or start >= BOUND:
        return -1
    by_raw = (BOUND - start) // slope
    by_ratio = BOUND // (classes * max([least.denominator, *_denominators(terms)]))
    return min(by_raw, by_ratio)


def _most_net(terms: Terms, least: Fraction) -> int:
    numerators = [one.numerator for one in _ratios(terms)]
    return BOUND // max([least.numerator, 1, *numerators])


def _ratios(terms: Terms) -> list[Fraction]:
    """Give the ratios at which tiers end."""
    if terms.rule.kind != "tiers" or terms.rule.by != "ratio":
        return []
    return [Fraction(piece.upto) for piece in terms.pieces if piece.upto is not None]


def _denominators(terms: Terms) -> list[int]:
    return [one.denominator for one in _ratios(terms)]


def _raw(terms: Terms, covered: Column, loss: Column, net: Column) -> Column:
    """Give the raw demand in parts of an atom, each person on the piece that it lies on."""
    last = terms.pieces[-1]
    above = _on(last, covered)
    for piece in reversed(terms.pieces[:-1]):
        above = np.where(_is_on(terms, piece, covered, loss, net), _on(piece, covered), above)
    return above


def _on(piece: Piece, covered: Column) -> Column:
    return piece.start + piece.slope * (covered - min(piece.low, BOUND))


def _is_on(terms: Terms, piece: Piece, covered: Column, loss: Column, net: Column) -> Mask:
    """Say whose losses end before a piece does; of several pieces the first one counts."""
    upto = Fraction(piece.upto or 0)
    if terms.rule.kind == "bands":
        return covered <= min(int(upto) * terms.scale, BOUND)
    if terms.rule.by == "loss":
        return loss < min(int(upto), BOUND)
    is_below: Mask = (net > 0) & (loss * upto.denominator < upto.numerator * net)
    return is_below


def _rounded(above: Column, below: int, mode: str) -> Column:
    """Round quotients that are not negative to whole numbers: down, up, half_up or half_even."""
    whole, rest = np.divmod(above, below)
    if mode == "down":
        return whole
    if mode == "up":
        return whole + (rest > 0)
    is_half = 2 * rest == below
    half = is_half if mode == "half_up" else is_half & (whole % 2 == 1)
    rounded: Column = whole + ((2 * rest > below) | half)
    return rounded
