"""Duplicates: the same row twice counts once; one key with two contents counts not at all."""

import duckdb

from retail_claims.operations.adjudication.ingest import Loaded
from retail_claims.rules.columns import BULK, FILES, KEYS
from retail_claims.rules.rejects import MOST_LINES

# A hash of the key finds the few rows that may be duplicates; they are then compared exactly.
SUSPECTS = """
CREATE OR REPLACE TEMP TABLE suspect AS
SELECT rowid AS row_id, * FROM {role}
 WHERE hash({key}) IN (SELECT hash({key}) FROM {role} GROUP BY 1 HAVING count(*) > 1)
"""
# Every row of a key that stands more than once: its place among its kind, and the contents.
JUDGED = """
CREATE OR REPLACE TEMP TABLE judged AS
SELECT *, row_number() OVER key AS place, count(*) OVER key AS times,
       count(DISTINCT content) OVER (PARTITION BY {key}) AS contents
  FROM (SELECT *, ({content}) AS content FROM suspect)
WINDOW key AS (PARTITION BY {key} ORDER BY part, line)
"""
CONFLICTS = """
INSERT INTO reject
SELECT '{role}', part, line, '{name}', 'conflicting_duplicate', "{name}" FROM judged
 WHERE contents > 1 LIMIT (SELECT greatest(0, {most} - count(*)) FROM reject)
"""
COUNT = """
INSERT INTO reject_count
SELECT 'conflicting_duplicate', count(*) FROM judged WHERE contents > 1 HAVING count(*) > 0
"""
HURT = "INSERT INTO hurt SELECT '{role}', account_id FROM judged WHERE contents > 1"
REMOVE = (
    "DELETE FROM {role} WHERE rowid IN (SELECT row_id FROM judged WHERE contents > 1 OR place > 1)"
)


def settle(db: duckdb.DuckDBPyConnection, loaded: Loaded) -> None:
    """Take the duplicates out of a role's table and count them."""
    role = loaded.role
    names = [f'"{column.name}"' for column in FILES[role]]
    key, content = ", ".join(names[: KEYS[role]]), ", ".join(names)
    db.execute(SUSPECTS.format(role=role, key=key))
    db.execute(JUDGED.format(key=key, content=f"row({content})"))
    found = db.execute(
        "SELECT count(*) FILTER (contents = 1 AND place > 1), count(*) FILTER (contents > 1)"
        "  FROM judged"
    ).fetchall()
    loaded.duplicates, conflicts = found[0]
    if conflicts:
        loaded.rejected += conflicts
        name = FILES[role][0].name
        db.execute(CONFLICTS.format(role=role, name=name, most=MOST_LINES))
        db.execute(COUNT)
        if role in BULK:
            db.execute(HURT.format(role=role))
    if loaded.duplicates or conflicts:
        db.execute(REMOVE.format(role=role))
    db.execute("DROP TABLE suspect; DROP TABLE judged")
