"""Real Celery workers and a beat for a test, and the means to kill them."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]


class Fleet:
    """Workers of one database and broker; each can be killed and is started again."""

    def __init__(self, *, database: str, broker: str, rail: Path, folder: Path) -> None:
        self.folder, self.kills = folder, 0
        self.env = {
            **os.environ,
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": broker,
            "TOGETHER_RAIL_FILE": str(rail),
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *arguments: str) -> None:
        """Start a worker or the beat in a process group of its own."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "together", *arguments],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start_worker(self, name: str) -> None:
        """Start a worker with two children."""
        self.start(
            name,
            "worker",
            "-c",
            "2",
            "-n",
            f"{name}@%h",
            "--without-mingle",
            "--without-gossip",
            "--loglevel",
            "WARNING",
        )

    def kill_one(self, chance: random.Random) -> None:
        """SIGKILL a child of a worker, or now and then a worker with all its children."""
        name = chance.choice([n for n in self.processes if n != "beat"])
        process = self.processes[name]
        if chance.random() < 0.2:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.start_worker(name)
            self.kills += 1
            return
        try:
            children = psutil.Process(process.pid).children()
            if children:
                chance.choice(children).kill()
                self.kills += 1
        except psutil.NoSuchProcess:
            pass

    def end(self) -> None:
        """Kill everything that still runs."""
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def fleet(*, database: str, broker: str, rail: Path, folder: Path, workers: int) -> Iterator[Fleet]:
    """Run some workers and a beat."""
    running = Fleet(database=database, broker=broker, rail=rail, folder=folder)
    try:
        for n in range(workers):
            running.start_worker(f"w{n}")
        running.start("beat", "beat", "--loglevel", "WARNING", "--max-interval", "1")
        yield running
    finally:
        running.end()


def wait_until(done, *, seconds: float, between=None) -> None:
    """Wait until something holds, doing something else in between."""
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise AssertionError(f"not done within {seconds} seconds")
        if between:
            between()
        else:
            time.sleep(0.2)
