"""Allocation: one exact level L that fills every claim between its floor and its cap."""

import hashlib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple


class Claim(NamedTuple):
    """
    What the allocation knows of a claim.

    ``low`` and ``high`` are whole units, ``low <= high``; ``weight`` is a positive whole number.
    Equal claims are counted together, so that a million persons are a few thousand claims.
    """

    weight: int
    low: int
    high: int


class Part(NamedTuple):
    """A claim's share at a level: whole units, and what is left of a unit in parts of it."""

    whole: int
    rest: int


class Cut(NamedTuple):
    """
    Where the left-over units end.

    Every claim with a larger rest gets one unit more; of those with exactly this rest, as many
    as there are ``places``.
    """

    rest: int
    places: int


def find_level(claims: Mapping[Claim, int], total: int) -> Fraction:
    """
    Find the smallest L >= 0 for which the claims' clamp(L x weight, low, high) add up to total.

    ``claims`` counts equal claims. Needs: sum of low <= total < sum of high.
    As L grows, a claim begins to grow at low / weight and stops at high / weight; between two
    such points the sum is a straight line, so L is found on the first line that reaches the total.
    """
    fixed, slope = sum(claim.low * count for claim, count in claims.items()), 0
    if fixed == total:
        return Fraction(0)
    for claim, is_end in _turning_points(claims):
        count = claims[claim]
        point = claim.high if is_end else claim.low
        if slope and fixed * claim.weight + slope * point >= total * claim.weight:
            return Fraction(total - fixed, slope)
        turn = -count if is_end else count
        slope += turn * claim.weight
        fixed -= turn * point
    raise ValueError(f"the caps do not reach {total}")


def share(claim: Claim, level: Fraction) -> Part:
    """Give a claim's share at a level, the rest in parts of ``level.denominator``."""
    exact = claim.weight * level.numerator
    if exact <= claim.low * level.denominator:
        return Part(claim.low, 0)
    if exact >= claim.high * level.denominator:
        return Part(claim.high, 0)
    return Part(*divmod(exact, level.denominator))


def find_cut(rests: Mapping[int, int], left: int) -> Cut:
    """
    Give the left-over units to the largest rests, one each, and say where they end.

    ``rests`` counts the claims of each rest. The sum of shares is a whole number, so there are
    always enough claims with a rest above zero.
    """
    for rest in sorted(rests, reverse=True):
        if rests[rest] >= left:
            return Cut(rest, left)
        left -= rests[rest]
    return Cut(0, left)


def draw(ids: Iterable[str], places: int, salt: str) -> set[str]:
    """Choose among claims of equal rest: the smaller SHA-256 of ``salt:id`` first."""
    return set(sorted(ids, key=lambda one: (lot(salt, one), one))[:places])


def lot(salt: str, one: str) -> bytes:
    """Give the digest that decides between equals."""
    return hashlib.sha256(f"{salt}:{one}".encode()).digest()


def _turning_points(claims: Mapping[Claim, int]) -> Iterable[tuple[Claim, bool]]:
    """Give each claim where it begins (false) and where it stops growing (true), in order of L."""
    # Two different fractions with denominators below 2^n are further apart than 2^-2n, so their
    # floors at 2n + 1 binary places differ: whole numbers sort them exactly.
    places = 2 * max(claim.weight for claim in claims).bit_length() + 1
    points = []
    for claim in claims:
        if claim.low < claim.high:
            points.append(((claim.low << places) // claim.weight, False, claim))
            points.append(((claim.high << places) // claim.weight, True, claim))
    points.sort()
    return ((claim, is_end) for _, is_end, claim in points)
