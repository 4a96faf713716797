"""
Simulating: what another policy would decide on facts that were gathered before.

Measuring, deciding and sharing are those of a run; texts, digests and the tree are left out. The
facts are one Parquet file, a row a person, with what they rest on in a file of JSON beside it.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from retail_claims.formats import atoms
from retail_claims.operations.adjudication import cells, decide, measures, shares
from retail_claims.operations.adjudication.people import losses
from retail_claims.operations.adjudication.shares import Infeasible, Pool
from retail_claims.rules import simulation
from retail_claims.rules.criteria import DECISIONS, TESTS
from retail_claims.rules.policy import Policy
from retail_claims.rules.texts import write_money

FACTS = "facts.parquet"
BASIS = "basis.json"
WRITE = """
COPY (SELECT n, person_id, fills, {classes}, hurt, balances, net, exclusions, holds,
             prior::DECIMAL(38, 8) AS prior, paid::DECIMAL(38, 8) AS paid FROM fact ORDER BY n)
  TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 200000)
"""
# Ids are read only where claims are drawn by lot, or shown.
READ = """
CREATE OR REPLACE VIEW fact AS
SELECT n, {classes}, hurt, balances, net, exclusions, holds, prior, paid
  FROM read_parquet('{path}')
"""
KNOWN = "CREATE VIEW known AS SELECT n, person_id FROM read_parquet('{path}')"
# Awards in ten groups of as many persons each, from the smallest to the largest award.
TENTHS = """
SELECT tenth, count(*) AS persons, min(amount) AS least, max(amount) AS most,
       sum(amount)::DECIMAL(38, 8) AS total
  FROM (SELECT a.amount, ntile(10) OVER (ORDER BY a.amount, n) AS tenth
          FROM award a JOIN decided d USING (n) WHERE decision = 'award' AND a.amount > 0)
 GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of the awarded persons, by award; amounts in atoms."""

    persons: int
    least: int
    most: int
    total: int


@dataclass(frozen=True, slots=True)
class Simulated:
    """
    What a policy would decide; amounts in atoms.

    ``pool`` is None if the pool does not reach, and ``infeasible`` says then by how much; nobody
    is awarded anything in that case, and ``decisions`` count what the tests alone say.
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


class OtherFacts(ValueError):
    """Raised when facts were gathered for policies of another basis; ``parts`` say which."""

    def __init__(self, parts: list[str]) -> None:
        super().__init__(f"the facts were gathered with another {', '.join(parts)}")
        self.parts = parts


def keep_facts(db: duckdb.DuckDBPyConnection, policy: Policy, folder: Path) -> None:
    """Write the facts that were gathered, and what they rest on, into a folder."""
    rows = db.execute("SELECT DISTINCT class FROM incidents ORDER BY 1").fetchall()
    paid = db.sql("SELECT coalesce(sum(amount), 0)::DECIMAL(38, 8) AS paid FROM paid")
    about = {
        "basis": simulation.basis(policy, [one for (one,) in rows]),
        "classes": policy.classes,
        "paid": atoms.read(paid.to_arrow_table()["paid"])[0],
        "persons": db.execute("SELECT count(*) FROM fact").fetchall()[0][0],
    }
    named = zip(losses(policy), policy.classes, strict=True)
    classes = ", ".join(f'{column} AS "loss {one}"' for column, one in named)
    path = _quoted(folder / FACTS)
    db.execute(WRITE.format(classes=classes, path=path))
    (folder / BASIS).write_text(json.dumps(about))


def read_basis(folder: Path) -> dict[str, Any]:
    """Give what the facts of a folder rest on, their classes, what was paid and their number."""
    found: dict[str, Any] = json.loads((folder / BASIS).read_text())
    return found


def simulate(folder: Path, policy: Policy) -> Simulated:
    """
    Say what a policy would decide on the facts of a folder, in sum.

    :raises OtherFacts: if the facts do not serve the policy
    """
    with opened() as db:
        open_facts(db, folder)
        return run(db, folder, policy)


def run(db: duckdb.DuckDBPyConnection, folder: Path, policy: Policy) -> Simulated:
    """Decide and share, into the tables ``decided`` and ``award``, and sum up."""
    _decide(db, folder, policy)
    try:
        pool, cause = shares.share(db, policy, persons="known"), None
    except Infeasible as error:
        pool, cause = None, error
        db.execute("CREATE TABLE award (n BIGINT, amount DECIMAL(38, 8))")
    return _summed(db, policy, pool, cause)


def open_facts(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make the ids of persons and what was paid known, whatever the policy."""
    db.execute(KNOWN.format(path=_quoted(folder / FACTS)))
    db.register("paid", pa.table({"amount": atoms.write([read_basis(folder)["paid"]])}))


@contextmanager
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that fetches nothing from anywhere."""
    with (
        tempfile.TemporaryDirectory(prefix="simulate-") as spill,
        duckdb.connect(config={"memory_limit": "2GB", "temp_directory": spill}) as db,
    ):
        db.execute("SET autoinstall_known_extensions = false")
        db.execute("SET preserve_insertion_order = false")
        yield db


def _decide(db: duckdb.DuckDBPyConnection, folder: Path, policy: Policy) -> None:
    """Measure and decide every person of the facts, into the table ``decided``."""
    about = read_basis(folder)
    parts = simulation.differing(policy, about["basis"])
    if parts:
        raise OtherFacts(parts)
    # A class that no incident had is a class without losses.
    classes = ", ".join(
        f'"loss {one}" AS {column}'
        if one in about["classes"]
        else f"0::{cells.MONEY_TYPE} AS {column}"
        for column, one in zip(losses(policy), policy.classes, strict=True)
    )
    db.execute(READ.format(classes=classes, path=_quoted(folder / FACTS)))
    measures.measure(db, policy, has_texts=False)
    decide.decide(db, policy)


def _summed(
    db: duckdb.DuckDBPyConnection, policy: Policy, pool: Pool | None, cause: Infeasible | None
) -> Simulated:
    """Sum up what was decided and awarded."""
    is_awarded = "decision = 'award' AND amount > 0"
    counts = {"persons": "count(*)"}
    counts |= {one: f"count(*) FILTER (decision = '{one}')" for one in DECISIONS}
    counts |= {f"failed_{one}": f"count(*) FILTER (passed_{one} IS FALSE)" for one in TESTS}
    for name, edge in (("at_floor", policy.floor), ("at_cap", policy.cap)):
        where = f"{is_awarded} AND amount = '{write_money(edge)}'::DECIMAL(38, 8)"
        counts[name] = f"count(*) FILTER ({where})"
    sums = {
        "demand": "demand",
        "awarded": "CASE decision WHEN 'award' THEN amount ELSE 0 END",
        "escrowed": "CASE decision WHEN 'award' THEN 0 ELSE amount END",
    }
    columns = [f"{one} AS {name}" for name, one in counts.items()]
    columns += [f"coalesce(sum({x}), 0)::DECIMAL(38, 8) AS {name}" for name, x in sums.items()]
    query = f"SELECT {', '.join(columns)} FROM ({shares.OUTCOME})"  # noqa: S608 -- our own columns
    table = db.sql(query).to_arrow_table()
    found = {name: table[name][0].as_py() for name in counts}
    totals = {name: atoms.read(table[name])[0] for name in sums}
    return Simulated(
        persons=found["persons"],
        decisions={one: found[one] for one in DECISIONS},
        reasons={one: found[f"failed_{one}"] for one in TESTS},
        demand=totals["demand"],
        award=totals["awarded"],
        escrow=totals["escrowed"],
        at_floor=found["at_floor"],
        at_cap=found["at_cap"],
        pool=pool,
        infeasible=cause,
        tenths=_tenths(db),
    )


def _tenths(db: duckdb.DuckDBPyConnection) -> tuple[Tenth, ...]:
    table = db.sql(TENTHS).to_arrow_table()
    columns = [atoms.read(table[name]) for name in ("least", "most", "total")]
    rows = zip(table["persons"].to_pylist(), *columns, strict=True)
    return tuple(Tenth(*row) for row in rows)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
