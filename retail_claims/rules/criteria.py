"""Criteria: the nine tests of a claim, in order, and what failing one of them means."""

from collections.abc import Mapping
from typing import Literal

Fate = Literal["hold", "review", "decline"]
TESTS = (
    "data",
    "exclusion",
    "min_loss",
    "snapshot",
    "net_assets",
    "min_ratio",
    "demand",
    "prior",
    "hold",
)
DECISIONS = ("award", "decline", "review", "hold")


def fates(*, missing: Fate, not_positive: Fate) -> Mapping[str, Fate]:
    """Give what failing each test means; two of them are the policy's choice."""
    found: dict[str, Fate] = dict.fromkeys(TESTS, "decline")
    found |= {"data": "hold", "hold": "hold", "snapshot": missing, "net_assets": not_positive}
    return found
