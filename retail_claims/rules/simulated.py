"""What a simulated policy comes to, in sum and against another one, from columns of persons."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from retail_claims.rules import decision_columns, pool_columns
from retail_claims.rules.allocation_columns import Column, total
from retail_claims.rules.criteria import DECISIONS, TESTS
from retail_claims.rules.decision_columns import Decided, Facts
from retail_claims.rules.policy import Policy
from retail_claims.rules.pool_columns import Claimed, Ids, Infeasible, Pool

TENTHS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of each person: ``award`` and ``escrow`` in whole units, in the order of the facts.

    ``pool`` is None if the pool does not reach; ``infeasible`` says then by how much.
    """

    decided: Decided
    award: Column
    escrow: Column
    pool: Pool | None
    infeasible: Infeasible | None


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of the awarded persons, from the smallest award to the largest; whole units."""

    persons: int
    least: int
    most: int
    total: int


@dataclass(frozen=True, slots=True)
class Simulated:
    """
    What a policy would decide; amounts in whole units of its award.

    If the pool does not reach, nobody is awarded anything and ``decisions`` count what the tests
    alone say.
    """

    persons: int
    decisions: Mapping[str, int]
    reasons: Mapping[str, int]
    demand: int
    award: int
    escrow: int
    at_floor: int
    at_cap: int
    pool: Pool | None
    infeasible: Infeasible | None
    tenths: tuple[Tenth, ...]

    @property
    def level(self) -> Fraction | None:
        """Give the level L, None if it is not needed or not there."""
        return self.pool.level if self.pool else None


@dataclass(frozen=True, slots=True)
class Compared:
    """Who gains and who loses against another policy: persons, and amounts in whole units."""

    gaining: int
    losing: int
    newly: int
    no_longer: int
    gained: int
    lost: int


def decide(policy: Policy, facts: Facts, *, all_paid: int, ids: Ids) -> Outcome:
    """
    Decide everybody and share the pool.

    ``all_paid`` is what was paid to everybody in atoms; ``ids`` gives the ids of the persons in
    some places, for claims that are drawn by lot.
    """
    decided = decision_columns.decide(policy, facts)
    counted = [DECISIONS.index(one) for one in ("award", *policy["escrow"])]
    places = np.flatnonzero(
        (decided.demand > 0).astype(np.bool_) & np.isin(decided.decision, counted)
    )
    demand = decided.demand[places]
    claimed = Claimed(
        _weight(policy, facts, demand, places), demand, facts.paid[places] // policy.unit
    )
    award = np.zeros(len(decided.decision), dtype=np.int64)
    escrow = np.zeros_like(award)
    try:
        pool, units = pool_columns.share(
            policy, claimed, all_paid=all_paid // policy.unit, ids=lambda tied: ids(places[tied])
        )
    except Infeasible as cause:
        return Outcome(decided, award, escrow, None, cause)
    is_award = decided.decision[places] == DECISIONS.index("award")
    award[places[is_award]] = units[is_award].astype(np.int64)
    escrow[places[~is_award]] = units[~is_award].astype(np.int64)
    return Outcome(decided, award, escrow, pool, None)


def sum_up(policy: Policy, found: Outcome) -> Simulated:
    """Sum up what became of everybody."""
    decided, unit = found.decided, policy.unit
    counts = np.bincount(decided.decision, minlength=len(DECISIONS)).tolist()
    return Simulated(
        persons=len(decided.decision),
        decisions=dict(zip(DECISIONS, counts, strict=True)),
        reasons={test: int(decided.failed[test].sum()) for test in TESTS},
        demand=total(decided.demand),
        award=total(found.award),
        escrow=total(found.escrow),
        at_floor=int(((found.award == policy.floor // unit) & (found.award > 0)).sum()),
        at_cap=int(((found.award == policy.cap // unit) & (found.award > 0)).sum()),
        pool=found.pool,
        infeasible=found.infeasible,
        tenths=_tenths(np.sort(found.award[found.award > 0])),
    )


def compare(before: Outcome, after: Outcome) -> Compared:
    """Say who gains and who loses; both policies have the same unit of award."""
    change = after.award - before.award
    was, now = before.award > 0, after.award > 0
    return Compared(
        gaining=int((change > 0).sum()),
        losing=int((change < 0).sum()),
        newly=int((now & ~was).sum()),
        no_longer=int((was & ~now).sum()),
        gained=total(change[change > 0]),
        lost=-total(change[change < 0]),
    )


def differing(before: Outcome, after: Outcome) -> Column:
    """Give the places of those whose decision or award is another one."""
    is_other = (before.award != after.award) | (before.decided.decision != after.decided.decision)
    return np.flatnonzero(is_other)


def _weight(policy: Policy, facts: Facts, demand: Column, places: Column) -> Column:
    """Give what the pool is shared by: demand in units, loss in atoms, or the same for all."""
    by = policy["pool.weight"]
    if by == "demand":
        return demand
    return facts.loss[places] if by == "loss" else np.ones(len(places), dtype=np.int64)


def _tenths(awards: Column) -> tuple[Tenth, ...]:
    groups = np.array_split(awards, TENTHS) if len(awards) else []
    return tuple(
        Tenth(len(group), int(group[0]), int(group[-1]), total(group))
        for group in groups
        if len(group)
    )
