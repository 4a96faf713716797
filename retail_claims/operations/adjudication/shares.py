"""Sharing the pool: claims of the decided persons, the level that fits them, awards and escrow."""

import duckdb
import numpy as np
import pyarrow as pa

from retail_claims.formats import atoms
from retail_claims.rules import allocation_columns, pool_columns
from retail_claims.rules.allocation_columns import Column
from retail_claims.rules.policy import Policy
from retail_claims.rules.pool_columns import Claimed, Infeasible, Pool
from retail_claims.rules.texts import ATOMS, write_money

__all__ = ["Infeasible", "Pool", "share"]

# Claims: who is awarded, and who is undecided but has money set aside.
CLAIMS = """
SELECT n, {weight}::DECIMAL(38, 8) AS weight, demand, paid::DECIMAL(38, 8) AS paid
  FROM decided WHERE demand > 0 AND decision IN ({counted}) ORDER BY n
"""
# What was paid to everybody who claims nothing (any more) is gone.
PAID = "SELECT coalesce(sum(amount), 0)::DECIMAL(38, 8) AS total FROM paid"
TIED = "SELECT t.place, d.person_id FROM decided d JOIN tie t USING (n) ORDER BY t.place"
AWARDS = """
CREATE TABLE award AS
SELECT n, (units * {unit}::DECIMAL(19, 8))::DECIMAL(38, 8) AS amount FROM awarded
"""
OUTCOME = """
CREATE TABLE outcome AS
SELECT d.*, coalesce(a.amount, 0)::DECIMAL(38, 8) AS amount
  FROM decided d LEFT JOIN award a USING (n) ORDER BY n
"""


def share(db: duckdb.DuckDBPyConnection, policy: Policy) -> Pool:
    """
    Share the pool among the claims, into the table ``outcome``.

    :raises Infeasible: if what is available does not cover the floors or what was paid
    """
    weight = {"demand": "demand", "loss": "loss", "equal": "1"}[policy["pool.weight"]]
    counted = ", ".join(f"'{one}'" for one in ("award", *policy["escrow"]))
    table = db.sql(CLAIMS.format(weight=weight, counted=counted)).to_arrow_table()
    per_weight = {"demand": policy.unit, "loss": 1, "equal": ATOMS}[policy["pool.weight"]]
    claimed = Claimed(
        weight=_units(table["weight"], per_weight),
        demand=_units(table["demand"], policy.unit),
        paid=_units(table["paid"], policy.unit),
    )

    def ids(places: Column) -> list[str]:
        """Give the ids of the claims in some places."""
        columns = {"place": pa.array(places), "n": table["n"].take(pa.array(places))}
        db.register("tie", pa.table(columns))
        found = [person for _, person in db.execute(TIED).fetchall()]
        db.unregister("tie")
        return found

    (all_paid,) = atoms.read(db.sql(PAID).to_arrow_table()["total"])
    pool, units = pool_columns.share(policy, claimed, all_paid=all_paid // policy.unit, ids=ids)
    awarded = pa.table({"n": table["n"], "units": pa.array(units.astype(np.int64))})
    db.register("awarded", awarded)
    db.execute(AWARDS.format(unit=write_money(policy.unit)))
    db.unregister("awarded")
    # Narrow rows are sorted once, into the order of the output.
    db.execute(OUTCOME)
    db.execute("DROP TABLE decided; DROP TABLE award")
    return pool


def _units(column: pa.ChunkedArray, unit: int) -> Column:
    """Give amounts in whole units: 64 bits if all fit, whole numbers of any size if not."""
    numbers, is_small = atoms.narrow(column)
    if is_small.all() and (not len(numbers) or int(numbers.max()) < allocation_columns.BOUND):
        return numbers // unit
    return np.array([amount // unit for amount in atoms.read(column)], dtype=object)
