"""Comparing: who gains and who loses by a policy against another one, on the same facts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from retail_claims.formats import atoms
from retail_claims.operations.adjudication import shares, simulating
from retail_claims.operations.adjudication.simulating import Simulated
from retail_claims.rules.policy import Policy
from retail_claims.rules.texts import write_money

# What became of each person, to be compared with another policy.
KEEP = """
CREATE TABLE {name} AS
SELECT n, decision, CASE decision WHEN 'award' THEN amount ELSE 0 END::DECIMAL(38, 8) AS award
  FROM ({outcome})
"""
DIFFERENT = """
SELECT k.person_id, b.decision AS before, a.decision AS after, b.award AS award_before,
       a.award AS award_after, (a.award - b.award)::DECIMAL(38, 8) AS difference
  FROM before b JOIN after a USING (n) JOIN known k USING (n)
 WHERE b.award <> a.award OR b.decision <> a.decision
 ORDER BY k.person_id
"""
COMPARED = """
SELECT count(*) FILTER (d > 0) AS gaining, count(*) FILTER (d < 0) AS losing,
       count(*) FILTER (now AND NOT was) AS newly, count(*) FILTER (was AND NOT now) AS no_longer,
       coalesce(sum(d) FILTER (d > 0), 0)::DECIMAL(38, 8) AS gained,
       coalesce(-sum(d) FILTER (d < 0), 0)::DECIMAL(38, 8) AS lost
  FROM (SELECT a.award - b.award AS d, b.award > 0 AS was, a.award > 0 AS now
          FROM before b JOIN after a USING (n))
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """Who gains and who loses by a policy against another one: persons, and amounts in atoms."""

    gaining: int
    losing: int
    newly: int
    no_longer: int
    gained: int
    lost: int


def compare(folder: Path, policy: Policy, *, before: Policy) -> tuple[Simulated, Compared]:
    """
    Say what a policy would decide, and who gains or loses by it against another one.

    :raises OtherFacts: if the facts do not serve one of them
    """
    with _both(folder, policy, before) as (db, found):
        table = db.sql(COMPARED).to_arrow_table()
        counts = {one: table[one][0].as_py() for one in ("gaining", "losing", "newly", "no_longer")}
        amounts = {one: atoms.read(table[one])[0] for one in ("gained", "lost")}
        return found, Compared(**counts, **amounts)


def differences(
    folder: Path, policy: Policy, *, before: Policy
) -> Iterator[tuple[str, str, str, str, str, str]]:
    """
    Give each person whose decision or award is another one than before, in the order of ids.

    A row is the person, the decisions before and after, the awards before and after and the
    difference, amounts as money texts.

    :raises OtherFacts: if the facts do not serve one of them
    """
    with _both(folder, policy, before) as (db, _):
        for batch in db.sql(DIFFERENT).to_arrow_reader(50_000):
            texts = [batch.column(one).to_pylist() for one in ("person_id", "before", "after")]
            amounts = [
                map(write_money, atoms.read(batch.column(one)))
                for one in ("award_before", "award_after", "difference")
            ]
            yield from zip(*texts, *amounts, strict=True)


@contextmanager
def _both(
    folder: Path, policy: Policy, before: Policy
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Simulated]]:
    """Give the tables ``before`` and ``after``, and what the policy would decide."""
    with simulating.opened() as db:
        simulating.open_facts(db, folder)
        simulating.run(db, folder, before)
        db.execute(KEEP.format(name="before", outcome=shares.OUTCOME))
        db.execute("DROP TABLE decided; DROP TABLE award; DROP TABLE IF EXISTS claim")
        found = simulating.run(db, folder, policy)
        db.execute(KEEP.format(name="after", outcome=shares.OUTCOME))
        yield db, found
