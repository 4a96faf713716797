"""
Simulating: what another policy would decide on facts that were gathered before.

The facts are one Parquet file, a row a person, with what they rest on in a file of JSON beside
it. A simulation reads the columns and asks the rules; it needs no database.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from retail_claims.formats import atoms
from retail_claims.operations.adjudication.people import losses
from retail_claims.rules import simulated, simulation
from retail_claims.rules.allocation_columns import Column
from retail_claims.rules.criteria import DECISIONS
from retail_claims.rules.decision_columns import Facts, Mask
from retail_claims.rules.policy import Policy
from retail_claims.rules.simulated import Compared, Outcome, Simulated
from retail_claims.rules.texts import write_money

FACTS = "facts.parquet"
BASIS = "basis.json"
FLAGS = ("is_known", "is_hurt", "is_excluded", "is_held")
# Sums over the classes of a person stay within 64 bits below this.
LARGEST = 2**59
WRITE = """
COPY (SELECT person_id, {classes}, coalesce(net, 0)::DECIMAL(38, 8) AS net,
             net IS NOT NULL AS is_known, hurt > 0 AS is_hurt, exclusions <> '' AS is_excluded,
             holds <> '' AS is_held, prior::DECIMAL(38, 8) AS prior, paid::DECIMAL(38, 8) AS paid
        FROM fact ORDER BY n)
  TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 200000)
"""
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Facts that were gathered: what they rest on, their classes, and what was paid in atoms."""

    folder: Path
    basis: dict[str, Any]
    classes: list[str]
    paid: int
    persons: int


@dataclass(frozen=True, slots=True)
class Read:
    """Facts as they were read: amounts in atoms and flags, by column, in the order of persons."""

    found: Gathered
    amounts: dict[str, Column]
    flags: dict[str, Mask]


class OtherFacts(ValueError):
    """Raised when facts were gathered for policies of another basis; ``parts`` say which."""

    def __init__(self, parts: list[str]) -> None:
        super().__init__(f"the facts were gathered with another {', '.join(parts)}")
        self.parts = parts


class TooLarge(ValueError):
    """Raised when an amount is too large to simulate; a run can bear it."""


def keep_facts(db: duckdb.DuckDBPyConnection, policy: Policy, folder: Path) -> None:
    """Write the facts that were gathered, and what they rest on, into a folder."""
    rows = db.execute('SELECT DISTINCT "class" FROM incidents ORDER BY 1').fetchall()
    paid = db.sql("SELECT coalesce(sum(amount), 0)::DECIMAL(38, 8) AS paid FROM paid")
    about = {
        "basis": simulation.basis(policy, [one for (one,) in rows]),
        "classes": policy.classes,
        "paid": atoms.read(paid.to_arrow_table()["paid"])[0],
        "persons": db.execute("SELECT count(*) FROM fact").fetchall()[0][0],
    }
    named = zip(losses(policy), policy.classes, strict=True)
    classes = ", ".join(f'{column} AS "loss {one}"' for column, one in named)
    path = str(folder / FACTS).replace("'", "''")
    db.execute(WRITE.format(classes=classes, path=path))
    (folder / BASIS).write_text(json.dumps(about))


def gathered(folder: Path) -> Gathered:
    """Give the facts of a folder."""
    about = json.loads((folder / BASIS).read_text())
    return Gathered(folder, about["basis"], about["classes"], about["paid"], about["persons"])


def simulate(folder: Path, policy: Policy) -> Simulated:
    """
    Say what a policy would decide on the facts of a folder, in sum.

    :raises OtherFacts: if the facts do not serve the policy
    :raises TooLarge: if an amount is too large
    """
    return simulated.sum_up(policy, _decide(_read(folder), policy))


def compare(folder: Path, policy: Policy, *, before: Policy) -> tuple[Simulated, Compared]:
    """
    Say what a policy would decide, and who gains or loses by it against another one.

    :raises OtherFacts: if the facts do not serve one of them
    :raises TooLarge: if an amount is too large
    """
    read = _read(folder)
    was, now = _decide(read, before), _decide(read, policy)
    return simulated.sum_up(policy, now), simulated.compare(was, now)


def differences(folder: Path, policy: Policy, *, before: Policy) -> Iterator[Row]:
    """
    Give each person whose decision or award is another one than before, in the order of ids.

    A row is the person, the decisions before and after, the awards before and after and the
    difference, amounts as money texts.

    :raises OtherFacts: if the facts do not serve one of them
    :raises TooLarge: if an amount is too large
    """
    read = _read(folder)
    was, now = _decide(read, before), _decide(read, policy)
    return _differing(folder, policy, was, now)


def _differing(folder: Path, policy: Policy, was: Outcome, now: Outcome) -> Iterator[Row]:
    places = simulated.differing(was, now)
    for n, person in zip(places.tolist(), _ids(folder, places), strict=True):
        first, then = int(was.award[n]), int(now.award[n])
        yield (
            person,
            DECISIONS[was.decided.decision[n]],
            DECISIONS[now.decided.decision[n]],
            *(write_money(units * policy.unit) for units in (first, then, then - first)),
        )


def _decide(read: Read, policy: Policy) -> Outcome:
    """Decide everybody; a class that no incident had is a class without losses."""
    found, amounts = read.found, read.amounts
    parts = simulation.differing(policy, found.basis)
    if parts:
        raise OtherFacts(parts)
    nothing = np.zeros(len(amounts["net"]), dtype=np.int64)
    facts = Facts(
        losses=[amounts.get(f"loss {one}", nothing) for one in policy.classes],
        net=amounts["net"],
        prior=amounts["prior"],
        paid=amounts["paid"],
        **read.flags,
    )
    ids = partial(_ids, found.folder)
    return simulated.decide(policy, facts, all_paid=found.paid, ids=ids)


def _ids(folder: Path, places: Column) -> list[str]:
    """Give the ids of the persons in some places."""
    column = pq.read_table(folder / FACTS, columns=["person_id"])["person_id"]
    ids: list[str] = column.take(pa.array(places)).to_pylist()
    return ids


def _read(folder: Path) -> Read:
    """Read the facts of a folder, once for all policies that are decided on them."""
    found = gathered(folder)
    names = [*(f"loss {one}" for one in found.classes), "net", "prior", "paid"]
    table = pq.read_table(folder / FACTS, columns=[*names, *FLAGS])
    amounts = {}
    for name in names:
        numbers, is_small = atoms.narrow(table[name].combine_chunks())
        if not is_small.all() or (np.abs(numbers) >= LARGEST).any():
            raise TooLarge(f"{name}: an amount is {LARGEST // 10**8} USD or more")
        amounts[name] = np.ascontiguousarray(numbers)
    return Read(found, amounts, {name: table[name].to_numpy() for name in FLAGS})
