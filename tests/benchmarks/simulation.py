"""
P9: the simulation of one change of a policy, beside a query that begins with the evidence.

Ours measures, decides and shares everybody on the facts that were gathered once, exact to the
cent. The script does from the files what such a script does: sums, thresholds and one factor for
all. The limit reads every column of the facts.
"""

import functools
import json
import shutil
from pathlib import Path

from tests.benchmarks.measuring import Line, measured
from tests.benchmarks.private import FOLDER

COUNT, SMALL = 1_600_000, 40_000
PLACE = FOLDER / "simulation"
SCRIPT = """
WITH fill AS (
    SELECT account_id, loss, liquidated_at, instrument FROM read_parquet('{fills}')
     WHERE event = 'liquidation' AND product IN ('futures', 'margin')
       AND liquidated_at >= TIMESTAMPTZ '2025-10-10 00:00:00Z'
       AND liquidated_at < TIMESTAMPTZ '2025-10-12 00:00:00Z'),
lost AS (
    SELECT coalesce(a.person_id, f.account_id) AS person, sum(f.loss) AS loss,
           sum(f.loss * CASE WHEN i.incident_id IS NULL THEN 0.4 ELSE 1 END) AS covered
      FROM fill f LEFT JOIN read_parquet('{accounts}') a USING (account_id)
      LEFT JOIN read_csv('{incidents}', header = true) i
        ON (i.instrument = '*' OR i.instrument = f.instrument)
       AND f.liquidated_at >= i.starts_at AND f.liquidated_at < i.ends_at
     GROUP BY 1),
had AS (
    SELECT coalesce(a.person_id, s.account_id) AS person, sum(s.value) AS net
      FROM read_parquet('{snapshot}') s LEFT JOIN read_parquet('{accounts}') a USING (account_id)
     WHERE s.as_of = TIMESTAMPTZ '2025-10-09 23:59:00Z' GROUP BY 1),
flagged AS (SELECT subject AS person FROM read_csv('{exclusions}', header = true)
             UNION SELECT subject FROM read_csv('{holds}', header = true)
             UNION SELECT subject FROM read_csv('{prior}', header = true)),
asked AS (
    SELECT person, least(greatest(round(covered, 2), 4), 6000) AS demand
      FROM lost JOIN had USING (person) LEFT JOIN flagged USING (person)
     WHERE flagged.person IS NULL AND loss >= {least} AND net > 0 AND loss >= 0.3 * net)
SELECT count(*), sum(round(demand * least(1, 294000000 / total), 2))
  FROM asked, (SELECT sum(demand) AS total FROM asked)
"""


def policy(least: str):
    """Give a policy with a smallest loss."""
    from retail_claims.rules import policy as policy_rules

    return policy_rules.parse(
        json.dumps(
            {
                "preset": "announced",
                "contract": "retail-claims-adjudication/1",
                "decided_at": "2025-10-14T12:00:00Z",
                "salt": "only-for-benchmarks",
                "eligibility": {"min_loss": least},
                "coverage": {"rates": {"market": "0.4", "platform_fault": "1"}},
                "pool": {"appeals_reserve": "6000000"},
            }
        )
    )


def ours(facts: Path) -> None:
    """Simulate a change of the smallest loss."""
    from retail_claims.operations.adjudication import simulating

    assert simulating.simulate(facts, policy("75")).award


def by_script(files: dict[str, Path]) -> None:
    """Ask the same of the files."""
    import duckdb

    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        assert db.execute(SCRIPT.format(least=75, **files)).fetchall()[0][0]


def scan(facts: Path) -> None:
    """Read every column of the facts."""
    import duckdb

    with duckdb.connect() as db:
        path = facts / "facts.parquet"
        names = [row[0] for row in db.execute(f"DESCRIBE FROM '{path}'").fetchall()]
        sums = ", ".join(f'max("{name}")' for name in names)
        db.execute(f"SELECT {sums} FROM '{path}'").fetchall()


def lines(*, is_small: bool) -> list[Line]:
    """Measure one change of a policy."""
    from retail_claims.operations import crash
    from retail_claims.operations.adjudication import gather_facts

    count, repeats = (SMALL, 1) if is_small else (COUNT, 5)
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    files = crash.generate(folder=PLACE / "crash", accounts=count, seed=1)
    facts = PLACE / "facts"
    gather_facts(policy=policy("50"), given=files, folder=facts)
    mine = measured(functools.partial(ours, facts), repeats=repeats)
    script = measured(functools.partial(by_script, files), repeats=repeats)
    limit = measured(functools.partial(scan, facts), repeats=repeats)
    shutil.rmtree(PLACE)
    return [
        Line("P9 simulation", f"{count:,} accounts", mine, ("DuckDB from the files", script), limit)
    ]
