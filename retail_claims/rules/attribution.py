"""Attribution: which class a loss belongs to, by the incidents that were on at its moment."""

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

EVERY_INSTRUMENT = "*"


class Incident(NamedTuple):
    """A fault interval of an instrument (``*``: of all): start <= moment < end, microseconds."""

    instrument: str
    starts_at: int
    ends_at: int
    class_id: str


class Span(NamedTuple):
    """From this moment on the best class of an instrument has this rank; None: no incident."""

    instrument: str
    starts_at: int
    rank: int | None


def ranks(rates: Mapping[str, Fraction]) -> dict[str, int]:
    """Rank the classes: the highest rate first, of equal rates the smaller id in byte order."""
    best_first = sorted(rates, key=lambda class_id: (-rates[class_id], class_id))
    return {class_id: rank for rank, class_id in enumerate(best_first)}


def spans(incidents: Iterable[Incident], rank_of: Mapping[str, int]) -> list[Span]:
    """
    Turn overlapping incidents into spans that follow each other, instrument by instrument.

    The class of a moment is the best rank among the span of its instrument and that of ``*``.
    """
    by_instrument: dict[str, list[Incident]] = {}
    for incident in incidents:
        by_instrument.setdefault(incident.instrument, []).append(incident)
    found = []
    for instrument, own in sorted(by_instrument.items()):
        changes = sorted(
            change
            for one in own
            for change in (
                (one.starts_at, rank_of[one.class_id], 1),
                (one.ends_at, rank_of[one.class_id], -1),
            )
        )
        found += _sweep(instrument, changes)
    return found


def _sweep(instrument: str, changes: list[tuple[int, int, int]]) -> list[Span]:
    """Walk along the starts and ends and note the best rank that is on after each moment."""
    is_on: Counter[int] = Counter()
    best: dict[int, int | None] = {}
    for moment, rank, change in changes:
        is_on[rank] += change
        best[moment] = min((one for one, count in is_on.items() if count > 0), default=None)
    return [Span(instrument, moment, rank) for moment, rank in best.items()]
