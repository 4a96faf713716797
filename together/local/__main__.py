"""
Runs a command with private services, or the whole system.

``python -m together.local -- command ...``, ``... demo [options of manage.py demo]``,
``... run [--port N] [options of manage.py demo]``.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from together.local import system
from together.local.places import NoPrivateService
from together.local.services import environment

USE = "use: python -m together.local run|demo [options], or -- command ...\n"


def main(arguments: list[str]) -> int:
    """Do what the first argument says and give the exit status."""
    word, rest = (arguments or [""])[0], arguments[1:]
    if word not in ("--", "run", "demo") or (word == "--" and not rest):
        sys.stderr.write(USE)
        return 2
    folder = Path(os.environ.get("TOGETHER_LOCAL_DIR") or system.ROOT / ".local")
    # The services end in the block's own way, whoever asks us to stop.
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    try:
        return _do(word, rest, folder)
    except NoPrivateService as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _do(word: str, rest: list[str], folder: Path) -> int:
    port = 8000
    if "--port" in rest:
        at = rest.index("--port")
        port, rest = int(rest[at + 1]), rest[:at] + rest[at + 2 :]
    if word == "run":
        return system.run(system.Options(folder, port, rest))
    if word == "demo":
        return system.demo(system.Options(folder, port, rest))
    with environment(folder, os.environ) as env:
        return system.call(rest, env)


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
