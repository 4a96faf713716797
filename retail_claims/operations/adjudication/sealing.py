"""Sealing: digest and leaf of each row, the tree over them, and the file of decisions."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from retail_claims.formats import atoms
from retail_claims.operations.adjudication import decide, rows
from retail_claims.operations.adjudication.people import losses
from retail_claims.rules import merkle
from retail_claims.rules.policy import Policy

AT_ONCE = 50_000
# The order of `outcome`, and so of `sealed`, is the order of the output: narrow rows are sorted
# once, the wide ones that are made of them never.
TEXTS = "SELECT person_id, award, escrow, {text} AS text FROM ({rows})"
SEALED = """
CREATE TABLE sealed AS
SELECT o.*, l.person_ref, l.leaf_index FROM outcome o JOIN leaf l USING (n) ORDER BY n
"""
WRITE = "COPY ({rows}) TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)"


@dataclass(frozen=True, slots=True)
class Leaves:
    """Leaves of the tree in their order, and the digest of all rows in the order of persons."""

    nodes: list[bytes]
    refs: list[bytes]
    places: list[int]
    results_digest: str


class NotDecisions(ValueError):
    """Raised when rows that should be decisions have an empty cell where none may be."""


def read_leaves(
    db: duckdb.DuckDBPyConnection,
    *,
    query: str,
    salt: str,
    unit: int,
    progress: Callable[[str], None] | None = None,
) -> Leaves:
    """
    Digest every row of a query that gives the columns of a decisions file, in its order.

    Rows stream through, some at a time; ``unit`` is in atoms.

    :raises NotDecisions: if a row has an empty cell where none may be
    """
    results = hashlib.sha256()
    nodes, refs = [], []
    reader = db.sql(TEXTS.format(text=rows.TEXT, rows=query)).to_arrow_reader(AT_ONCE)
    for batch in reader:
        if batch.column("text").null_count:
            raise NotDecisions("a row has an empty cell")
        amounts = (atoms.read(batch.column(name)) for name in ("award", "escrow"))
        texts = (batch.column(name).to_pylist() for name in ("person_id", "text"))
        for person_id, text, award, escrow in zip(*texts, *amounts, strict=True):
            digest = hashlib.sha256(text.encode()).digest()
            results.update(digest)
            ref = merkle.person_ref(merkle.person_salt(salt, person_id), person_id)
            refs.append(ref)
            nodes.append(merkle.leaf(ref, award // unit, escrow // unit, digest))
        if progress:
            progress(f"{len(refs)} rows digested")
    # Leaves stand in the order of references, so that neighbours in the tree are strangers.
    order = sorted(range(len(refs)), key=refs.__getitem__)
    places = [0] * len(order)
    for place, number in enumerate(order):
        places[number] = place
    return Leaves([nodes[number] for number in order], refs, places, results.hexdigest())


def columns(policy: Policy, table: str) -> str:
    """Give the SQL of the columns of the decisions file, from ``outcome`` or ``sealed``."""
    by_class = ", ".join(
        f"{{'class': '{class_id}', 'loss': {name}}}"
        for class_id, name in zip(policy.classes, losses(policy), strict=True)
    )
    is_sealed = table == "sealed"
    return rows.COLUMNS.format(
        table=table,
        refs="person_ref," if is_sealed else "",
        places=", leaf_index" if is_sealed else "",
        class_losses=f"[{by_class}]",
        reasons=decide.reasons(),
        tests=decide.tests(policy),
    )


def write(db: duckdb.DuckDBPyConnection, policy: Policy, leaves: Leaves, path: Path) -> None:
    """Write the decisions file, rows in the order of persons."""
    table = pa.table(
        {
            "n": pa.array(range(len(leaves.refs)), pa.int64()),
            "person_ref": pa.array([ref.hex() for ref in leaves.refs], pa.string()),
            "leaf_index": pa.array(leaves.places, pa.int64()),
        }
    )
    db.register("leaf", table)
    db.execute(SEALED)
    db.unregister("leaf")
    db.execute("DROP TABLE outcome")
    quoted = str(path).replace("'", "''")
    db.execute(WRITE.format(rows=columns(policy, "sealed"), path=quoted))
