"""Limits: how much of the pool and of an institution's limit a loan would take."""

from collections.abc import Sequence
from dataclasses import dataclass

from together.ledger.rules.money import Money


@dataclass(frozen=True, slots=True)
class Headroom:
    """A limit with what is used of it, and the amount that would be added."""

    name: str
    limit: Money
    used: Money
    asked: Money

    @property
    def before(self) -> Money:
        """Give what is free before the amount is added."""
        return self.limit - self.used

    @property
    def after(self) -> Money:
        """Give what is free after it; below zero the limit is exceeded."""
        return self.before - self.asked

    @property
    def is_kept(self) -> bool:
        """Say whether the limit is kept."""
        return self.after.minor_units >= 0


def exceeded(headrooms: Sequence[Headroom]) -> list[str]:
    """Say in words which limits would be exceeded, and by how much."""
    return [
        f"{one.name}: {one.asked} asked, {one.before} free of {one.limit}"
        for one in headrooms
        if not one.is_kept
    ]
