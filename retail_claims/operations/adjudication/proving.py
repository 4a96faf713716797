"""Proving: one person's proof from a decisions file, after the whole file was checked."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from retail_claims.operations.adjudication import rows, sealing
from retail_claims.rules import merkle, proofs
from retail_claims.rules.policy import Policy
from retail_claims.rules.texts import read_money, write_money

# What the row's digest is taken of, and where the row stands, by the file itself.
ROW = "SELECT {text}, leaf_index FROM read_parquet($file) WHERE person_id = $person"


class NotASummary(Exception):
    """Raised when a text is not the summary of a run that decided."""


class NoSuchPerson(Exception):
    """Raised when nobody of this id stands in the decisions."""


class NotTheseDecisions(Exception):
    """Raised when the decisions do not give the root of the summary."""


def read_summary(text: bytes) -> dict[str, Any]:
    """
    Read the summary of a run.

    :raises NotASummary: if it is not one, or the run did not decide
    """
    try:
        summary = json.loads(text)
        available = read_money(summary["pool"]["available"])
        if available < 0 or not isinstance(summary["merkle_root"], str):
            raise NotASummary("what is available is below zero, or merkle_root is no text")
    except (ValueError, RecursionError, TypeError, KeyError):
        raise NotASummary("this is not the summary of a run that decided") from None
    return dict(summary)


def prove(
    *, policy: Policy, decisions: Path, summary: Mapping[str, Any], person_id: str
) -> dict[str, Any]:
    """
    Make the proof of one person's award.

    ``summary`` is that of the run. The tree is built anew from every row of the file.

    :raises NoSuchPerson: if the person has no row
    :raises NotTheseDecisions: if the rows do not give the summary's root
    """
    available = read_money(summary["pool"]["available"]) // policy.unit
    quoted = str(decisions).replace("'", "''")
    with duckdb.connect() as db:
        try:
            found = db.execute(
                ROW.format(text=rows.TEXT), {"file": str(decisions), "person": person_id}
            ).fetchall()
            if not found:
                raise NoSuchPerson(f"{person_id} has no row in {decisions.name}")
            leaves = sealing.read_leaves(
                db,
                query=f"SELECT * FROM read_parquet('{quoted}')",  # noqa: S608 - quoted above
                salt=policy.salt,
                unit=policy.unit,
            )
        except (duckdb.Error, struct.error, TypeError, sealing.NotDecisions) as error:
            raise NotTheseDecisions(f"{decisions.name} is no decisions file: {error}") from None
    text, index = found[0]
    tree = merkle.levels(leaves.nodes)
    proof = proofs.make(
        row=json.loads(text),
        salt=policy.salt,
        unit=write_money(policy.unit),
        index=index,
        size=len(leaves.nodes),
        path=merkle.path(tree, index),
        top=merkle.top(tree),
        available=available,
        policy_digest=policy.digest,
    )
    if proof["merkle_root"] != summary["merkle_root"]:
        raise NotTheseDecisions(f"{decisions.name} does not give the root of the summary")
    return proof
