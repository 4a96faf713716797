"""The retail programme of the demo: evidence, policy, run, approval, publication, payment."""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from django.db.models import Count

from retail_claims.models import Evidence, Programme, Run
from retail_claims.operations import evidence, payments, policies, runs
from retail_claims.rules.states import RunState
from together import Refused
from together.console.operations.demo import funds, simulations
from together.console.operations.demo.funds import People, Tell
from together.controls.models import Approval
from together.controls.rules.lifecycle import NotPossibleNow
from together.treasury.models import Disbursement, Instruction, Pool
from together.treasury.operations import disbursements
from together.treasury.queries import waves
from together.treasury.rules.states import DisbursementState
from together.treasury.tasks import pay_batch

OPEN = ("ready", "sending", "unknown")
# Nothing answered for so long: something is broken, and a person must look.
PATIENCE_SECONDS = 180
SHOWN_REJECTS = 10


class BadEvidence(Refused):
    """Raised when files are refused; says what is wrong in which row."""


class NoProgress(Refused):
    """Raised when no payment was answered for minutes; says what to look at."""


def programme(pool: Pool, *, cast: People, at: datetime) -> Programme:
    """Open the programme, announced now."""
    return Programme.objects.filter(code="october").first() or policies.open_programme(
        code="october",
        name="Crash of 10-11 October 2025",
        pool=pool,
        announced_at=at,
        by=cast["claims_officer"],
        at=at,
    )


def decided(
    programme: Programme,
    files: Callable[[], Mapping[str, Path]],
    *,
    folder: Path,
    cast: People,
    at: datetime,
    tell: Tell,
) -> Run:
    """
    Give the run to go on with: one that is decided or later, else compute it on ``files``.

    The policy of the founding text comes first; where its floors exceed the pool the refusal and
    its bound are told, and the announced policy follows.
    """
    states = [RunState.DECIDED, RunState.APPROVED, RunState.PUBLISHED]
    known = Run.objects.filter(programme=programme, state__in=states).order_by("-id").first()
    if known:
        return known
    known_evidence = evidence.register(
        programme=programme, files=files(), by=cast["claims_officer"], at=at
    )
    for preset in ("seed", "announced"):
        run = _compute(programme, known_evidence, preset, folder=folder, cast=cast, at=at)
        if run.state == RunState.INFEASIBLE:
            bound = run.summary["infeasible"]
            tell(
                f"{run.number}: policy {preset!r} is refused: its floors need {bound['bound']},"
                f" {bound['available']} is available, {bound['shortfall']} is missing"
            )
            continue
        if run.state == RunState.BAD_DATA:
            raise BadEvidence(_refusal(run))
        if run.state != RunState.DECIDED:
            raise NotPossibleNow(f"run {run.number} ended {run.state}: {run.summary}")
        counts = run.summary["decisions"]
        tell(
            f"{run.number}: policy {preset!r} decided {run.persons:,} persons: "
            + ", ".join(f"{counts[word]:,} {word}" for word in counts)
            + f"; awards {funds.usdc(run.award_total)}, held {funds.usdc(run.escrow_total)}"
        )
        simulations.simulate(run, cast=cast, at=at, tell=tell)
        return run
    raise NotPossibleNow("no policy is feasible: the pool is too small for this crash")


def _refusal(run: Run) -> str:
    """Say what is wrong with the evidence of a run, and where the whole list is."""
    file = Path(run.folder) / "rejects.csv"
    lines = file.read_text().splitlines() if file.exists() else []
    listed = "\n  ".join(lines[: SHOWN_REJECTS + 1])
    return (
        f"run {run.number} refuses the evidence and nothing was decided. Rejected cells:\n"
        f"  {listed}\nThe whole list is in {file}"
    )


def _compute(
    programme: Programme,
    known: Evidence,
    preset: str,
    *,
    folder: Path,
    cast: People,
    at: datetime,
) -> Run:
    """Enter a preset as the next version of the policy and adjudicate under it."""
    pool = programme.pool
    amount = pool.promised // 10**6
    text = json.dumps(
        {
            "preset": preset,
            "contract": "retail-claims-adjudication/1",
            "name": preset,
            "decided_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "salt": secrets.token_hex(24),
            # What appeals are paid from: 2 % of the pool.
            "pool": {"amount": str(amount), "appeals_reserve": str(amount // 50)},
        }
    )
    policy = policies.enter(programme=programme, text=text, by=cast["claims_officer"], at=at)
    return runs.compute(
        policy=policy, evidence=known, folder=folder, by=cast["claims_officer"], at=at
    )


def published(run: Run, *, cast: People, at: datetime, tell: Tell) -> Run:
    """Let the run's digest be approved by other people than its maker, then publish it."""
    maker = cast["claims_officer"]
    if run.state == RunState.DECIDED:
        funds.agree(runs.ask(run=run, by=maker, at=at), cast, at=at)
        run = runs.approve(run=run, by=maker, at=at)
        tell(f"{run.number}: digest {run.run_digest[:16]}... approved by two other people")
    if run.state == RunState.APPROVED:
        run = runs.publish(run=run, on=at.date(), by=maker, at=at)
        tell(f"{run.number}: root {run.merkle_root} is on the public page; nothing is paid yet")
    return run


def agreed(run: Run, *, cast: People, at: datetime) -> Disbursement:
    """Turn the awards into instructions, cut into waves, and let them be approved as a whole."""
    found = Disbursement.objects.filter(kind=payments.KIND, subject=run.number).first()
    found = found or payments.prepare(run=run, by=cast["treasury_officer"], at=at)
    if found.state == DisbursementState.PREPARED:
        asked = Approval.objects.get(kind="retail.payout", subject=found.number)
        funds.agree(asked, cast, at=at)
    return found


def paid_in_waves(run: Run, order: Disbursement, *, cast: People, at: datetime, tell: Tell) -> None:
    """Release wave after wave: each is paid, stands on statements and is explained to the cent."""
    while True:
        order.refresh_from_db()
        answers = paid(order, tell=tell)
        if answers:
            reconciled(run, cast=cast, at=at)
            tell(f"{order.number}: " + ", ".join(f"{n:,} {state}" for state, n in answers.items()))
        loss = waves.worst_loss(order)
        if loss is None:
            return
        numbers = disbursements.release(
            disbursement=order, on=at.date(), by=cast["treasury_officer"], at=at
        )
        tell(
            f"{order.number}: wave {loss.wave!r}, {loss.payments:,} payments of {loss.money}, is"
            f" released in {len(numbers)} funded batches: {loss.of_pool} of the pool"
        )
        for number in numbers:
            pay_batch.delay(number)


def paid(disbursement: Disbursement, *, tell: Tell) -> dict[str, int]:
    """Wait until the workers have an answer about all that is released, and count the answers."""
    rows = Instruction.objects.filter(
        batch__disbursement=disbursement, batch__released_at__isnull=False
    )
    total, best, quiet_since = rows.count(), -1, time.monotonic()
    while (done := total - rows.filter(state__in=OPEN).count()) < total:
        if done > best:
            if done * 10 // total > best * 10 // total:
                tell(f"{disbursement.number}: {done:,} of {total:,} payments answered")
            best, quiet_since = done, time.monotonic()
        if time.monotonic() - quiet_since > PATIENCE_SECONDS:
            raise NoProgress(
                f"{disbursement.number}: no answer for {PATIENCE_SECONDS} seconds at {done} of"
                f" {total}: do the workers run? see worker.log and beat.log"
            )
        time.sleep(1)
    return {row["state"]: row["n"] for row in rows.values("state").annotate(n=Count("id"))}


def reconciled(run: Run, *, cast: People, at: datetime) -> None:
    """Read the rail's statements, match them, and book what is paid."""
    payments.book_paid(run=run, on=at.date())
    while funds.bring_statements(run.programme.pool, by=cast["treasury_officer"], at=at):
        payments.book_paid(run=run, on=at.date())


def brought_again(run: Run, *, at: datetime, tell: Tell) -> None:
    """Import the last statement a second time, which changes nothing."""
    pool = run.programme.pool
    changed = funds.bring_again(pool, at=at)
    tell(
        f"{pool.name}: statements imported and matched; the last one again changed"
        f" {'SOMETHING' if changed else 'nothing'}"
    )
