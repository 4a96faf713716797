"""Runs a command with private services: ``python -m together.local -- command ...``."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from together.local.places import NoPrivateService
from together.local.services import environment


def main(arguments: list[str]) -> int:
    """Run the command after ``--`` and give its exit status."""
    if not arguments or arguments[0] != "--" or len(arguments) == 1:
        sys.stderr.write("use: python -m together.local -- command ...\n")
        return 2
    folder = Path(os.environ.get("TOGETHER_LOCAL_DIR") or Path(__file__).parents[2] / ".local")
    # The services end in the block's own way, whoever asks us to stop.
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    try:
        with environment(folder, os.environ) as env:
            return _run(arguments[1:], env)
    except NoPrivateService as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _run(command: list[str], env: dict[str, str]) -> int:
    """Run the command; on our way out end it before its services."""
    child = subprocess.Popen(command, env=env)  # noqa: S603 -- the caller's own command
    try:
        return child.wait()
    finally:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
