"""Reads statements, each in a process of its own with little memory and time; told by lines."""

import json
import os
import resource
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.treasury.formats import writers
from together.treasury.formats import reading
from together.treasury.formats.parsed import Unreadable

MEMORY = 256 * 1024 * 1024
# A reading is killed after this many seconds of the processor, however slow the machine is.
SECONDS = 30
# What building and reading 100,000 small objects takes on the machine that the seconds are meant for.
OBJECTS = 0.08


def outcome(path: str, *, is_mapped: bool = True) -> dict[str, object]:
    """Read one file; say what came of it."""
    mapping = writers.mapping(writers.european()) if is_mapped else None
    try:
        statements = reading.read(Path(path).read_bytes(), mapping=mapping)
    except Unreadable as refused:
        return {"refused": [asdict(fault) for fault in refused.faults[:3]], "text": str(refused)}
    except BaseException as error:
        return {"raised": f"{type(error).__name__}: {error}"[:300]}
    lines = [asdict(line) for one in statements for line in one.lines[:3]]
    return {
        "read": lines[:3],
        "left_out": [one.reason for each in statements for one in each.left_out[:3]],
    }


def slowness() -> float:
    """Say how many times longer than that machine this one takes just now; never below one."""
    began = time.process_time()
    made = [{"name": str(n), "held": [n]} for n in range(100_000)]
    assert sum(int(one["name"]) - one["held"][0] for one in made) == 0
    return max((time.process_time() - began) / OBJECTS, 1.0)


def confined(path: str, *, is_mapped: bool) -> dict[str, object]:
    """Read one file in a child that is killed beyond its memory or processor time."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        slow = slowness()
        before = resource.getrusage(resource.RUSAGE_SELF)
        found = outcome(path, is_mapped=is_mapped)
        after = resource.getrusage(resource.RUSAGE_SELF)
        taken = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        # What else runs on the machine changes meanwhile: the slower of both ends counts.
        found["seconds"] = taken / max(slow, slowness())
        found["megabytes"] = (after.ru_maxrss - before.ru_maxrss) / 1024
        os.write(into, json.dumps(found, default=str).encode())
        os._exit(0)
    os.close(into)
    with os.fdopen(out, "rb") as told:
        text = told.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if text else {"killed": status}


def serve() -> None:
    """Read the files named on the standard input; answer each with one line."""
    outcome(os.devnull)
    for line in sys.stdin:
        began = time.monotonic()
        found = confined(**json.loads(line))
        print(json.dumps({**found, "elapsed": time.monotonic() - began}), flush=True)


if __name__ == "__main__":
    serve()
