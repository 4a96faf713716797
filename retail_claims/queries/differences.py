"""Differences between two runs: who gains, who loses, and how much, person by person."""

from dataclasses import dataclass

from django.db import connection

from retail_claims.models import Run
from together.ledger.rules.money import Money

# What a person has of a run: the award, or what is set aside while they are undecided.
PAIRS = """
WITH pair AS (
    SELECT coalesce(b.person_id, a.person_id) AS person_id,
           b.decision AS before_decision, a.decision AS after_decision,
           coalesce(b.award + b.escrow, 0) AS before, coalesce(a.award + a.escrow, 0) AS after
      FROM (SELECT * FROM retail_claims_decision WHERE run_id = %(before)s) AS b
      FULL JOIN (SELECT * FROM retail_claims_decision WHERE run_id = %(after)s) AS a
        USING (person_id))
"""
SUMS = (
    PAIRS
    + """
SELECT count(*) FILTER (WHERE after > before), count(*) FILTER (WHERE after < before),
       count(*) FILTER (WHERE after = before),
       coalesce(sum(after - before) FILTER (WHERE after > before), 0)::bigint,
       coalesce(sum(before - after) FILTER (WHERE after < before), 0)::bigint,
       count(*) FILTER (WHERE before_decision IS DISTINCT FROM after_decision)
  FROM pair
"""
)
LARGEST = (
    PAIRS
    + """
SELECT person_id, before_decision, after_decision, before, after FROM pair
 WHERE after <> before OR before_decision IS DISTINCT FROM after_decision
 ORDER BY abs(after - before) DESC, person_id LIMIT %(most)s
"""
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Persons who gain, lose or keep what they have, and the sums of both changes."""

    gaining: int
    losing: int
    unchanged: int
    gained: Money
    lost: Money
    decided_otherwise: int


@dataclass(frozen=True, slots=True)
class Change:
    """One person in both runs; a decision is None where the run knows nothing of them."""

    person_id: str
    decision_before: str | None
    decision_after: str | None
    before: Money
    after: Money


def between(before: Run, after: Run) -> Difference:
    """Compare two decided runs of one programme; escrow counts as had."""
    asset = before.programme.pool.asset
    with connection.cursor() as cursor:
        cursor.execute(SUMS, {"before": before.pk, "after": after.pk})
        gaining, losing, unchanged, gained, lost, otherwise = cursor.fetchone()
    money = (Money(gained, asset), Money(lost, asset))
    return Difference(gaining, losing, unchanged, *money, otherwise)


def largest(before: Run, after: Run, *, most: int = 100) -> list[Change]:
    """Give the persons with the largest changes, the largest first."""
    asset = before.programme.pool.asset
    with connection.cursor() as cursor:
        cursor.execute(LARGEST, {"before": before.pk, "after": after.pk, "most": most})
        return [
            Change(person_id, was, now, Money(had, asset), Money(has, asset))
            for person_id, was, now, had, has in cursor.fetchall()
        ]
