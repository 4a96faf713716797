"""A working database: DuckDB beside the files it works on, which fetches nothing from anywhere."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

# Above this the set work goes on from disk.
MEMORY = "4GB"


@contextmanager
def opened(beside: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Open a database that works beside a folder, and a place there for what is not whole yet."""
    with (
        tempfile.TemporaryDirectory(prefix=".adjudicate-", dir=beside) as folder,
        duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": folder}) as db,
    ):
        # Nothing is fetched from anywhere, whatever a file holds.
        db.execute("SET autoinstall_known_extensions = false")
        db.execute("SET autoload_known_extensions = false")
        yield db, Path(folder)
