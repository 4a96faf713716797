"""Computations: runs that somebody asked for in the console, adjudicated by a worker."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from retail_claims.models import Computation, Evidence, Policy, Run
from retail_claims.operations import runs
from retail_claims.operations.evidence import ChangedEvidence, demand_same_programme
from retail_claims.rules.states import RunState
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.alone import alone

# How often work that breaks off is begun anew by itself.
MOST_TRIES = 3


@transaction.atomic(durable=True)
def ask(*, policy: Policy, evidence: Evidence, by: Person, at: datetime) -> Run:
    """
    Ask for a run of an evidence under a policy; one that is being computed is given back.

    :raises OfAnotherProgramme: if the evidence was not registered for the policy's programme
    """
    people.demand(by, "claims.write")
    demand_same_programme(evidence, policy)
    known = Run.objects.filter(policy=policy, evidence=evidence, state=RunState.COMPUTING)
    for run in known.select_for_update(of=("self",)):
        return run
    folder = Path(settings.CLAIMS_RUNS_DIR)
    run = runs.begin(policy=policy, evidence=evidence, folder=folder, by=by, at=at)
    Computation.objects.create(run=run)
    return run


def work(*, run: Run, at: datetime) -> str:
    """
    Compute a run that was asked for and give the state it is in then.

    Run twice, or by two workers, it is computed once: who comes second does nothing. Stopped, it
    is begun anew; after three tries, or if a file is not the registered one, the run has failed.
    """
    with alone(f"run:{run.number}") as is_alone:
        run = Run.objects.select_related("policy", "evidence", "programme__pool").get(pk=run.pk)
        if not is_alone or run.state != RunState.COMPUTING:
            return str(run.state)
        computation = Computation.objects.get(run=run)
        if computation.tries >= MOST_TRIES:
            return str(runs.fail(run=run, at=at, reason="the work broke off each time").state)
        Computation.objects.filter(run=run).update(tries=computation.tries + 1)

        def tell(message: str) -> None:
            """Show how far the work is, to whoever looks."""
            Computation.objects.filter(run=run).update(progress=message[:120])

        try:
            return str(runs.carry_out(run=run, by=None, at=at, progress=tell).state)
        except ChangedEvidence as error:
            return str(runs.fail(run=run, at=at, reason=str(error)).state)
