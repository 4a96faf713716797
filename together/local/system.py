"""The whole system on one machine: database, broker, workers, the demo, and the site."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from together.local import processes
from together.local.services import environment

ROOT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, str(ROOT / "manage.py")]
CELERY = [sys.executable, "-m", "celery", "-A", "together"]


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller chose: the port to serve on, and the options handed to the demo."""

    folder: Path
    port: int
    demo: Sequence[str]


def demo(options: Options) -> int:
    """Run the main job on a prepared system and give its exit status: 0 only if all is proved."""
    with environment(options.folder, os.environ) as found, _workers(options, found) as env:
        return call([*MANAGE, "demo", *options.demo], env)


def run(options: Options) -> int:
    """Run the main job unless it ran before, then serve until somebody stops us."""
    with environment(options.folder, os.environ) as found, _workers(options, found) as env:
        status = call([*MANAGE, "demo", *options.demo], env)
        if status:
            return status
        call([*MANAGE, "demo", "--addresses", f"http://127.0.0.1:{options.port}"], env)
        server = [sys.executable, "-m", "gunicorn", "together.wsgi", "--workers", "2"]
        server += ["--bind", f"127.0.0.1:{options.port}", "--threads", "4"]
        return call([*server, "--access-logfile", "-", "--log-level", "warning"], env)


@contextmanager
def _workers(options: Options, found: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Prepare the database, then run a worker and the beat beside the block."""
    # Logs and files go there even where no private service does.
    options.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    env = {**found, "TOGETHER_LOCAL_DIR": str(options.folder)}
    status = call([*MANAGE, "prepare_database"], env)
    if status:
        raise SystemExit(status)
    started = []
    try:
        for name, arguments in (
            ("worker", ["worker", "-c", "2", "--without-mingle", "--without-gossip"]),
            ("beat", ["beat", "--max-interval", "2"]),
        ):
            log = options.folder / f"{name}.log"
            command = [*CELERY, *arguments, "--loglevel", "WARNING"]
            started.append(processes.start(command, account=None, log=log, env=env, cwd=ROOT))
        yield env
    finally:
        for process in reversed(started):
            processes.end(process, signal.SIGTERM, 10)


def call(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run one command to its end and give its exit status; on our way out it ends first."""
    child = subprocess.Popen(command, env=dict(env))  # noqa: S603 -- our own commands
    try:
        return child.wait()
    finally:
        processes.end(child, signal.SIGTERM, 15)
