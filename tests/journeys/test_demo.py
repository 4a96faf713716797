"""
The demo on an empty folder: told once, killed in the middle and told on, served twice.

It is the system as a newcomer starts it: private services, real workers, the hostile rail.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests import workers

# Each test goes on where the one before it ended: a file of tests runs in one process.
ROOT = Path(__file__).resolve().parents[2]


# What is told of the twelve institutions, beside those that just pay on time, early and late.
LIVES = (
    "Quillon Yield Fund LP is declined",
    "Orthogonal Arbitrage LP is referred",
    "overpaid 250.00 USDC",
    "named 'ALDGATE INVOICE 2291' and waited",
    "named 'L-9999 ALDGATE' and waited",
    "550 ETH more",
    "the call is met",
    "rate change of",
    "extend of",
    "re-age of",
    "amendment letter AL-0001 is accepted by",
    "write off of",
    "Perihel Trading Ltd pays 150,000.00 USDC",
    "Zephyr Quantitative Ltd owes nothing more",
    "Halden Prime Brokerage AS owes nothing more",
)


def command(*arguments):
    return [sys.executable, "-m", "together.local", *arguments]


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE", "CELERY"))}
    return {**kept, "TOGETHER_LOCAL_DIR": str(tmp_path_factory.mktemp("demo") / "local")}


def run(env, *arguments):
    done = subprocess.run(
        command(*arguments), cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def family(pid):
    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]


def test_the_demo_killed_in_the_middle_goes_on_where_it_was(env):
    process = subprocess.Popen(
        command("demo", "--accounts", "1000", "--seed", "3"),
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seen = []
    for line in process.stdout:
        seen.append(line)
        if "released in" in line:
            break
    assert any("is on the public page; nothing is paid yet" in line for line in seen), seen
    time.sleep(0.5)
    for member in family(process.pid):
        try:
            member.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            pass
    process.communicate()

    status, text = run(env, "demo", "--accounts", "1000", "--seed", "3")
    assert status == 0, text
    assert "policy 'seed' decided" not in text, "the run that was decided is the run"
    assert "proofs hold" in text
    assert " receipt, " in next(line for line in text.splitlines() if "letters: " in line)
    for failed in ("NOT SAID", "NOT CLOSED", "NOT VALUED", "FAIL"):
        assert failed not in text
    for said in LIVES:
        assert said in text, said
    # Every account agrees to the cent; one has a break that is named, and somebody looks into it.
    proved = [line for line in text.splitlines() if "books, instructions and statements" in line]
    assert len(proved) == 5
    assert all("differ by 0.00" in line for line in proved), proved
    assert [line.split(": ")[0].split()[-1] for line in proved if "breaks" in line] == ["loans-usd"]
    assert "is refused and kept: loans-usd statement 3" in text
    assert "COSTS-WINDDOWN-1 is settled: it stands on the bank's statement" in text
    # The oracle is outside the books: what really left the wallet, once each.
    from together.treasury.operations.rails.simulated import SimulatedRail

    paid = SimulatedRail(Path(env["TOGETHER_LOCAL_DIR"]) / "rail.sqlite3").paid(
        wallet="together-retail"
    )
    assert len(paid) > 100
    assert all(len(amounts) == 1 for amounts in paid.values())


def test_a_second_demo_writes_nothing_and_proves_again(env):
    status, text = run(env, "demo", "--accounts", "5", "--seed", "9")
    assert status == 1
    assert "--accounts 5: must be 10 to 2,000,000" in text
    status, text = run(env, "demo", "--accounts", "5000", "--seed", "9")
    assert status == 0, text
    assert "The demo is in this database already" in text


def test_a_run_serves_what_is_there_and_ends_with_everything_it_started(env):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        command("run", "--port", str(port)),
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Tests that run in the background inherit that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    text = ""
    for line in process.stdout:
        text += line
        if "Stop with Ctrl-C" in line:
            break
    assert "The demo is in this database already" in text
    for role in ("Loan officer", "Treasury approver", "Auditor", "Institution: Viewer"):
        assert role in text
    address = f"http://127.0.0.1:{port}"
    workers.wait_until(lambda: status_of(f"{address}/health/ready") == 200, seconds=60)
    answers = {path: status_of(address + path) for path in ("/", "/accounts/login/", "/console/")}
    assert answers == {"/": 200, "/accounts/login/": 200, "/console/": 200}
    started = family(process.pid)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=90)
    _, alive = psutil.wait_procs(started, timeout=20)
    assert alive == []


def status_of(address):
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status
    except OSError as error:
        return getattr(error, "code", None)


def test_every_proof_is_given_to_machines_as_well(env):
    status, text = run(env, "--", sys.executable, "manage.py", "prove", "--json")
    found = json.loads(text)
    assert status == 0
    assert found["holds"] is True
    assert {c["area"] for c in found["checks"]} == {
        "books",
        "treasury",
        "claims",
        "loans",
        "controls",
    }


def test_the_exported_books_are_accepted_by_bean_check(env, tmp_path):
    out = tmp_path / "books.beancount"
    arguments = ["export_books", "--format", "beancount", "--out", str(out)]
    status, text = run(env, "--", sys.executable, "manage.py", *arguments)
    assert status == 0, text
    checker = Path(sys.executable).with_name("bean-check")
    done = subprocess.run([checker, out], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_database_that_is_not_marked_takes_no_demo_data(env):
    code = (
        "import psycopg, os; c = psycopg.connect(os.environ['DATABASE_ADMIN_URL'],"
        " autocommit=True); c.execute('comment on database together is null')"
    )
    assert run(env, "--", sys.executable, "-c", code)[0] == 0
    status, text = run(env, "--", sys.executable, "manage.py", "demo")
    assert status == 1
    assert "database together is not marked as a demo" in text
