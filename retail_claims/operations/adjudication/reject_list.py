"""The list of rejected rows, as a CSV file that is safe to open in a spreadsheet."""

import csv
from collections.abc import Mapping
from pathlib import Path

import duckdb

from retail_claims.operations.adjudication.ingest import Loaded
from retail_claims.rules.rejects import HEADER, MOST_LINES, Reject, shown

LIST = """
SELECT role, part, line, name, code, value FROM reject
 ORDER BY role, part, line, name LIMIT ?
"""


def write(db: duckdb.DuckDBPyConnection, loaded: Mapping[str, Loaded], path: Path) -> None:
    """Write the rejects of a run, the header at least."""
    found = db.execute(LIST, [MOST_LINES]).fetchall()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for role, part, line, name, code, value in found:
            file_name = loaded[role].given.parts[part].name
            writer.writerow(Reject(file_name, line, name, code, shown(value)))
