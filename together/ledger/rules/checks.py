"""Checks: what should be, what is, and whether they agree."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a proof. ``expected`` and ``found`` are texts for people."""

    name: str
    expected: str
    found: str
    holds: bool


def equal(name: str, expected: object, found: object) -> Check:
    """Check that two values are equal."""
    return Check(name, str(expected), str(found), expected == found)
