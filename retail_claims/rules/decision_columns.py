"""
Decisions of many persons at once, by columns: the nine tests and what they lead to.

The same as the tests of a run (ADJUDICATE.md section 4) without their texts, for simulations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retail_claims.rules import award_rules, criteria, demand_columns
from retail_claims.rules.allocation_columns import Column
from retail_claims.rules.award_rules import Terms
from retail_claims.rules.criteria import DECISIONS, TESTS
from retail_claims.rules.policy import Policy

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What is known of persons, by columns; amounts in atoms.

    ``losses`` stand in the byte order of their classes; ``net`` is 0 where it is not known.
    """

    losses: Sequence[NDArray[np.int64]]
    net: NDArray[np.int64]
    is_known: Mask
    is_hurt: Mask
    is_excluded: Mask
    is_held: Mask
    prior: NDArray[np.int64]
    paid: NDArray[np.int64]

    @property
    def loss(self) -> NDArray[np.int64]:
        """Give the loss of each person over all classes."""
        loss = np.zeros(len(self.net), dtype=np.int64)
        for amount in self.losses:
            loss += amount
        return loss


@dataclass(frozen=True, slots=True)
class Decided:
    """``decision`` is a place in DECISIONS, ``failed`` who failed each test, ``demand`` units."""

    decision: NDArray[np.int8]
    failed: Mapping[str, Mask]
    demand: Column


def decide(policy: Policy, facts: Facts) -> Decided:
    """Test and decide every person."""
    units, is_enough = _measured(policy, facts)
    asked = units
    if policy["prior_compensation"] == "offset":
        asked = demand_columns.less_prior(units, facts.prior, policy.unit)
    loss, has_net = facts.loss, facts.net > 0
    by_prior: dict[str, Mask] = {
        "exclude": facts.prior > 0,
        "offset": (asked <= 0).astype(np.bool_),
        "ignore": np.zeros(len(loss), dtype=np.bool_),
    }
    failed = {
        "data": facts.is_hurt,
        "exclusion": facts.is_excluded,
        "min_loss": loss < policy.min_loss,
        "snapshot": ~facts.is_known,
        "net_assets": facts.is_known & ~has_net,
        "min_ratio": has_net & ~is_enough,
        "demand": (units <= 0).astype(np.bool_),
        "prior": by_prior[policy["prior_compensation"]],
        "hold": facts.is_held,
    }
    decision, declines = _decisions(policy, failed)
    return Decided(decision, failed, np.where(declines, 0, asked))


def _decisions(policy: Policy, failed: Mapping[str, Mask]) -> tuple[NDArray[np.int8], Mask]:
    """Say what the failed tests lead to, and who is declined by one of them."""
    fates = criteria.fates(
        missing=policy["snapshot.missing"], not_positive=policy["snapshot.not_positive"]
    )
    size = len(failed["data"])
    found: dict[str, Mask] = {
        fate: np.zeros(size, dtype=np.bool_) for fate in ("decline", "review", "hold")
    }
    for test in TESTS:
        found[fates[test]] |= failed[test]
    place = {name: np.int8(DECISIONS.index(name)) for name in DECISIONS}
    decision = np.select(
        [failed["data"], found["decline"], found["review"], found["hold"]],
        [place["hold"], place["decline"], place["review"], place["hold"]],
        place["award"],
    )
    return decision.astype(np.int8), found["decline"]


def _measured(policy: Policy, facts: Facts) -> tuple[Column, Mask]:
    """Measure everybody: who does not fit the columns by the rule, one by one."""
    terms, least = policy.terms, policy.min_ratio
    fitting = demand_columns.fits(terms, least, facts.losses, facts.net)
    if fitting.all():
        found = demand_columns.measure(terms, least, facts.losses, facts.net)
        return found.units, found.is_enough
    units = np.zeros(len(fitting), dtype=object)
    enough = np.zeros(len(fitting), dtype=np.bool_)
    if fitting.any():
        losses = [amount[fitting] for amount in facts.losses]
        found = demand_columns.measure(terms, least, losses, facts.net[fitting])
        units[fitting], enough[fitting] = found.units, found.is_enough
    for n in np.flatnonzero(~fitting):
        units[n], enough[n] = _one(policy, terms, facts, int(n))
    return units, enough


def _one(policy: Policy, terms: Terms, facts: Facts, n: int) -> tuple[int, bool]:
    """Measure one person by the rule."""
    by_class, least = [int(amount[n]) for amount in facts.losses], policy.min_ratio
    net = int(facts.net[n]) if facts.is_known[n] else None
    demand = award_rules.demand(terms, by_class, net)
    is_enough = sum(by_class) * least.denominator >= least.numerator * (net or 0)
    return demand.units, is_enough
