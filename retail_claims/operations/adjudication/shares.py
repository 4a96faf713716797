"""Sharing the pool: claims of the decided persons, the level that fits them, awards and escrow."""

from dataclasses import dataclass
from fractions import Fraction

import duckdb
import numpy as np
import pyarrow as pa

from retail_claims.formats import atoms
from retail_claims.rules import allocation, allocation_columns
from retail_claims.rules.allocation_columns import Claims, Column, total
from retail_claims.rules.policy import Policy
from retail_claims.rules.texts import ATOMS, write_money

# Claims: who is awarded, and who is undecided but has money set aside.
CLAIMS = """
CREATE TABLE claim AS
SELECT n, paid, demand, {weight} AS weight,
       greatest(least({floor}::DECIMAL(38, 8), demand), paid) AS low,
       greatest(demand, paid) AS high
  FROM decided WHERE demand > 0 AND decision IN ({counted})
"""
# What was paid to everybody who claims nothing (any more) is gone.
PAID = """
SELECT (SELECT coalesce(sum(amount), 0) FROM paid)::DECIMAL(38, 8) AS total,
       (SELECT coalesce(sum(paid), 0) FROM claim)::DECIMAL(38, 8) AS claimed
"""
EDGES = """
SELECT n, weight::DECIMAL(38, 8) AS weight, {low}::DECIMAL(38, 8) AS low,
       high::DECIMAL(38, 8) AS high
  FROM claim ORDER BY n
"""
TIED = "SELECT p.person_id, p.n FROM {persons} p JOIN tie USING (n)"
AWARDS = """
CREATE TABLE award AS
SELECT n, (units * {unit}::DECIMAL(19, 8))::DECIMAL(38, 8) AS amount FROM awarded
"""
ALL_OF_IT = "CREATE TABLE award AS SELECT n, high AS amount FROM claim"
OUTCOME = """
SELECT d.*, coalesce(a.amount, 0)::DECIMAL(38, 8) AS amount
  FROM decided d LEFT JOIN award a USING (n)
"""


@dataclass(frozen=True, slots=True)
class Pool:
    """What the pool came to; amounts in whole units of the award, the level None if not needed."""

    sunk: int
    available: int
    floors: int
    caps: int
    are_floors_dropped: bool
    level: Fraction | None


@dataclass(frozen=True, slots=True)
class Listed:
    """
    Claims in the order of their persons, by columns: number, and what allocation knows.

    ``persons`` is the table with the ids of the persons.
    """

    persons: str
    n: pa.ChunkedArray
    edges: Claims


class Infeasible(Exception):
    """Raised when floors, or sums already paid, exceed what is available; amounts in units."""

    def __init__(self, code: str, available: int, bound: int) -> None:
        super().__init__(f"{code}: {bound} of {available}")
        self.code, self.available, self.bound = code, available, bound


def share(db: duckdb.DuckDBPyConnection, policy: Policy, *, persons: str = "decided") -> Pool:
    """
    Share the pool among the claims of ``decided``, into the table ``award``.

    ``persons`` is the table that has the ids of the persons, for claims that are drawn by lot.

    :raises Infeasible: if what is available does not cover the floors or what was paid
    """
    unit = policy.unit
    weight = {"demand": "demand", "loss": "loss", "equal": "1::DECIMAL(38, 8)"}
    counted = ["award", *policy["escrow"]]
    db.execute(
        CLAIMS.format(
            weight=weight[policy["pool.weight"]],
            floor=write_money(policy.floor),
            counted=", ".join(f"'{one}'" for one in counted),
        )
    )
    sums = db.sql(PAID).to_arrow_table()
    paid, claimed = (atoms.read(sums[name])[0] // unit for name in ("total", "claimed"))
    sunk = paid - claimed
    available = (policy.pool - policy.reserve) // unit - sunk
    claims = _claims(db, policy, persons, "low")
    floors, are_dropped = total(claims.edges.low), False
    if available < max(claimed, 0):
        raise Infeasible("paid_exceeds_pool", available, claimed)
    if available < floors:
        if policy["pool.infeasible_floors"] == "stop":
            raise Infeasible("floors_exceed_pool", available, floors)
        claims, are_dropped, floors = _claims(db, policy, persons, "paid"), True, claimed
    caps = total(claims.edges.high)
    level = None
    if available >= caps:
        db.execute(ALL_OF_IT)
    else:
        level = allocation_columns.find_level(claims.edges, available)
        _distribute(db, policy, claims, level, available)
        # A weight by loss was counted in atoms, the contract counts it in units.
        level = level * unit if policy["pool.weight"] == "loss" else level
    db.execute("DROP TABLE claim")
    return Pool(sunk, available, floors, caps, are_dropped, level)


def _claims(db: duckdb.DuckDBPyConnection, policy: Policy, persons: str, low: str) -> Listed:
    """Read the claims in units; a weight by loss stays in atoms."""
    table = db.sql(EDGES.format(low=low)).to_arrow_table()
    unit = policy.unit
    per_weight = {"demand": unit, "loss": 1, "equal": ATOMS}[policy["pool.weight"]]
    edges = Claims(
        _units(table["weight"], per_weight), _units(table["low"], unit), _units(table["high"], unit)
    )
    return Listed(persons, table["n"], edges)


def _units(column: pa.ChunkedArray, unit: int) -> Column:
    """Give amounts in whole units: 64 bits if all fit, whole numbers of any size if not."""
    numbers, is_small = atoms.narrow(column)
    if is_small.all() and (not len(numbers) or int(numbers.max()) < allocation_columns.BOUND):
        return numbers // unit
    return np.array([amount // unit for amount in atoms.read(column)], dtype=object)


def _distribute(
    db: duckdb.DuckDBPyConnection, policy: Policy, claims: Listed, level: Fraction, available: int
) -> None:
    """Give each claim its whole units, and the left-over units to the largest rests."""
    parts = allocation_columns.shares(claims.edges, level)
    cut = allocation_columns.find_cut(parts, available - total(parts.whole))
    units = parts.whole + (parts.rest > cut.rest)
    is_tied = (parts.rest == cut.rest) & (parts.rest > 0)
    if cut.places:
        db.register("tie", pa.table({"n": claims.n.filter(pa.array(is_tied.astype(np.bool_)))}))
        tied = dict(db.execute(TIED.format(persons=claims.persons)).fetchall())
        db.unregister("tie")
        drawn = {tied[one] for one in allocation.draw(tied, cut.places, policy.salt)}
        units = units + np.isin(claims.n.to_numpy(), list(drawn))
    awarded = pa.table({"n": claims.n, "units": pa.array(units.astype(np.int64))})
    db.register("awarded", awarded)
    db.execute(AWARDS.format(unit=write_money(policy.unit)))
    db.unregister("awarded")
