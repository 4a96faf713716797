"""Demand: from losses by class to the whole units that are claimed (ADJUDICATE.md section 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from retail_claims.rules.texts import ATOMS


@dataclass(frozen=True, slots=True)
class Step:
    """A band or tier: up to an amount in atoms or a ratio (None: without end), at a rate."""

    upto: int | Fraction | None
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of the award: ``kind`` is rate, bands or tiers; tiers go ``by`` loss or ratio."""

    kind: str
    by: str
    steps: tuple[Step, ...]


class Demand(NamedTuple):
    """
    What a person's losses ask for.

    ``above / below`` is the raw demand in USD in lowest terms; ``units`` is what it becomes by
    rounding, floor and cap.
    """

    above: int
    below: int
    units: int


class Piece(NamedTuple):
    """A straight part of the rule: raw = start + slope x (covered - low), in scaled atoms."""

    upto: int | Fraction | None
    low: int
    start: int
    slope: int


@dataclass(frozen=True, slots=True)
class Terms:
    """
    A rule, its rates and edges, made ready for many persons.

    Rates of classes and steps are brought to common denominators, so that a demand is a few
    products of whole numbers: ``weights`` per class in byte order, ``scale`` = denominator of
    the classes, ``below`` = denominator of a raw demand in atoms.
    """

    rule: Rule
    weights: tuple[int, ...]
    scale: int
    below: int
    pieces: tuple[Piece, ...]
    unit: int
    rounding: str
    floor: int
    cap: int
    is_capped_at_loss: bool


def prepare(
    *,
    rule: Rule,
    rates: Sequence[Fraction],
    unit: int,
    rounding: str,
    floor: int,
    cap: int,
    is_capped_at_loss: bool,
) -> Terms:
    """
    Make a rule ready.

    ``rates`` are those of the classes in byte order; unit, floor and cap are atoms.
    """
    scale = lcm(*(rate.denominator for rate in rates))
    steps = lcm(*(step.rate.denominator for step in rule.steps))
    pieces, low, start = [], 0, 0
    for step in rule.steps:
        slope = int(step.rate * steps)
        pieces.append(Piece(step.upto, low, start, slope))
        if rule.kind == "bands" and step.upto is not None:
            high = int(step.upto) * scale
            low, start = high, start + slope * (high - low)
    return Terms(
        rule=rule,
        weights=tuple(int(rate * scale) for rate in rates),
        scale=scale,
        below=scale * steps,
        pieces=tuple(pieces),
        unit=unit,
        rounding=rounding,
        floor=floor // unit,
        cap=cap // unit,
        is_capped_at_loss=is_capped_at_loss,
    )


def demand(terms: Terms, losses: Sequence[int], net: int | None) -> Demand:
    """
    Give the demand of a person from the losses per class and net assets, all in atoms.

    Losses stand in the byte order of their classes; ``net`` is None when it is unknown.
    """
    covered = 0
    for weight, amount in zip(terms.weights, losses, strict=True):
        covered += weight * amount
    loss = sum(losses)
    piece = _piece(terms, covered, loss, net)
    above = piece.start + piece.slope * (covered - piece.low)
    if above == 0:
        return Demand(0, 1, 0)
    units = _rounded(above, terms.below * terms.unit, terms.rounding)
    units = min(max(units, terms.floor), terms.cap)
    if terms.is_capped_at_loss:
        units = min(units, loss // terms.unit)
    below = terms.below * ATOMS
    common = gcd(above, below)
    return Demand(above // common, below // common, units)


def _piece(terms: Terms, covered: int, loss: int, net: int | None) -> Piece:
    """Find the piece of the rule that a person's losses lie on."""
    for piece in terms.pieces:
        upto = piece.upto
        if upto is None:
            return piece
        if terms.rule.kind == "bands":
            is_below = covered <= upto * terms.scale
        elif terms.rule.by == "loss":
            is_below = loss < upto
        else:
            is_below = _is_ratio_below(loss, net, upto)
        if is_below:
            return piece
    raise ValueError("the last step of a rule has no end")


def _is_ratio_below(loss: int, net: int | None, upto: int | Fraction) -> bool:
    """Say whether loss / net is known and below ``upto``."""
    if net is None or net <= 0:
        return False
    return loss * upto.denominator < upto.numerator * net


def _rounded(above: int, below: int, mode: str) -> int:
    """Round a positive quotient to a whole number: down, up, half_up or half_even."""
    whole, rest = divmod(above, below)
    if mode == "down" or rest == 0:
        return whole
    if mode == "up":
        return whole + 1
    if 2 * rest == below:
        return whole + (mode == "half_up" or whole % 2)
    return whole + (2 * rest > below)
