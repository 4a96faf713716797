"""Sharing a pool among claims, by columns: feasibility, level, awards (ADJUDICATE.md 6)."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from retail_claims.rules import allocation, allocation_columns
from retail_claims.rules.allocation_columns import Claims, Column, total
from retail_claims.rules.policy import Policy

# Gives the ids of the claims in some places, for those that are drawn by lot.
Ids = Callable[[Column], list[str]]


@dataclass(frozen=True, slots=True)
class Pool:
    """What the pool came to; amounts in whole units of the award, the level None if not needed."""

    sunk: int
    available: int
    floors: int
    caps: int
    are_floors_dropped: bool
    level: Fraction | None


class Infeasible(Exception):
    """Raised when floors, or sums already paid, exceed what is available; amounts in units."""

    def __init__(self, code: str, available: int, bound: int) -> None:
        super().__init__(f"{code}: {bound} of {available}")
        self.code, self.available, self.bound = code, available, bound


@dataclass(frozen=True, slots=True)
class Claimed:
    """
    Claims by columns: ``demand`` and ``paid`` in whole units, and their weight.

    A weight by loss is in atoms, the others are whole units.
    """

    weight: Column
    demand: Column
    paid: Column


def share(policy: Policy, claimed: Claimed, *, all_paid: int, ids: Ids) -> tuple[Pool, Column]:
    """
    Share the pool: give what it came to, and what each claim gets, in whole units.

    ``all_paid`` is what was paid to everybody, whether they claim anything or not.

    :raises Infeasible: if what is available does not cover the floors or what was paid
    """
    paid, unit = total(claimed.paid), policy.unit
    sunk = all_paid - paid
    available = (policy.pool - policy.reserve) // unit - sunk
    high = np.maximum(claimed.demand, claimed.paid)
    low = np.maximum(np.minimum(claimed.demand, policy.floor // unit), claimed.paid)
    floors, are_dropped = total(low), False
    if available < max(paid, 0):
        raise Infeasible("paid_exceeds_pool", available, paid)
    if available < floors:
        if policy["pool.infeasible_floors"] == "stop":
            raise Infeasible("floors_exceed_pool", available, floors)
        low, are_dropped, floors = claimed.paid, True, paid
    caps = total(high)
    if available >= caps:
        return Pool(sunk, available, floors, caps, are_dropped, None), high
    claims = Claims(claimed.weight, low, high)
    level = allocation_columns.find_level(claims, available)
    units = _distributed(policy, claims, level, available, ids)
    # A weight by loss was counted in atoms, the contract counts it in units.
    level = level * unit if policy["pool.weight"] == "loss" else level
    return Pool(sunk, available, floors, caps, are_dropped, level), units


def _distributed(
    policy: Policy, claims: Claims, level: Fraction, available: int, ids: Ids
) -> Column:
    """Give each claim its whole units, and the left-over units to the largest rests."""
    parts = allocation_columns.shares(claims, level)
    cut = allocation_columns.find_cut(parts, available - total(parts.whole))
    units: Column = parts.whole + (parts.rest > cut.rest)
    if cut.places:
        tied = np.flatnonzero((parts.rest == cut.rest) & (parts.rest > 0))
        places = dict(zip(ids(tied), tied.tolist(), strict=True))
        drawn = [places[one] for one in allocation.draw(places, cut.places, policy.salt)]
        units[drawn] += 1
    return units
