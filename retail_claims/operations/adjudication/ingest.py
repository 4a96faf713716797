"""Reading the evidence: parts become typed tables, bad cells become rejects."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa

from retail_claims.formats import csv_parts, inputs, parquet_parts
from retail_claims.formats.inputs import FileFault, Input
from retail_claims.operations.adjudication import cells
from retail_claims.rules.columns import BULK, FILES, MONEY, OPTIONAL, TIMES, Column
from retail_claims.rules.policy import Policy
from retail_claims.rules.rejects import MOST_LINES

# Rows that are read, checked and stored at once.
AT_ONCE = 200_000

REJECTS = """
CREATE TABLE reject (role VARCHAR, part INTEGER, line BIGINT, name VARCHAR, code VARCHAR,
                     value VARCHAR);
CREATE TABLE reject_count (code VARCHAR, lines BIGINT);
CREATE TABLE hurt (role VARCHAR, account_id VARCHAR);
"""
# The rows of a batch with the value and the code of each cell.
CHECK = "CREATE OR REPLACE TEMP TABLE checked AS SELECT part, line, {cells} FROM batch"
KEEP = "INSERT INTO {role} SELECT part, line, {values} FROM checked WHERE {code} IS NULL"
# Rows with more or fewer fields than the header: nothing in them is tested.
MISFITS = """
INSERT INTO reject SELECT '{role}', {part}, line, '', 'bad_row', '' FROM misfits
 LIMIT (SELECT greatest(0, {most} - count(*)) FROM reject)
"""
BAD_ROWS = "SELECT count(*) FROM checked WHERE {code} IS NOT NULL"
# One line for each bad cell; the file that is shown holds no more than the first lines.
REJECT = """
INSERT INTO reject
SELECT '{role}', c.part, c.line, '{name}', c."{name} code", left(b."{name}"::VARCHAR, 80)
  FROM checked c JOIN batch b USING (line) WHERE c."{name} code" IS NOT NULL
 LIMIT (SELECT greatest(0, {most} - count(*)) FROM reject)
"""
COUNT = """
INSERT INTO reject_count
SELECT "{name} code", count(*) FROM checked WHERE "{name} code" IS NOT NULL GROUP BY 1
"""
# Whose rows were rejected, as far as the cell that says so can be read.
HURT = """
INSERT INTO hurt SELECT '{role}', "account_id value" FROM checked
 WHERE {code} IS NOT NULL AND "account_id code" IS NULL
"""
# An incident must end after it starts; tested only where both can be read.
INTERVAL = """
UPDATE checked SET "ends_at code" = 'bad_interval'
 WHERE {code} IS NULL AND "ends_at value" <= "starts_at value"
"""


@dataclass(slots=True)
class Loaded:
    """What was read of one input."""

    role: str
    given: Input
    sha256: str
    rows: int = 0
    rejected: int = 0
    duplicates: int = 0
    has_fault: bool = False

    @property
    def accepted(self) -> int:
        """Give the number of rows that count."""
        return self.rows - self.rejected - self.duplicates


def load(db: duckdb.DuckDBPyConnection, policy: Policy, role: str, given: Input) -> Loaded:
    """
    Read every part of an input into the table of its role.

    A fault of a part ends that part and is noted as its reject; the others are still read.
    """
    loaded = Loaded(role, given, inputs.sha256(given))
    create(db, role)
    for number, part in enumerate(given.parts):
        try:
            for batch in _batches(
                part=part, number=number, role=role, policy=policy, loaded=loaded, db=db
            ):
                _store(db, policy, role, batch, loaded)
        except FileFault as fault:
            loaded.has_fault = True
            reject(db, role=role, part=number, line=0, name=fault.column, code=fault.code)
    db.execute("DROP TABLE IF EXISTS checked")
    return loaded


def reject(
    db: duckdb.DuckDBPyConnection, *, role: str, part: int, line: int, name: str, code: str
) -> None:
    """Note one reject that is not about a cell."""
    db.execute("INSERT INTO reject VALUES (?, ?, ?, ?, ?, '')", [role, part, line, name, code])
    db.execute("INSERT INTO reject_count VALUES (?, 1)", [code])


def create(db: duckdb.DuckDBPyConnection, role: str) -> None:
    """Create the table of a role, empty."""
    types = {"money": cells.MONEY_TYPE, "time": "BIGINT", "text": "VARCHAR"}
    columns = ", ".join(f'"{column.name}" {types[_holds(column)]}' for column in FILES[role])
    db.execute(f"CREATE TABLE {role} (part INTEGER, line BIGINT, {columns})")


def _holds(column: Column) -> Literal["text", "money", "time"]:
    """Say what a column holds, of the three types that matter."""
    if column.kind in MONEY:
        return "money"
    return "time" if column.kind in TIMES else "text"


def _batches(
    *,
    part: Path,
    number: int,
    role: str,
    policy: Policy,
    loaded: Loaded,
    db: duckdb.DuckDBPyConnection,
) -> Iterator[pa.Table]:
    """Give the rows of a part with their numbers, batch by batch."""
    if part.name.endswith(".parquet"):
        yield from _parquet_batches(part, number, role, loaded)
        return
    names = [column.name for column in FILES[role]]
    optional = [column.name for column in FILES[role] if column.kind in OPTIONAL]
    for rows in csv_parts.read(
        part,
        wanted=names,
        optional=optional,
        most_bytes=policy["data.max_expanded_bytes"],
        at_once=AT_ONCE,
    ):
        size = len(rows.numbers)
        if rows.misfits:
            loaded.rows += len(rows.misfits)
            loaded.rejected += len(rows.misfits)
            db.register("misfits", pa.table({"line": pa.array(rows.misfits, pa.int64())}))
            db.execute(MISFITS.format(role=role, part=number, most=MOST_LINES))
            db.execute("INSERT INTO reject_count VALUES ('bad_row', ?)", [len(rows.misfits)])
            db.unregister("misfits")
        columns = [
            pa.nulls(size, pa.string()) if column is None else pa.array(column, pa.string())
            for column in rows.columns
        ]
        yield _numbered(pa.table(columns, names=names), number, pa.array(rows.numbers, pa.int64()))


def _parquet_batches(part: Path, number: int, role: str, loaded: Loaded) -> Iterator[pa.Table]:
    done = 0
    columns = [(column.name, _holds(column)) for column in FILES[role]]
    optional = [column.name for column in FILES[role] if column.kind in OPTIONAL]
    for table in parquet_parts.read(part, columns=columns, optional=optional, at_once=AT_ONCE):
        lines = pa.array(range(done + 1, done + 1 + len(table)), pa.int64())
        done += len(table)
        yield _numbered(table, number, lines)


def _numbered(table: pa.Table, number: int, lines: pa.Array) -> pa.Table:
    parts = pa.array([number] * len(table), pa.int32())
    return table.append_column("part", parts).append_column("line", lines)


def _store(
    db: duckdb.DuckDBPyConnection, policy: Policy, role: str, batch: pa.Table, loaded: Loaded
) -> None:
    """Check a batch cell by cell; keep its good rows and note the bad cells."""
    found = [cells.cell(c, batch.schema.field(c.name).type, policy) for c in FILES[role]]
    code = "coalesce(" + ", ".join(f'"{one.name} code"' for one in found) + ")"
    columns = ", ".join(
        f'{one.value} AS "{one.name} value", {one.code} AS "{one.name} code"' for one in found
    )
    db.register("batch", batch)
    db.execute(CHECK.format(cells=columns))
    if role == "incidents":
        db.execute(INTERVAL.format(code=code))
    values = ", ".join(f'"{one.name} value"' for one in found)
    db.execute(KEEP.format(role=role, values=values, code=code))
    loaded.rows += len(batch)
    (bad,) = db.execute(BAD_ROWS.format(code=code)).fetchall()[0]
    loaded.rejected += bad
    if bad:
        for one in found:
            db.execute(REJECT.format(role=role, name=one.name, most=MOST_LINES))
            db.execute(COUNT.format(name=one.name))
        if role in BULK:
            db.execute(HURT.format(role=role, code=code))
    db.unregister("batch")
