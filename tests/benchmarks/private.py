"""A private server for benchmarks: empty databases with every guard on, and copies of them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django
import psycopg
from psycopg import sql

from together.local import postgres

FOLDER = Path(__file__).resolve().parents[2] / ".local" / "benchmarks"


@dataclass(frozen=True, slots=True)
class Private:
    """A private server with an empty database, which Django is pointed at."""

    server: postgres.Server
    database: str

    def copy(self, name: str) -> None:
        """Copy the database under another name, in place of an older copy, and use the copy."""
        names = {"copy": sql.Identifier(name), "database": sql.Identifier(self.database)}
        names["owner"] = sql.Identifier(postgres.OWNER)
        self.use(name)
        with psycopg.connect(self._root_url(), autocommit=True) as root:
            root.execute(sql.SQL("DROP DATABASE IF EXISTS {copy} WITH (FORCE)").format(**names))
            root.execute(
                sql.SQL("CREATE DATABASE {copy} TEMPLATE {database} OWNER {owner}").format(**names)
            )
            root.execute("CHECKPOINT")

    def use(self, name: str) -> None:
        """Point Django's two connections at a database of the server."""
        from django.db import connections

        for alias in ("default", "owner"):
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = name

    def drop(self, *names: str) -> None:
        """Drop databases."""
        with psycopg.connect(self._root_url(), autocommit=True) as root:
            for name in names:
                root.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
                )

    def _root_url(self) -> str:
        return self.server.url(postgres.SUPERUSER, "postgres")


@contextmanager
def private_database(name: str) -> Iterator[Private]:
    """Point Django at an empty database of a private server."""
    FOLDER.mkdir(mode=0o711, parents=True, exist_ok=True)
    with postgres.running(FOLDER / "postgresql") as server:
        postgres.make_roles(server)
        private = Private(server, name)
        private.drop(name)
        postgres.make_database(server, name)
        os.environ["DATABASE_URL"] = server.url(postgres.APPLICATION, name)
        os.environ["DATABASE_ADMIN_URL"] = server.url(postgres.OWNER, name)
        os.environ["SIMULATED_RAIL_FILE"] = str(FOLDER / "rail.sqlite3")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "together.settings")
        django.setup()
        from django.db import connections

        private.use(name)  # the settings name the first database that was used
        try:
            yield private
        finally:
            connections.close_all()


def prepare() -> None:
    """Migrate the database and enter its first security administrator."""
    from tests.factories import NOW
    from together.controls.operations import bootstrap, database

    database.prepare()
    named = {"username": "security", "full_name": "Sol Security", "email": "sol@example.test"}
    bootstrap.first_administrator(**named, at=NOW)
