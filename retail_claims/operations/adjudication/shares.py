"""Sharing the pool: claims of the decided persons, the level that fits them, awards and escrow."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

import duckdb
import pyarrow as pa

from retail_claims.formats import atoms
from retail_claims.rules import allocation
from retail_claims.rules.allocation import Claim, Part
from retail_claims.rules.policy import Policy
from retail_claims.rules.texts import write_money

# Claims: who is awarded, and who is undecided but has money set aside.
CLAIMS = """
CREATE TABLE claim AS
SELECT n, person_id, paid, demand, {weight} AS weight,
       greatest(least({floor}::DECIMAL(38, 8), demand), paid) AS low,
       greatest(demand, paid) AS high
  FROM decided WHERE demand > 0 AND decision IN ({counted})
"""
# What was paid to everybody who claims nothing (any more) is gone.
PAID = """
SELECT (SELECT coalesce(sum(amount), 0) FROM paid)::DECIMAL(38, 8) AS total,
       (SELECT coalesce(sum(paid), 0) FROM claim)::DECIMAL(38, 8) AS claimed
"""
GROUPS = "SELECT weight, {low} AS low, high, count(*) AS persons FROM claim GROUP BY ALL"
# A claim's whole units, and whether one more is sure (1), drawn by lot (2) or not due (0).
SHARED = """
CREATE TABLE shared AS
SELECT c.n, c.person_id, s.amount, s.more
  FROM claim c JOIN part s ON s.weight = c.weight AND s.low = c.{low} AND s.high = c.high
"""
AWARDS = """
CREATE TABLE award AS
SELECT s.n, s.amount + CASE WHEN s.more = 1 OR d.n IS NOT NULL THEN {unit} ELSE 0 END AS amount
  FROM shared s LEFT JOIN drawn d USING (n)
"""
ALL_OF_IT = "CREATE TABLE award AS SELECT n, high AS amount FROM claim"
OUTCOME = """
CREATE TABLE outcome AS
SELECT d.*, coalesce(a.amount, 0)::DECIMAL(38, 8) AS amount
  FROM decided d LEFT JOIN award a USING (n) ORDER BY n
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


class Infeasible(Exception):
    """Raised when floors, or sums already paid, exceed what is available; amounts in units."""

    def __init__(self, code: str, available: int, bound: int) -> None:
        super().__init__(f"{code}: {bound} of {available}")
        self.code, self.available, self.bound = code, available, bound


def share(db: duckdb.DuckDBPyConnection, policy: Policy) -> Pool:
    """
    Share the pool among the claims, into the table ``outcome``.

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
    total, claimed = (atoms.read(sums[name])[0] // unit for name in ("total", "claimed"))
    sunk = total - claimed
    available = (policy.pool - policy.reserve) // unit - sunk
    claims, low = _claims(db, policy, "low"), "low"
    floors, are_dropped = _sum_of_lows(claims), False
    if available < max(claimed, 0):
        raise Infeasible("paid_exceeds_pool", available, claimed)
    if available < floors:
        if policy["pool.infeasible_floors"] == "stop":
            raise Infeasible("floors_exceed_pool", available, floors)
        claims, low, are_dropped = _claims(db, policy, "paid"), "paid", True
        floors = claimed
    caps = sum(claim.high * count for claim, count in claims.items())
    level = None
    if available >= caps:
        db.execute(ALL_OF_IT)
    else:
        level = allocation.find_level(claims, available)
        _distribute(db=db, policy=policy, claims=claims, level=level, available=available, low=low)
        # A weight by loss was counted in atoms, the contract counts it in units.
        level = level * unit if policy["pool.weight"] == "loss" else level
    db.execute(OUTCOME)
    db.execute("DROP TABLE decided; DROP TABLE claim; DROP TABLE award")
    return Pool(sunk, available, floors, caps, are_dropped, level)


def _claims(db: duckdb.DuckDBPyConnection, policy: Policy, low: str) -> Counter[Claim]:
    """Count equal claims, in units; a weight by loss stays in atoms."""
    table = db.sql(GROUPS.format(low=low)).to_arrow_table()
    unit = policy.unit
    per_weight = {"demand": unit, "loss": 1, "equal": 10**8}[policy["pool.weight"]]
    columns = [atoms.read(table[name]) for name in ("weight", "low", "high")]
    return Counter(
        {
            Claim(weight // per_weight, low // unit, high // unit): persons
            for weight, low, high, persons in zip(
                *columns, table["persons"].to_pylist(), strict=True
            )
        }
    )


def _sum_of_lows(claims: Counter[Claim]) -> int:
    return sum(claim.low * count for claim, count in claims.items())


def _distribute(
    *,
    db: duckdb.DuckDBPyConnection,
    policy: Policy,
    claims: Counter[Claim],
    level: Fraction,
    available: int,
    low: str,
) -> None:
    """Give each claim its whole units, and the left-over units to the largest rests."""
    parts = {claim: allocation.share(claim, level) for claim in claims}
    left = available - sum(parts[claim].whole * count for claim, count in claims.items())
    rests: Counter[int] = Counter()
    for claim, part in parts.items():
        if part.rest:
            rests[part.rest] += claims[claim]
    cut = allocation.find_cut(rests, left)
    _store_parts(db, policy, parts, cut.rest)
    db.execute(SHARED.format(low=low))
    tied = dict(db.execute("SELECT person_id, n FROM shared WHERE more = 2").fetchall())
    drawn = allocation.draw(tied, cut.places, policy.salt)
    db.register("lots", pa.table({"n": pa.array([tied[one] for one in drawn], pa.int64())}))
    db.execute("CREATE TABLE drawn AS SELECT n FROM lots")
    db.unregister("lots")
    db.execute(AWARDS.format(unit=write_money(policy.unit)))


def _store_parts(
    db: duckdb.DuckDBPyConnection, policy: Policy, parts: dict[Claim, Part], cut: int
) -> None:
    unit = policy.unit
    per_weight = {"demand": unit, "loss": 1, "equal": 10**8}[policy["pool.weight"]]
    more = [_more(part.rest, cut) for part in parts.values()]
    columns = {
        "weight": atoms.write([claim.weight * per_weight for claim in parts]),
        "low": atoms.write([claim.low * unit for claim in parts]),
        "high": atoms.write([claim.high * unit for claim in parts]),
        "amount": atoms.write([part.whole * unit for part in parts.values()]),
        "more": pa.array(more, pa.int8()),
    }
    db.register("parts", pa.table(columns))
    db.execute("CREATE TABLE part AS SELECT * FROM parts")
    db.unregister("parts")


def _more(rest: int, cut: int) -> int:
    """Say whether one unit more is sure (1), drawn by lot (2) or not due (0)."""
    if rest > cut:
        return 1
    return 2 if rest and rest == cut else 0
