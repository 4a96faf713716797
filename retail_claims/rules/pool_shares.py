"""Shares of one pool among a list of claims: the operation `allocate` of CALC.md section 9."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from retail_claims.rules import allocation
from retail_claims.rules.allocation import Claim, Part


class FloorsExceedPool(ValueError):
    """Raised when the floors alone need more than the pool; ``bound`` is their sum."""

    def __init__(self, bound: int, pool: int) -> None:
        super().__init__(f"the floors add up to {bound}, the pool holds {pool}")
        self.bound = bound


class NotAllocatable(ValueError):
    """Raised when a claim cannot be read; ``field`` is its place, such as ``claims[2].cap``."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field


@dataclass(frozen=True, slots=True)
class Share:
    """A claim to a share of a pool; amounts are whole minor units, the weight any whole number."""

    id: str
    weight: int
    cap: int
    floor: int = 0


@dataclass(frozen=True, slots=True)
class Allocation:
    """Awards in the order of the claims, the level L, and what nobody could take."""

    awards: tuple[int, ...]
    ratio: Fraction
    unspent: int


def allocate(
    *, pool: int, claims: Sequence[Share], salt: str, minimum: int | None = None
) -> Allocation:
    """
    Share a pool among claims in proportion to their weights, between their floors and caps.

    Left-over units go to the largest rests, ties to the smaller SHA-256 of ``salt:id``; the
    order of the claims changes nothing. With a ``minimum``, as long as an award is below it, the
    claim of the smallest weight (of equals the one with the larger digest) drops out with 0.

    :raises NotAllocatable: if there is no claim, an id stands twice, or an amount is out of range
    :raises FloorsExceedPool: if the floors add up to more than the pool
    """
    _demand_sound(claims)
    kept = sorted(claims, key=lambda one: (-one.weight, allocation.lot(salt, one.id), one.id))
    awards, ratio = _fill(pool, kept, salt)
    while minimum is not None and kept and min(awards.values()) < minimum:
        kept.pop()
        awards, ratio = _fill(pool, kept, salt)
    in_order = tuple(awards.get(one.id, 0) for one in claims)
    return Allocation(in_order, ratio, pool - sum(in_order))


def _fill(pool: int, claims: Sequence[Share], salt: str) -> tuple[dict[str, int], Fraction]:
    """Give the award of each claim, and the level."""
    bound = sum(one.floor for one in claims)
    if bound > pool:
        raise FloorsExceedPool(bound, pool)
    awards = {one.id: one.floor for one in claims}
    weighted = {one.id: Claim(one.weight, one.floor, one.cap) for one in claims if one.weight}
    left = pool - sum(one.floor for one in claims if not one.weight)
    if sum(claim.high for claim in weighted.values()) <= left:
        reached = (Fraction(c.high, c.weight) for c in weighted.values() if c.low < c.high)
        awards.update((id_, claim.high) for id_, claim in weighted.items())
        return awards, max(reached, default=Fraction(0))
    level = allocation.find_level(Counter(weighted.values()), left)
    parts = {id_: allocation.share(claim, level) for id_, claim in weighted.items()}
    awards.update(_whole(parts, left, salt))
    return awards, level


def _whole(parts: dict[str, Part], total: int, salt: str) -> dict[str, int]:
    """Round the parts down and give the left-over units to the largest rests."""
    left = total - sum(part.whole for part in parts.values())
    cut = allocation.find_cut(Counter(part.rest for part in parts.values() if part.rest), left)
    tied = (id_ for id_, part in parts.items() if part.rest == cut.rest)
    drawn = allocation.draw(tied, cut.places, salt)
    return {id_: part.whole + (part.rest > cut.rest or id_ in drawn) for id_, part in parts.items()}


def _demand_sound(claims: Sequence[Share]) -> None:
    if not claims:
        raise NotAllocatable("claims", "at least one claim is needed")
    seen: set[str] = set()
    for n, one in enumerate(claims):
        if one.id in seen:
            raise NotAllocatable(f"claims[{n}].id", f"{one.id!r} stands twice")
        seen.add(one.id)
        for name in ("weight", "floor", "cap"):
            if getattr(one, name) < 0:
                raise NotAllocatable(f"claims[{n}].{name}", "must not be negative")
        if one.cap < one.floor:
            raise NotAllocatable(f"claims[{n}].cap", f"{one.cap} is below the floor {one.floor}")
