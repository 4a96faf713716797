"""Private services start from nothing, end with their parent and recover from a kill of all."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
WRITE = (
    "import psycopg, os; c = psycopg.connect(os.environ['DATABASE_ADMIN_URL'], autocommit=True);"
    " c.execute('create table if not exists kept (n int)'); c.execute('insert into kept values (1)')"
)
COUNT = (
    "import psycopg, os; c = psycopg.connect(os.environ['DATABASE_ADMIN_URL']);"
    " print(c.execute('select count(*) from kept').fetchone()[0])"
)


def environment(folder, **given):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE", "CELERY"))}
    return {**kept, "TOGETHER_LOCAL_DIR": str(folder), **given}


def start(folder, *command, **given):
    return subprocess.Popen(
        [sys.executable, "-m", "together.local", "--", *command],
        cwd=ROOT,
        env=environment(folder, **given),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(process):
    text, _ = process.communicate(timeout=120)
    return process.returncode, text


def below(pid):
    return psutil.Process(pid).children(recursive=True)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "local"


def test_what_was_committed_is_there_after_everything_was_killed(folder):
    assert finish(start(folder, sys.executable, "-c", WRITE))[0] == 0
    code = f"{WRITE}; import time; print('written', flush=True); time.sleep(100)"
    running = start(folder, sys.executable, "-c", code)
    assert running.stdout.readline() == "written\n"
    family = below(running.pid)
    servers = [p for p in family if p.name() in ("postgres", "valkey-server")]
    assert {p.name() for p in servers} == {"postgres", "valkey-server"}
    os.kill(running.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(servers, timeout=15)
    assert alive == [], "the servers end with their parent"
    for process in family:
        if process.is_running():
            process.kill()
    finish(running)
    assert finish(start(folder, sys.executable, "-c", COUNT)) == (0, "2\n")


def test_a_second_process_in_the_same_folder_is_told_who_holds_it(folder):
    first = start(
        folder, sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"
    )
    try:
        assert first.stdout.readline() == "up\n"
        status, text = finish(start(folder, "true"))
        assert status == 1
        assert f"process {first.pid} runs the private services" in text
    finally:
        first.terminate()
        finish(first)


def test_half_of_the_database_addresses_is_refused(folder):
    status, text = finish(start(folder, "true", DATABASE_URL="postgresql://x"))
    assert status == 1
    assert "set both DATABASE_URL" in text
    assert not folder.exists()


def test_given_addresses_are_used_and_nothing_private_is_started(folder):
    given = {
        "DATABASE_URL": "postgresql://a",
        "DATABASE_ADMIN_URL": "postgresql://b",
        "CELERY_BROKER_URL": "redis://c",
    }
    code = f"import os; print([os.environ[n] for n in {list(given)!r}])"
    status, text = finish(start(folder, sys.executable, "-c", code, **given))
    assert (status, text.strip()) == (0, str(list(given.values())))
    assert not folder.exists()


def test_the_exit_status_is_the_commands(folder):
    given = dict.fromkeys(("DATABASE_URL", "DATABASE_ADMIN_URL", "CELERY_BROKER_URL"), "x")
    assert finish(start(folder, sys.executable, "-c", "raise SystemExit(7)", **given))[0] == 7


def test_a_folder_without_a_server_is_named(folder):
    status, text = finish(start(folder, "true", TOGETHER_POSTGRES="/nowhere"))
    assert status == 1
    assert "TOGETHER_POSTGRES=/nowhere: there is no postgres in it" in text


SYSTEM = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None)


@pytest.mark.skipif(SYSTEM is None, reason="this machine has no PostgreSQL of its own")
def test_a_system_server_of_fifteen_or_newer_serves_as_well(folder):
    code = (
        "import psycopg, os; c = psycopg.connect(os.environ['DATABASE_URL']);"
        " print(c.info.server_version // 10000, c.execute('select current_user').fetchone()[0])"
    )
    status, text = finish(start(folder, sys.executable, "-c", code, TOGETHER_POSTGRES=str(SYSTEM)))
    assert (status, text.split()) == (0, [SYSTEM.parent.name, "together_app"])


def test_a_database_that_does_not_answer_is_named_without_a_traceback(folder):
    nowhere = "postgresql://role:secret@%2Fnowhere/name"
    given = {
        "DATABASE_URL": nowhere,
        "DATABASE_ADMIN_URL": nowhere,
        "CELERY_BROKER_URL": "redis+socket:///nowhere/socket",
    }
    done = subprocess.run(
        [sys.executable, "-m", "together.local", "demo"],
        cwd=ROOT,
        env=environment(folder, **given),
        capture_output=True,
        text=True,
        check=False,
    )
    text = done.stdout + done.stderr
    assert done.returncode == 1
    assert (
        "DATABASE_ADMIN_URL: connection failed" in text
        or "DATABASE_ADMIN_URL: connection is" in text
    )
    assert "Traceback" not in text
    assert "secret" not in text
