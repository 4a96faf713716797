"""
What every test stands on: a private PostgreSQL, migrated once, copied for who needs it.

``db`` (of pytest-django) rolls back. ``own_database`` is a copy for one test alone: real commits,
deferred triggers, other connections, workers. The books cannot be emptied, so nothing is ever
flushed: what commits gets a database of its own.
"""

import hashlib
import itertools
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dj_database_url
import psycopg
import pytest
from django.contrib.auth.hashers import ScryptPasswordHasher
from psycopg import sql

from together.local import postgres, valkey
from together.local.places import FolderInUse

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(os.environ.get("TOGETHER_TEST_DIR") or ROOT / ".local" / "test")
URLS = ("DATABASE_URL", "DATABASE_ADMIN_URL")
# Files that take minutes, in the order in which they begin; the scheduler keeps it.
LONGEST = (
    "tests/loans/rules/test_life_machine.py",
    "tests/retail_claims/test_conformance.py",
    "tests/loans/rules/test_floating_machine.py",
    "tests/journeys/",
    "tests/treasury/test_payout_campaign.py",
    "tests/test_migrations.py",
    "tests/loans/operations/test_cov",
)
_services = ExitStack()
_number = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Start the private server once, in the process that the workers are started from."""
    is_pure = config.option.markexpr == "fast" or config.option.collectonly
    if "TOGETHER_TEST_TEMPLATE" in os.environ or is_pure:
        return
    if hasattr(config, "workerinput") or all(os.environ.get(name) for name in URLS):
        os.environ.setdefault("TOGETHER_TEST_TEMPLATE", f"together_template_{_code_digest()}")
        return
    FOLDER.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    FOLDER.mkdir(mode=0o711, parents=True, exist_ok=True)
    server = _start_server()
    postgres.make_roles(server)
    # So that a test, as owner, can give a table away to see what would happen then.
    with psycopg.connect(server.url(postgres.SUPERUSER, "postgres"), autocommit=True) as root:
        root.execute("GRANT together_app TO together_owner")
    os.environ["DATABASE_URL"] = server.url(postgres.APPLICATION, "postgres")
    os.environ["DATABASE_ADMIN_URL"] = server.url(postgres.OWNER, "postgres")
    os.environ["TOGETHER_TEST_TEMPLATE"] = f"together_template_{_code_digest()}"
    _tell_django()


def _start_server() -> postgres.Server:
    """Start the server in the usual folder, or in the next one that no other run of tests uses."""
    for n in range(1, 10):
        try:
            return _services.enter_context(postgres.running(FOLDER / f"postgresql-{n}"))
        except FolderInUse:
            continue
    raise pytest.UsageError(f"nine other runs of the tests use {FOLDER}")


def _tell_django() -> None:
    """Give Django, which read its settings before this file, the addresses of the server."""
    from django.db import connections

    for alias, name in zip(("default", "owner"), URLS, strict=True):
        connections.settings[alias] = dj_database_url.parse(os.environ[name])
        if hasattr(connections._connections, alias):
            del connections[alias]
    connections.configure_settings(connections.settings)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of pure rooms as fast, and begin with what takes longest."""
    for item in items:
        if {"rules", "formats"} & set(item.path.parts):
            item.add_marker("fast")
    items.sort(key=lambda item: _place(item.path.relative_to(ROOT).as_posix()))


def _place(path: str) -> int:
    """Give where a file stands: a long one that begins last is waited for by itself."""
    return next((n for n, start in enumerate(LONGEST) if path.startswith(start)), len(LONGEST))


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what was started."""
    _services.close()


def _code_digest() -> str:
    """Give a name for the present migrations: the template is made anew when they change."""
    running = hashlib.sha256()
    files = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/*/migrations/*.py")]
    rules = [*ROOT.glob("**/rules/states.py"), *ROOT.glob("**/rules/chart.py")]
    rules += ROOT.glob("**/rules/authority.py")
    for path in sorted([*files, *rules, Path(__file__)]):
        running.update(path.read_bytes())
    return running.hexdigest()[:12]


def owner(database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
    """Sign in as the owner of the tables."""
    from django.db import connections

    settings = connections["owner"].settings_dict
    return psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"] or None,
        user=settings["USER"],
        password=settings["PASSWORD"],
        dbname=database,
        autocommit=True,
    )


def _exists(connection: psycopg.Connection[tuple[object, ...]], name: str) -> bool:
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    return found is not None


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Point Django's two connections at another database."""
    from django.db import connections

    before = {alias: connections[alias].settings_dict["NAME"] for alias in ("default", "owner")}
    for alias in before:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
    try:
        yield
    finally:
        for alias, old in before.items():
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = old


@pytest.fixture(scope="session", autouse=True)
def _hashing_of_passwords() -> None:
    """Hash passwords with little work: hundreds of tests sign people in, and none is attacked."""
    ScryptPasswordHasher.work_factor = 2**4


@pytest.fixture(scope="session")
def template_database(django_db_blocker) -> str:
    """Give the name of a migrated database with one security administrator, made once."""
    from django.utils import timezone

    from together.controls.operations import bootstrap, database

    name = os.environ["TOGETHER_TEST_TEMPLATE"]
    with owner() as connection:
        # One process makes it, the others wait for the lock and find it.
        connection.execute("SELECT pg_advisory_lock(4711)")
        if _exists(connection, name):
            return name
        fresh = sql.Identifier(f"{name}_new")
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(fresh))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(fresh))
        with django_db_blocker.unblock(), pointed_at(f"{name}_new"):
            database.prepare()
            bootstrap.first_administrator(
                username="security",
                full_name="Sol Security",
                email="sol@example.test",
                at=timezone.now(),
            )
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(fresh, sql.Identifier(name))
        )
        mark = sql.SQL("COMMENT ON DATABASE {} IS {}")
        connection.execute(mark.format(sql.Identifier(name), sql.Literal(database.DEMO_MARK)))
    return name


def drop(name: str) -> None:
    """Drop a database; where autovacuum is at work in it, as soon as that is done."""
    for _ in range(100):
        with owner() as connection:
            try:
                connection.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
                )
            except psycopg.errors.InsufficientPrivilege:  # only a superuser ends autovacuum
                time.sleep(0.1)
            else:
                return
    raise RuntimeError(f"database {name} does not get free")


@contextmanager
def copy_of(template: str) -> Iterator[str]:
    """Make a copy of a database, and drop it afterwards."""
    name = f"test_{os.getpid()}_{next(_number)}"
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
    drop(name)
    with owner() as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log").format(**names)
        )
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {name} IS 'together: demo'").format(**names)
        )
    try:
        yield name
    finally:
        drop(name)


@pytest.fixture(scope="session")
def django_db_setup(template_database, django_db_blocker) -> Iterator[None]:
    """Give this process a copy of the template for the tests that roll back."""
    with copy_of(template_database) as name, pointed_at(name):
        yield


@pytest.fixture
def own_database(template_database, django_db_blocker, settings, tmp_path) -> Iterator[str]:
    """
    Give the address of a database for this test alone; Django points at it meanwhile.

    Operations commit for real, and other processes can be started with the address as
    ``DATABASE_URL``.
    """
    from urllib.parse import quote

    from django.db import connection

    from together.treasury.operations import rails

    settings.SIMULATED_RAIL_FILE = str(tmp_path / "rail.sqlite3")
    rails.rail.cache_clear()
    with copy_of(template_database) as name, django_db_blocker.unblock(), pointed_at(name):
        parts = connection.settings_dict
        host = quote(parts["HOST"], safe="")
        yield f"postgresql://{parts['USER']}:{quote(parts['PASSWORD'])}@{host}/{name}"
    rails.rail.cache_clear()


@pytest.fixture(scope="session")
def broker(tmp_path_factory) -> Iterator[valkey.Broker]:
    """Give a private Valkey for this test process."""
    with valkey.running(tmp_path_factory.mktemp("valkey")) as running:
        yield running
