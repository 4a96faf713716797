"""Processes that end with their parent and run without its rights."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from together.local.places import Account

PR_SET_PDEATHSIG = 1


def start(
    command: Sequence[str | Path],
    *,
    account: Account | None,
    log: Path,
    end_with: signal.Signals = signal.SIGTERM,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """
    Start a process that gets ``end_with`` when its parent dies, and runs as ``account``.

    Its output is appended to ``log``. On a system without a parent-death signal (macOS) the
    process is ended by :func:`end` only; the next start cleans up after a parent that was killed.
    """
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603 -- the command is ours
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=_settle(account, end_with),  # noqa: PLW1509 -- runs before any thread
            env=env,
            cwd=cwd,
            start_new_session=True,
        )


def run(command: Sequence[str | Path], *, account: Account | None) -> str:
    """
    Run a command to its end as ``account`` and give what it printed.

    :raises RuntimeError: if it fails, with its last lines
    """
    done = subprocess.run(  # noqa: S603
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=_settle(account, signal.SIGTERM),
        check=False,
        cwd="/",
    )
    text = done.stdout.decode(errors="replace")
    if done.returncode:
        last = "\n".join(text.splitlines()[-8:])
        raise RuntimeError(f"{Path(str(command[0])).name} ended with {done.returncode}:\n{last}")
    return text


def end(process: subprocess.Popen[bytes], with_signal: signal.Signals, seconds: float) -> None:
    """End a process we started: politely first, after some seconds for good."""
    if process.poll() is not None:
        return
    process.send_signal(with_signal)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _settle(account: Account | None, end_with: signal.Signals) -> Callable[[], None]:
    """Prepare what a child does before it becomes the program."""
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    parent = os.getpid()

    def settle() -> None:
        os.umask(0o077)
        if account is not None:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
        # After setuid, which clears it.
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, int(end_with))
            if os.getppid() != parent:
                os.kill(os.getpid(), end_with)

    return settle
