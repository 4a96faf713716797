"""
Waves: which payments of an order leave first, so that what is wrong is seen while it is small.

See Note [a canary looks like the rest]: the payments are ordered by amount and cut into as many
equal parts as the canary has payees; of each part the one with the least SHA-256 of its reference
goes first. So the canary holds small, usual and large payments alike, from all over the evidence,
and whoever computes it again finds the same. What follows is taken in the order of that SHA-256,
which has nothing to do with amount, payee or place in the evidence.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Shares of a pool are kept in ten-thousandths of what was promised.
WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class WavePolicy:
    """
    How much may leave at once on a kind of rail.

    ``shares`` are what each wave may hold of the pool by value, in ten-thousandths; what is left
    after them is the last wave. The first one, the canary, has at most ``payees`` payments too.
    """

    payees: int
    shares: tuple[int, ...]

    def most(self, number: int, promised: int) -> int | None:
        """Give the most that wave ``number`` (from 1) may hold, in minor units; None: no bound."""
        if number > len(self.shares):
            return None
        return promised * self.shares[number - 1] // WHOLE


def plan(
    payments: Sequence[tuple[str, int]], *, promised: int, policy: WavePolicy
) -> dict[int, list[int]]:
    """
    Cut payments (reference, minor units) of a pool into waves: the indexes of each by its number.

    A single payment is one wave, whatever its amount. No wave is empty: where nothing fits into
    one, its number is left out. Nothing at all says that no payment is small enough for a canary.
    """
    if len(payments) == 1:
        return {1: [0]}
    fates = [hashlib.sha256(reference.encode()).digest() for reference, _ in payments]
    first = _canary(payments, fates, policy.payees, policy.most(1, promised) or 0)
    if not first:
        return {}
    gone, waves = set(first), {1: first}
    left = sorted((n for n in range(len(payments)) if n not in gone), key=fates.__getitem__)
    for number in range(2, len(policy.shares) + 1):
        most = policy.most(number, promised) or 0
        taken, left = _filled(payments, left, most)
        if taken:
            waves[number] = taken
    return {**waves, len(policy.shares) + 1: left} if left else waves


def _canary(
    payments: Sequence[tuple[str, int]], fates: Sequence[bytes], payees: int, most: int
) -> list[int]:
    """Take one payment of each part of equal count by amount; fewer parts if it is too much."""
    ranks = sorted(range(len(payments)), key=lambda n: (payments[n][1], fates[n]))
    while ranks and payments[ranks[-1]][1] > most:
        ranks.pop()
    parts = min(payees, len(ranks))
    while parts:
        edges = [len(ranks) * part // parts for part in range(parts + 1)]
        found = [min(ranks[start:end], key=fates.__getitem__) for start, end in pairwise(edges)]
        if sum(payments[n][1] for n in found) <= most:
            return found
        parts //= 2
    return []


def _filled(
    payments: Sequence[tuple[str, int]], left: Sequence[int], most: int
) -> tuple[list[int], list[int]]:
    """Take payments in their order while they fit; what does not fit waits for a later wave."""
    taken: list[int] = []
    passed: list[int] = []
    room = most
    for n in left:
        amount = payments[n][1]
        if amount <= room:
            taken.append(n)
            room -= amount
        else:
            passed.append(n)
    return taken, passed


def name_of(number: int, *, is_only: bool, shares: Sequence[int]) -> str:
    """Give the name of a wave: whole where it is the only one, canary, its share, or the rest."""
    if is_only:
        return "whole"
    if number == 1:
        return "canary"
    return f"{shares[number - 1] / 100:g} %" if number <= len(shares) else "the rest"
