"""Merging findings into the files of an evidence: read as a run reads them, written as CSV."""

import csv
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from retail_claims.formats import inputs
from retail_claims.formats.inputs import Input
from retail_claims.operations.adjudication import duplicates, ingest
from retail_claims.operations.adjudication.working import opened
from retail_claims.rules import texts
from retail_claims.rules.columns import FILES, KEYS, MONEY, TIMES, Column
from retail_claims.rules.findings import Change
from retail_claims.rules.policy import Policy
from together import Refused

AT_ONCE = 50_000
FOUND = "SELECT name, code, value FROM reject ORDER BY line, name"
ADD = "INSERT INTO changed VALUES ({marks})"
TAKE_OUT = "DELETE FROM {role} WHERE ({key}) IN (SELECT ({key}) FROM changed)"
ROWS = "SELECT {columns} FROM {role} ORDER BY {key}"


class NotUsable(Refused):
    """Raised when a file of the evidence has rows that are rejected; says which and how many."""


def rejects(policy: Policy, role: str, row: Sequence[str]) -> list[tuple[str, str, str]]:
    """Read one row as a run would, and give the columns, codes and values that it rejects."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{role}.csv"
        _write(path, role, iter([tuple(row)]))
        with opened(Path(folder)) as (db, _):
            db.execute(ingest.REJECTS)
            ingest.load(db, policy, role, inputs.find(str(path)))
            return [tuple(found) for found in db.execute(FOUND).fetchall()]


def merge(
    *, policy: Policy, given: Mapping[str, Input], changes: Mapping[str, list[Change]], to: Path
) -> dict[str, Path]:
    """
    Write the files that findings change anew into a folder, and give them by role.

    Rows with the key of a change make way for its row, if it has one. A role that had no file
    gets one.

    :raises NotUsable: if a row of a file is rejected, or a changed row is by this policy
    """
    written = {}
    with opened(to) as (db, _):
        db.execute(ingest.REJECTS)
        for role, those in sorted(changes.items()):
            _read(db, policy, role, given.get(role))
            _take_out(db, role, those)
            path = to / f"{role}.csv"
            added = sorted(change.row for change in those if change.row is not None)
            _write(path, role, iter([*_rows(db, role), *added]))
            db.execute(f"DROP TABLE {role}")
            _read(db, policy, role, inputs.find(str(path)))
            written[role] = path
    return written


def _read(db: duckdb.DuckDBPyConnection, policy: Policy, role: str, given: Input | None) -> None:
    """Read a file into the table of its role, whole or not at all."""
    if given is None:
        ingest.create(db, role)
        return
    db.execute(f"DROP TABLE IF EXISTS {role}")
    loaded = ingest.load(db, policy, role, given)
    duplicates.settle(db, loaded)
    if loaded.has_fault or loaded.rejected:
        name, code, value = db.execute(FOUND).fetchall()[0]
        raise NotUsable(
            f"{role}: {loaded.rejected} of {loaded.rows} rows are rejected, the first one by"
            f" {name or 'its file'}: {value!r} {code}"
        )


def _take_out(db: duckdb.DuckDBPyConnection, role: str, changes: Sequence[Change]) -> None:
    names = [f'"{column.name}"' for column in FILES[role][: KEYS[role]]]
    columns = ", ".join(f"{name} VARCHAR" for name in names)
    db.execute(f"CREATE OR REPLACE TEMP TABLE changed ({columns})")
    marks = ", ".join("?" for _ in names)
    db.executemany(ADD.format(marks=marks), [list(one.key) for one in changes])
    db.execute(TAKE_OUT.format(role=role, key=", ".join(names)))


def _rows(db: duckdb.DuckDBPyConnection, role: str) -> Iterator[tuple[str, ...]]:
    """Give the rows of a role in the order of their keys, as the texts that files hold."""
    writers = [_writer(column) for column in FILES[role]]
    names = [f'"{column.name}"' for column in FILES[role]]
    key = ", ".join(names[: KEYS[role]])
    found = db.execute(ROWS.format(columns=", ".join(names), role=role, key=key))
    while rows := found.fetchmany(AT_ONCE):
        for row in rows:
            yield tuple(write(value) for write, value in zip(writers, row, strict=True))


def _writer(column: Column) -> Callable[[Any], str]:
    if column.kind in MONEY:
        return _money
    return _time if column.kind in TIMES else str


def _money(value: Decimal) -> str:
    return f"{value:.8f}"


def _time(value: int | None) -> str:
    return "" if value is None else texts.write_time(value)


def _write(path: Path, role: str, rows: Iterator[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in FILES[role]])
        writer.writerows(rows)
