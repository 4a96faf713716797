"""
What a simulation may change: facts gathered from evidence serve every policy with their basis.

Thresholds, rates, award, pool and how undecided claims are treated may differ; what was counted
(window, products, moment of the snapshot, flags active at a time) may not.
"""

from collections.abc import Sequence
from typing import Any

from retail_claims.rules import attribution
from retail_claims.rules.policy import Policy

PARTS = (
    "decided_at",
    "window",
    "products",
    "events",
    "loss",
    "snapshot.at",
    "snapshot.wallets",
    "snapshot.net_debts",
    "coverage.default_class",
    "award.unit",
    "exclusion_codes",
    "hold_codes",
    "data",
)


def basis(policy: Policy, incident_classes: Sequence[str]) -> dict[str, Any]:
    """
    Give what the facts of a policy rest on.

    Which of several incidents a loss belongs to follows from the order of their classes by rate,
    so rates may change as long as they leave the classes that incidents have in their order.
    """
    rank_of = attribution.ranks(policy.rates)
    order = sorted(incident_classes, key=lambda one: (rank_of.get(one, len(rank_of)), one))
    return {**{part: policy[part] for part in PARTS}, "incident_classes": order}


def differing(policy: Policy, facts: dict[str, Any]) -> list[str]:
    """
    Name the parts of a policy that facts of a basis do not rest on; none if they serve it.

    ``facts`` is a basis as :func:`basis` gives it.
    """
    own = basis(policy, facts["incident_classes"])
    found = [part for part in own if own[part] != facts[part]]
    if any(one not in policy.rates for one in facts["incident_classes"]):
        found.append("coverage.rates")
    return found
