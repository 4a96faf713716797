"""What a noisy line really is, and how what a matcher made of it is judged."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Parts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One payment as a programme orders it; ``day`` is the day the rail took it."""

    reference: str
    amount: int
    payee: str
    name: str
    batch: str
    day: date


@dataclass(frozen=True, slots=True)
class NoisyLine:
    """One line as a statement tells it; ``amount`` in minor units, below zero when money left."""

    entry_id: str
    booked_at: datetime
    type: str
    amount: int
    reference: str
    counterparty: str
    counterparty_account: str
    details: str
    value_on: date


@dataclass(frozen=True, slots=True)
class Truth:
    """
    What a line is.

    ``parts`` says how much of which orders it pays; a return is a part below zero. ``fee`` is what
    the servicer kept. A line with parts has ``amount == -(sum of parts) - fee``; what pays nothing of ours has neither.
    ``or_else`` names orders that the line points to just as well or better, so that nobody who
    reads it could know: taking one of them is counted as undecidable, not as false.
    """

    kind: str
    parts: Parts = ()
    fee: int = 0
    or_else: frozenset[str] = frozenset()


@dataclass(slots=True)
class Verdict:
    """How a matcher did, in numbers of lines; ``false`` names each wrong match."""

    lines: int = 0
    expected: int = 0  # lines that pay or return something of ours
    automatic: int = 0  # of them: matched to exactly what they are
    undecidable: int = 0  # of all: the evidence points to another order as well
    guessed: int = 0  # of the undecidable: matched to that other one
    false: list[str] = field(default_factory=list)
    by_kind: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Give the share of our lines that were matched automatically."""
        return self.automatic / self.expected

    @property
    def share_of_all(self) -> float:
        """Give the share of all lines, foreign ones too, that were matched automatically."""
        return self.automatic / self.lines

    def shown(self) -> str:
        """Write the figures, then one row a kind: lines, matched, left, false."""
        head = (
            f"{self.lines:,} lines, {self.expected:,} of ours; automatic {self.automatic:,}"
            f" = {self.share:.2%} of ours, {self.share_of_all:.2%} of all; false"
            f" {len(self.false)}; undecidable {self.undecidable} ({self.undecidable / self.lines:.3%}),"
            f" of them taken for the other {self.guessed}"
        )
        rows = [
            f"  {kind:<24}{sum(counts.values()):>8,}{counts['right']:>9,}"
            f"{counts['left']:>7,}{counts['false']:>6}{counts['guessed']:>8}"
            for kind, counts in sorted(self.by_kind.items())
        ]
        title = f"  {'kind':<24}{'lines':>8}{'matched':>9}{'left':>7}{'false':>6}{'guessed':>8}"
        return "\n".join([head, title, *rows])


def judge(said: Iterable[tuple[NoisyLine, Truth]], found: Mapping[str, Parts]) -> Verdict:
    """
    Judge what was found by the truth.

    ``found`` gives, by entry id, what a line was matched to: orders by reference and how much of
    them, below zero for a return. A line that is not there was left.
    """
    verdict = Verdict()
    for line, truth in said:
        verdict.lines += 1
        verdict.expected += bool(truth.parts)
        verdict.undecidable += bool(truth.or_else)
        result = _one(truth, found.get(line.entry_id, ()))
        verdict.automatic += result == "right"
        verdict.guessed += result == "guessed"
        if result == "false":
            verdict.false.append(
                f"{truth.kind}: {line} is {truth.parts} fee {truth.fee},"
                f" found {found[line.entry_id]}"
            )
        verdict.by_kind.setdefault(truth.kind, Counter())[result] += 1
    return verdict


def _one(truth: Truth, found: Parts) -> str:
    if not found:
        return "left"
    if sorted(found) == sorted(truth.parts):
        return "right"
    if truth.or_else.issuperset(reference for reference, _ in found):
        return "guessed"
    return "false"
