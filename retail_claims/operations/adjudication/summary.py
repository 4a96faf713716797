"""The summary of a run: counts, totals, the pool and the digests (ADJUDICATE.md section 8)."""

import hashlib
from collections.abc import Mapping
from typing import Any

import duckdb

from retail_claims.formats import atoms
from retail_claims.operations.adjudication.ingest import Loaded
from retail_claims.operations.adjudication.people import losses
from retail_claims.operations.adjudication.shares import Infeasible, Pool
from retail_claims.rules.criteria import DECISIONS, TESTS
from retail_claims.rules.merkle import Node
from retail_claims.rules.policy import Policy
from retail_claims.rules.texts import CONTRACT, canonical, write_fraction, write_money

UNMATCHED = ("exclusions", "holds", "prior", "paid")
COUNTS = "SELECT {counts} FROM sealed"
TOTALS = "SELECT {sums} FROM sealed"
STRANGERS = "SELECT count(*) FROM about_{role} WHERE n IS NULL"
CODES = """
SELECT code, count(DISTINCT n) FROM about_{role}
 WHERE n IS NOT NULL AND (expires_at IS NULL OR expires_at > {decided_at}) GROUP BY 1
"""


def decided(
    db: duckdb.DuckDBPyConnection,
    policy: Policy,
    loaded: Mapping[str, Loaded],
    pool: Pool,
    digests: Mapping[str, Any],
) -> dict[str, Any]:
    """Give the summary of a run that decided, exit 0; ``digests`` are those of its rows."""
    totals = _totals(db, policy, pool, loaded)
    return {
        "contract": CONTRACT,
        "status": "ok",
        "exit_code": 0,
        "policy_digest": policy.digest,
        "engine": "duckdb",
        "inputs": {role: _input(db, one) for role, one in loaded.items()},
        "rejected_rows": sum(one.rejected for one in loaded.values()),
        **_counts(db),
        "exclusion_codes": _codes(db, policy, "exclusions", policy["exclusion_codes"]),
        "hold_codes": _codes(db, policy, "holds", policy["hold_codes"]),
        "totals": totals,
        "pool": _pool(policy, pool, digests["top"]),
        "results_digest": digests["results_digest"],
        "merkle_root": digests["merkle_root"],
        "tree_size": digests["tree_size"],
        "run_digest": digests["run_digest"],
    }


def infeasible(policy: Policy, cause: Infeasible) -> dict[str, Any]:
    """Give the summary of a run whose pool does not reach, exit 3."""
    amounts = {
        "available": cause.available,
        "bound": cause.bound,
        "shortfall": cause.bound - cause.available,
    }
    texts = {name: write_money(units * policy.unit) for name, units in amounts.items()}
    return {
        "contract": CONTRACT,
        "status": "infeasible",
        "exit_code": 3,
        "policy_digest": policy.digest,
        "infeasible": {"code": cause.code, **texts},
    }


def bad_data(
    db: duckdb.DuckDBPyConnection, policy: Policy, loaded: Mapping[str, Loaded]
) -> dict[str, Any]:
    """Give the summary of a run whose evidence cannot be used, exit 4."""
    rows = db.execute("SELECT code, sum(lines)::BIGINT FROM reject_count GROUP BY 1 ORDER BY 1")
    return {
        "contract": CONTRACT,
        "status": "bad_data",
        "exit_code": 4,
        "policy_digest": policy.digest,
        "rejects": {
            "rows": sum(one.rejected for one in loaded.values()),
            "by_code": dict(rows.fetchall()),
        },
    }


def bad_policy(path: str, message: str) -> dict[str, Any]:
    """Give the summary of a run that could not begin, exit 2."""
    return {
        "contract": CONTRACT,
        "status": "bad_policy",
        "exit_code": 2,
        "error": {"path": path, "message": message},
    }


def run_digest(
    *, policy: Policy, loaded: Mapping[str, Loaded], merkle_root: str, results_digest: str
) -> str:
    """Give the digest that an approval binds: policy, inputs, results and root."""
    parts = {
        "contract": CONTRACT,
        "inputs": {role: one.sha256 for role, one in loaded.items()},
        "merkle_root": merkle_root,
        "policy_digest": policy.digest,
        "results_digest": results_digest,
    }
    return hashlib.sha256(canonical(parts)).hexdigest()


def counted(one: Loaded) -> dict[str, Any]:
    """Give digest and counts of an input that was read."""
    return {
        "sha256": one.sha256,
        "files": len(one.given.parts),
        "rows": one.rows,
        "accepted": one.accepted,
        "duplicates": one.duplicates,
        "rejected": one.rejected,
    }


def _input(db: duckdb.DuckDBPyConnection, one: Loaded) -> dict[str, Any]:
    found = counted(one)
    if one.role in UNMATCHED:
        found["unmatched"] = _row(db, STRANGERS.format(role=one.role))[0]
    return found


def _counts(db: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Count persons by decision and by reason."""
    counts = [f"count(*) FILTER (decision = '{one}')" for one in DECISIONS]
    counts += [f"count(*) FILTER (passed_{test} IS FALSE)" for test in TESTS]
    found = _row(db, COUNTS.format(counts=", ".join(["count(*)", *counts])))
    return {
        "persons": found[0],
        "decisions": dict(zip(DECISIONS, found[1 : 1 + len(DECISIONS)], strict=True)),
        "reasons": dict(zip(TESTS, found[1 + len(DECISIONS) :], strict=True)),
    }


def _codes(
    db: duckdb.DuckDBPyConnection, policy: Policy, role: str, codes: list[str]
) -> dict[str, int]:
    """Count persons by active code; codes that nobody has count 0."""
    rows = db.execute(CODES.format(role=role, decided_at=policy.decided_at)).fetchall()
    return {**dict.fromkeys(codes, 0), **dict(rows)}


def _totals(
    db: duckdb.DuckDBPyConnection, policy: Policy, pool: Pool, loaded: Mapping[str, Loaded]
) -> dict[str, Any]:
    award = "CASE decision WHEN 'award' THEN amount ELSE 0 END"
    sums = {
        "loss": "loss",
        "demand": "demand",
        "award": award,
        "escrow": f"amount - {award}",
        "payable": "CASE decision WHEN 'award' THEN amount - paid ELSE 0 END",
        **{name: name for name in losses(policy)},
    }
    query = ", ".join(
        f"coalesce(sum({one}), 0)::DECIMAL(38, 8) AS {name}" for name, one in sums.items()
    )
    table = db.sql(TOTALS.format(sums=query)).to_arrow_table()
    found = {name: write_money(atoms.read(table[name])[0]) for name in sums}
    by_class = zip(policy.classes, losses(policy), strict=True)
    paid = db.sql("SELECT coalesce(sum(amount), 0)::DECIMAL(38, 8) AS paid FROM paid")
    return {
        **{name: found[name] for name in ("loss", "demand", "award", "escrow", "payable")},
        "loss_by_class": {class_id: found[name] for class_id, name in by_class},
        "paid": write_money(atoms.read(paid.to_arrow_table()["paid"])[0]),
    }


def _pool(policy: Policy, pool: Pool, top: Node) -> dict[str, Any]:
    committed = top.award + top.escrow
    units = {
        "amount": policy.pool // policy.unit,
        "appeals_reserve": policy.reserve // policy.unit,
        "sunk": pool.sunk,
        "available": pool.available,
        "floors": pool.floors,
        "caps": pool.caps,
        "committed": committed,
        "unspent": pool.available - committed,
    }
    return {
        **{name: write_money(amount * policy.unit) for name, amount in units.items()},
        "oversubscribed": pool.level is not None,
        "floors_dropped": pool.are_floors_dropped,
        "L": None if pool.level is None else write_fraction(pool.level),
    }


def _row(db: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """Give the one row of a query of sums."""
    row: tuple[Any, ...] = db.execute(query).fetchall()[0]
    return row
