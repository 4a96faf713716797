"""Screening: whom it is about, what is listed, and what both have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

# Sources of lists, with how they are called.
SOURCES: tuple[tuple[str, str], ...] = (
    ("ofac_sdn", "OFAC: specially designated nationals"),
    ("un_consolidated", "UN: consolidated list"),
    ("own", "own list"),
)
EXACT = 100
ADDRESS = "address"
# What the policy may be: below so much everybody is like everybody, and a week is long.
LEAST_THRESHOLD, MOST_THRESHOLD = 70, 100
MOST_DAYS = 7


class HitState(StrEnum):
    """What a hit is waiting for."""

    OPEN = "open"  # for somebody to find out whether it is the same
    CLEARED = "cleared"  # for nothing: it is somebody else, as long as neither side changes
    CONFIRMED = "confirmed"  # for nothing: it is them, and nothing is done with them


HIT_MOVES: dict[HitState, set[HitState]] = {
    HitState.OPEN: {HitState.CLEARED, HitState.CONFIRMED},
    # Open again, when the names of the subject or the entry of the list changed.
    HitState.CLEARED: {HitState.OPEN, HitState.CONFIRMED},
    HitState.CONFIRMED: {HitState.OPEN, HitState.CLEARED},
}


@dataclass(frozen=True, slots=True)
class Subject:
    """
    Somebody to be screened, as a programme gives them.

    ``area`` is whose they are in the role table, such as ``loans``; ``names`` are pairs of what a
    name is of (legal name, alias, parent, contact) and the name; ``addresses`` are compared whole.
    """

    area: str
    number: str
    title: str
    names: tuple[tuple[str, str], ...]
    addresses: tuple[str, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """Give what is screened; a decision about a hit is bound to its digest."""
        return {
            "names": sorted([role, name] for role, name in self.names),
            "addresses": sorted(self.addresses),
        }


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of a list as it is compared; ``id`` is that of its row."""

    id: int
    names: Sequence[str]
    addresses: Sequence[str]


@dataclass(frozen=True, slots=True)
class Match:
    """What a subject and an entry have most in common; ``score`` is from 0 to 100."""

    subject: int
    entry: int
    role: str
    said: str
    listed: str
    score: int


class Matcher(Protocol):
    """Compares subjects with lists. Another provider of screening is another one of these."""

    def matches(
        self, subjects: Sequence[Subject], listed: Sequence[Listed], threshold: int
    ) -> list[Match]:
        """Give the best match of each subject with each entry, from a threshold on."""


def policy_faults(threshold: int, most_days: int) -> list[str]:
    """Say what of a policy cannot be so: field, value and rule."""
    found = []
    if not LEAST_THRESHOLD <= threshold <= MOST_THRESHOLD:
        rule = f"is not from {LEAST_THRESHOLD} to {MOST_THRESHOLD}"
        found.append(f"threshold: {threshold} {rule}")
    if not 1 <= most_days <= MOST_DAYS:
        found.append(f"most_days: {most_days} is not from 1 to {MOST_DAYS}")
    return found
