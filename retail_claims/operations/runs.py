"""Runs: computing one, asking for approval, approving, publishing."""

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from retail_claims import postings
from retail_claims.formats import tree_file
from retail_claims.models import Evidence, Policy, Run
from retail_claims.operations import decisions
from retail_claims.operations import evidence as evidence_operations
from retail_claims.operations.adjudication import Outcome, adjudicate
from retail_claims.rules import policy as policy_rules
from retail_claims.rules.states import RUN_MOVES, RunState
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.ledger.operations import posting
from together.ledger.rules.money import Money, parse

KIND = "retail.run"
STATES = {3: RunState.INFEASIBLE, 4: RunState.BAD_DATA}


def compute(
    *,
    policy: Policy,
    evidence: Evidence,
    folder: Path,
    by: Person,
    at: datetime,
    progress: Callable[[str], None] | None = None,
) -> Run:
    """
    Adjudicate an evidence under a policy and keep every decision.

    A policy whose floors exceed the pool, or bad data, gives a run in the state that says so,
    with the bound or the rejects in its summary. ``folder`` takes a folder of the run's files:
    decisions.parquet, summary.json, rejects.csv and the tree of awards.

    :raises OfAnotherProgramme: if the evidence was not registered for the policy's programme
    :raises ChangedEvidence: if a file is not the one that was registered
    """
    people.demand(by, "claims.write")
    evidence_operations.demand_same_programme(evidence, policy)
    with transaction.atomic(durable=True):
        run = begin(policy=policy, evidence=evidence, folder=Path(folder), by=by, at=at)
    try:
        return carry_out(run=run, by=by, at=at, progress=progress)
    except BaseException:
        _finish(run=run, state=RunState.FAILED, summary={}, by=by, at=at)
        raise


def carry_out(
    *, run: Run, by: Person | None, at: datetime, progress: Callable[[str], None] | None = None
) -> Run:
    """
    Adjudicate a run that was begun, and keep what it comes to, all or nothing.

    :raises ChangedEvidence: if a file is not the one that was registered
    """
    outcome = _adjudicate(run=run, progress=progress)
    if outcome.exit_code == 0:
        return _keep(run=run, summary=outcome.summary, by=by, at=at)
    state = STATES[outcome.exit_code]
    return _finish(run=run, state=state, summary=outcome.summary, by=by, at=at)


def fail(*, run: Run, at: datetime, reason: str) -> Run:
    """
    Say that a run has failed, and why.

    :raises NotPossibleNow: if it came to an end
    """
    return _finish(
        run=run, state=RunState.FAILED, summary={"error": {"message": reason}}, by=None, at=at
    )


@transaction.atomic(durable=True)
def ask(*, run: Run, by: Person, at: datetime) -> Approval:
    """Ask for the approval of a decided run: of its digest, and so of every row in it."""
    people.demand(by, "claims.write")
    lifecycle.move(RUN_MOVES, run.state, RunState.APPROVED, what=f"run {run.number}")
    total = run.award_total + run.escrow_total
    cents = total // 10 ** (Money(total, run.programme.pool.asset).decimals - 2)
    return approvals.request(
        kind=KIND, subject=run.number, effect=effect(run), amount_cents=cents, by=by, at=at
    )


@transaction.atomic(durable=True)
def approve(*, run: Run, by: Person, at: datetime) -> Run:
    """
    Take a run whose digest passed all its stages over into the state approved.

    :raises NotApproved: if exactly this run did not
    """
    run = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
    approvals.demand(kind=KIND, subject=run.number, effect=effect(run))
    run.state = lifecycle.move(RUN_MOVES, run.state, RunState.APPROVED, what=f"run {run.number}")
    run.approved_at = at
    run.save(update_fields=["state", "approved_at"])
    record(what="run.approved", subject=run.number, by=by, at=at, details=effect(run))
    return run


@transaction.atomic(durable=True)
def publish(*, run: Run, on: date, by: Person, at: datetime) -> Run:
    """
    Publish an approved run: policy, root and totals are public, its money leaves the pool.

    Payments can be prepared from a published run only. Other runs of the programme that wait for
    approval or publication are superseded.

    :raises Overdrawn: if the pool holds less than the run commits
    """
    people.demand(by, "claims.write")
    runs = Run.objects.select_for_update(of=("self",)).select_related("programme__pool")
    run = runs.get(pk=run.pk)
    run.state = lifecycle.move(RUN_MOVES, run.state, RunState.PUBLISHED, what=f"run {run.number}")
    _supersede(run=run, by=by, at=at)
    run.published_at = at
    run.save(update_fields=["state", "published_at"])
    pool = run.programme.pool
    posting.post(
        postings.published(
            run=run.number,
            pool=pool.code,
            payable=Money(run.payable_total, pool.asset),
            escrow=Money(run.escrow_total, pool.asset),
            reserve=parse(run.summary["pool"]["appeals_reserve"], pool.asset),
            on=on,
        )
    )
    record(what="run.published", subject=run.number, by=by, at=at, details=effect(run))
    return run


@transaction.atomic(durable=True)
def decline(*, run: Run, reason: str, by: Person, at: datetime) -> Run:
    """
    Turn a decided run down, with the reason; its approval can no longer be taken over.

    :raises NotPossibleNow: if the run does not wait for its approval
    """
    people.demand(by, "claims.write")
    details = {"reason": reason}
    return _leave(run=run, state=RunState.DECLINED, details=details, by=by, at=at)


@transaction.atomic(durable=True)
def give_up(*, run: Run, by: Person, at: datetime) -> Run:
    """
    Mark a run as failed whose computation was killed and will not come back.

    :raises NotPossibleNow: if the run came to an end by itself
    """
    people.demand(by, "claims.write")
    return _leave(run=run, state=RunState.FAILED, details={}, by=by, at=at)


def effect(run: Run) -> dict[str, Any]:
    """Give what an approval of the run binds."""
    return {
        "run": run.number,
        "run_digest": run.run_digest,
        "merkle_root": run.merkle_root,
        "policy_digest": run.policy.digest,
        "award_total": run.award_total,
        "escrow_total": run.escrow_total,
        "payable_total": run.payable_total,
        "awards": run.awards,
    }


def _supersede(*, run: Run, by: Person, at: datetime) -> None:
    """Take the place of every other run of the programme that waits."""
    waiting = Run.objects.filter(
        programme_id=run.programme_id, state__in=[RunState.DECIDED, RunState.APPROVED]
    ).exclude(pk=run.pk)
    for other in waiting.order_by("pk"):
        details = {"by_run": run.number}
        _leave(run=other, state=RunState.SUPERSEDED, details=details, by=by, at=at)


def _leave(*, run: Run, state: RunState, details: dict[str, Any], by: Person, at: datetime) -> Run:
    """Move a run to a state that it never leaves."""
    run = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
    run.state = lifecycle.move(RUN_MOVES, run.state, state, what=f"run {run.number}")
    run.save(update_fields=["state"])
    record(what=f"run.{state}", subject=run.number, by=by, at=at, details=details)
    return run


def _adjudicate(*, run: Run, progress: Callable[[str], None] | None) -> Outcome:
    """Adjudicate into the run's folder."""
    place = Path(run.folder)
    place.mkdir(parents=True, exist_ok=True)
    outcome = adjudicate(
        policy=policy_rules.recall(run.policy.document, run.policy.salt),
        given={role: one["path"] for role, one in run.evidence.files.items()},
        out=place / "decisions.parquet",
        rejects=place / "rejects.csv",
        progress=progress,
    )
    (place / "summary.json").write_text(json.dumps(outcome.summary, indent=1))
    if outcome.tree:
        tree_file.write(place / "tree.bin", outcome.tree)
    if outcome.exit_code == 0:
        evidence_operations.demand_same_files(run.evidence, outcome.summary)
    return outcome


def begin(*, policy: Policy, evidence: Evidence, folder: Path, by: Person, at: datetime) -> Run:
    """Write a run down that is going to be computed; part of a transaction."""
    policy.programme.__class__.objects.select_for_update().get(pk=policy.programme_id)
    number = next_number(Run, "R")
    run = Run.objects.create(
        number=number,
        folder=str(folder.resolve() / number),
        programme=policy.programme,
        policy=policy,
        evidence=evidence,
        made_by=by,
        made_at=at,
    )
    record(what="run.begun", subject=run.number, by=by, at=at)
    return run


@transaction.atomic(durable=True)
def _finish(
    *, run: Run, state: RunState, summary: dict[str, Any], by: Person | None, at: datetime
) -> Run:
    run.state = lifecycle.move(RUN_MOVES, run.state, state, what=f"run {run.number}")
    run.summary = summary
    run.save(update_fields=["state", "summary"])
    record(what=f"run.{state}", subject=run.number, by=by, at=at, details=summary)
    return run


@transaction.atomic(durable=True)
def _keep(*, run: Run, summary: dict[str, Any], by: Person | None, at: datetime) -> Run:
    """Copy the decisions into the run's partition and close the run, all or nothing."""
    asset = run.programme.pool.asset
    with connection.cursor() as cursor:
        cursor.execute("SELECT retail_claims_open_partition(%s)", [run.pk])
        (partition,) = cursor.fetchone()
        file = Path(run.folder) / "decisions.parquet"
        decisions.copy_in(run=run, file=file, table=partition, asset=asset)
        cursor.execute("SELECT retail_claims_close_partition(%s)", [run.pk])
    run.run_digest, run.merkle_root = summary["run_digest"], summary["merkle_root"]
    run.persons, run.awards = summary["persons"], summary["decisions"]["award"]
    totals = summary["totals"]
    run.award_total, run.escrow_total, run.payable_total = (
        parse(Decimal(totals[name]), asset).minor_units for name in ("award", "escrow", "payable")
    )
    decisions.demand_totals(run=run)
    run.summary = summary
    run.state = lifecycle.move(RUN_MOVES, run.state, RunState.DECIDED, what=f"run {run.number}")
    run.save()
    details = {"run_digest": run.run_digest, "totals": totals}
    record(what="run.decided", subject=run.number, by=by, at=at, details=details)
    return run
