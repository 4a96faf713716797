"""Figures of a run for people: decisions, reasons, how awards are spread, and its rejects."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db import connection

from retail_claims.models import Run
from retail_claims.rules.rejects import Reject
from together.ledger.rules.money import Money

# Edges of the bands in whole units of the asset; the last band has no end.
BANDS = (0, 10, 50, 100, 500, 1000, 2000, 4000, 6000)
SPREAD = """
SELECT width_bucket(award, %(edges)s::bigint[]) - 1, count(*), sum(award)::bigint
  FROM retail_claims_decision
 WHERE run_id = %(run)s AND decision = 'award' AND award > 0
 GROUP BY 1 ORDER BY 1
"""
DECILES = """
SELECT tenth, count(*), min(award), max(award), sum(award)::bigint
  FROM (SELECT award, ntile(10) OVER (ORDER BY award, id) AS tenth
          FROM retail_claims_decision
         WHERE run_id = %(run)s AND decision = 'award' AND award > 0) AS a
 GROUP BY tenth ORDER BY tenth
"""


@dataclass(frozen=True, slots=True)
class Band:
    """Awards from an amount up to, not including, another (None: without end)."""

    start: Money
    end: Money | None
    persons: int
    total: Money


@dataclass(frozen=True, slots=True)
class Decile:
    """A tenth of the awarded persons, from the smallest awards to the largest."""

    tenth: int
    persons: int
    smallest: Money
    largest: Money
    total: Money


def decisions(run: Run) -> dict[str, int]:
    """Give the number of persons by decision, as the run's summary counts them."""
    return dict(run.summary.get("decisions", {}))


def reasons(run: Run) -> dict[str, int]:
    """Give the number of persons by the test they failed; somebody may have failed several."""
    return dict(run.summary.get("reasons", {}))


def bands(run: Run) -> list[Band]:
    """Give the awards of a run by bands of amount; bands without awards are there too."""
    asset = run.programme.pool.asset
    whole = 10 ** Money(0, asset).decimals
    edges = [edge * whole for edge in BANDS]
    found = {band: (count, total) for band, count, total in _rows(SPREAD, run, edges=edges)}
    ends: list[Money | None] = [Money(edge, asset) for edge in edges[1:]]
    return [
        Band(Money(start, asset), end, count, Money(total, asset))
        for number, (start, end) in enumerate(zip(edges, [*ends, None], strict=True))
        for count, total in [found.get(number, (0, 0))]
    ]


def deciles(run: Run) -> list[Decile]:
    """Give the awards of a run by tenths of the persons awarded."""
    asset = run.programme.pool.asset
    return [
        Decile(tenth, persons, *(Money(amount, asset) for amount in amounts))
        for tenth, persons, *amounts in _rows(DECILES, run)
    ]


def rejects(path: Path, *, most: int = 200) -> list[Reject]:
    """Give the first rejected cells of a list of them."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        rows: Iterator[list[str]] = islice(csv.reader(file), 1, most + 1)
        return [Reject(name, int(row), *rest) for name, row, *rest in rows]


def rejects_file(run: Run) -> Path:
    """Give the place of the list of rejected rows, for a download."""
    return Path(run.folder) / "rejects.csv"


def _rows(query: str, run: Run, **values: list[int]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"run": run.pk, **values})
        return list(cursor.fetchall())
