"""
Adjudication: evidence and a policy become one decision a person, exact to the atom.

Stages, each a module: read the files (ingest), settle duplicates, gather facts by person
(people), measure demands (measures), test and decide (decide), share the pool (shares), digest
and build the tree (sealing), sum up (summary). DuckDB does the work on sets; every rule that
rounds, divides or chooses is pure and stands in ``retail_claims.rules``. See ADJUDICATE.md, the
contract that the summary names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from retail_claims.formats import inputs
from retail_claims.formats.inputs import Input
from retail_claims.operations.adjudication import (
    decide,
    duplicates,
    ingest,
    measures,
    people,
    reject_list,
    sealing,
    shares,
    simulating,
    summary,
)
from retail_claims.operations.adjudication.ingest import Loaded
from retail_claims.operations.adjudication.shares import Infeasible, Pool
from retail_claims.operations.adjudication.working import opened
from retail_claims.rules import merkle
from retail_claims.rules.columns import BULK, FILES
from retail_claims.rules.policy import Policy

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What a run came to: the summary of the contract, and its exit code (0, 3 or 4).

    ``tree`` holds the levels of the tree of awards, leaves first, when there are decisions.
    """

    summary: dict[str, Any]
    exit_code: int
    tree: Sequence[Sequence[bytes]] = ()


def adjudicate(
    *,
    policy: Policy,
    given: Mapping[str, Path | str],
    out: Path,
    rejects: Path | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """
    Decide every claim that the evidence knows of.

    ``given`` names files, folders or patterns by their role (fills, snapshot, accounts ...). The
    decisions are written to ``out`` only when the exit code is 0, and then all at once; the
    list of rejected rows whenever the evidence was read.

    :raises NoSuchInput: if a named input is not there or of no known kind
    """
    tell = progress or _be_silent
    found = {role: inputs.find(str(given[role])) for role in FILES if role in given}
    with opened(out.parent) as (db, folder):
        loaded = _load(db, policy, found, tell)
        if not _is_usable(policy, loaded):
            outcome = Outcome(summary.bad_data(db, policy, loaded), 4)
        else:
            outcome = _decide(db, policy, loaded, folder / "decisions.parquet", tell)
        if rejects and outcome.exit_code in (0, 4):
            reject_list.write(db, loaded, rejects)
        if outcome.exit_code == 0:
            (folder / "decisions.parquet").replace(out)
    return outcome


def gather_facts(
    *,
    policy: Policy,
    given: Mapping[str, Path | str],
    folder: Path,
    progress: Progress | None = None,
) -> Outcome:
    """
    Gather the facts of evidence for simulations, into a folder: nothing is decided.

    The summary counts the rows of each input, and with exit code 4 says what cannot be used of
    the evidence; the folder holds the list of rejected rows in any case, the facts only if usable.

    :raises NoSuchInput: if a named input is not there or of no known kind
    """
    tell = progress or _be_silent
    found = {role: inputs.find(str(given[role])) for role in FILES if role in given}
    with opened(folder.parent) as (db, place):
        loaded = _load(db, policy, found, tell)
        facts = place / "facts"
        facts.mkdir()
        reject_list.write(db, loaded, facts / "rejects.csv")
        inputs_read = {role: summary.counted(one) for role, one in loaded.items()}
        if not _is_usable(policy, loaded):
            outcome = Outcome({**summary.bad_data(db, policy, loaded), "inputs": inputs_read}, 4)
        else:
            people.gather(db, policy)
            tell("facts gathered by person")
            simulating.keep_facts(db, policy, facts)
            outcome = Outcome({"inputs": inputs_read}, 0)
        facts.replace(folder)
    return outcome


def _load(
    db: duckdb.DuckDBPyConnection, policy: Policy, found: Mapping[str, Input], tell: Progress
) -> dict[str, Loaded]:
    """Read every input; those that were not given are empty tables."""
    db.execute(ingest.REJECTS)
    loaded = {}
    for role in FILES:
        if role not in found:
            ingest.create(db, role)
            continue
        loaded[role] = ingest.load(db, policy, role, found[role])
        duplicates.settle(db, loaded[role])
        tell(f"{role}: {loaded[role].rows} rows, {loaded[role].rejected} rejected")
    return loaded


def _is_usable(policy: Policy, loaded: Mapping[str, Loaded]) -> bool:
    """Say whether the evidence may be decided on: its faults, and how many rows were rejected."""
    if any(one.has_fault for one in loaded.values()):
        return False
    if any(one.rejected for role, one in loaded.items() if role not in BULK):
        return False
    rejected = sum(loaded[role].rejected for role in BULK)
    return bool(rejected <= policy["data.max_rejected_rows"])


def _decide(
    db: duckdb.DuckDBPyConnection,
    policy: Policy,
    loaded: Mapping[str, Loaded],
    path: Path,
    tell: Progress,
) -> Outcome:
    """Decide on evidence that is usable, and write the decisions to a path."""
    people.gather(db, policy)
    tell("facts gathered by person")
    measures.measure(db, policy)
    tell("demands measured")
    decide.decide(db, policy)
    try:
        pool = shares.share(db, policy)
    except Infeasible as cause:
        return Outcome(summary.infeasible(policy, cause), 3)
    tell("pool shared")
    return _seal(db=db, policy=policy, loaded=loaded, pool=pool, path=path, tell=tell)


def _seal(
    *,
    db: duckdb.DuckDBPyConnection,
    policy: Policy,
    loaded: Mapping[str, Loaded],
    pool: Pool,
    path: Path,
    tell: Progress,
) -> Outcome:
    """Digest the rows, write them and sum the run up."""
    leaves = sealing.read_leaves(
        db,
        query=sealing.columns(policy, "outcome"),
        salt=policy.salt,
        unit=policy.unit,
        progress=tell,
    )
    tree = merkle.levels(leaves.nodes)
    size, top = len(leaves.nodes), merkle.top(tree)
    root = merkle.root(
        size=size, top_node=top, available=pool.available, policy_digest=policy.digest
    )
    digests = {
        "results_digest": leaves.results_digest,
        "merkle_root": root,
        "tree_size": size,
        "top": top,
        "run_digest": summary.run_digest(
            policy=policy,
            loaded=loaded,
            merkle_root=root,
            results_digest=leaves.results_digest,
        ),
    }
    sealing.write(db, policy, leaves, path)
    tell("decisions written")
    return Outcome(summary.decided(db, policy, loaded, pool, digests), 0, tree)


def _be_silent(message: str) -> None:
    """Show no progress."""
