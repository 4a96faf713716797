"""Measuring: repeated runs of a piece of work in a process of its own, and the table of them."""

import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Work = Callable[[], object]
COLUMNS = ("name", "size", "ours", "peer", "limit", "ours/peer", "ours/limit", "peak MB (peer)")


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds for one unit of work (median, least, most), and the peak memory in MB."""

    median: float
    least: float
    most: float
    peak: float

    def of(self, units: int) -> "Measured":
        """Give the time of so many units, if this is of one."""
        times = (self.median * units, self.least * units, self.most * units)
        return Measured(*times, self.peak)

    def shown(self) -> str:
        """Write median and range in a fitting unit of time."""
        unit, name = next(
            (unit, name)
            for unit, name in ((1, "s"), (1e-3, "ms"), (1e-6, "us"))
            if self.median >= unit or name == "us"
        )
        low, middle, high = (value / unit for value in (self.least, self.median, self.most))
        return f"{middle:.3g} {name} ({low:.3g}-{high:.3g})"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: our work against a peer's and against the limit."""

    name: str
    size: str
    ours: Measured
    peer: tuple[str, Measured] | None = None
    limit: Measured | None = None

    def cells(self) -> tuple[str, ...]:
        """Write the line; the ratios are ours over theirs, below 1 is faster."""
        peer = f"{self.peer[0]}: {self.peer[1].shown()}" if self.peer else "-"
        return (
            self.name,
            self.size,
            self.ours.shown(),
            peer,
            self.limit.shown() if self.limit else "-",
            f"{self.ours.median / self.peer[1].median:.3g}" if self.peer else "-",
            f"{self.ours.median / self.limit.median:.3g}" if self.limit else "-",
            f"{self.ours.peak:.0f}" + (f" ({self.peer[1].peak:.0f})" if self.peer else ""),
        )


def measured(work: Work, *, repeats: int, units: int = 1, before: Work = lambda: None) -> Measured:
    """
    Run work several times in a fresh process; the times are for one of its units.

    What is to be done ``before`` each time is not measured.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(work, repeats, units, before, sender))
    process.start()
    # The child's end alone stays open, so that a child that dies is not waited for.
    sender.close()
    times, peak = receiver.recv()
    process.join()
    return Measured(statistics.median(times), min(times), max(times), peak)


def in_turn(*works: tuple[Work, Work], repeats: int) -> list[Measured]:
    """
    Run works (each with what is to be done before it) one after the other, and all of it again.

    What else the machine does then meets all of them alike.
    """
    found: list[list[Measured]] = [[] for _ in works]
    for _ in range(repeats):
        for n, (work, before) in enumerate(works):
            found[n].append(measured(work, repeats=1, before=before))
    return [_together(those) for those in found]


def _together(those: Sequence[Measured]) -> Measured:
    times = [one.median for one in those]
    return Measured(
        statistics.median(times), min(times), max(times), max(one.peak for one in those)
    )


def _run(work: Work, repeats: int, units: int, before: Work, sender) -> None:
    times = []
    for _ in range(repeats):
        before()
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) / units)
    sender.send((times, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def show(lines: Sequence[Line]) -> None:
    """Print the table; times are for the whole size, or as the size says."""
    rows = [COLUMNS, *(line.cells() for line in lines)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(COLUMNS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
