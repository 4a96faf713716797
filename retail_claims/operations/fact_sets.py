"""Fact sets: gathered in the background, once for all policies that count alike."""

import shutil
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from retail_claims.models import Evidence, FactSet, Policy, Programme
from retail_claims.operations.adjudication import Outcome, gather_facts, simulating
from retail_claims.operations.evidence import demand_same_files, demand_same_programme
from retail_claims.rules import policy as policy_rules
from retail_claims.rules.states import FACT_SET_MOVES, FactSetState
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.alone import alone
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle

# How often work that breaks off is begun anew by itself.
MOST_TRIES = 3


@transaction.atomic(durable=True)
def ask(*, evidence: Evidence, policy: Policy, by: Person, at: datetime) -> FactSet:
    """
    Ask for the facts of an evidence, counted as a policy counts; those there are are given back.

    :raises OfAnotherProgramme: if evidence and policy are not of one programme
    """
    people.demand(by, "claims.write")
    demand_same_programme(evidence, policy)
    Programme.objects.select_for_update().get(pk=evidence.programme_id)
    alive = [FactSetState.WAITING, FactSetState.READY]
    known = FactSet.objects.filter(evidence=evidence, policy=policy, state__in=alive).first()
    if known is not None:
        return known
    number = next_number(FactSet, "F")
    made = FactSet.objects.create(
        number=number,
        evidence=evidence,
        policy=policy,
        folder=str(Path(settings.CLAIMS_FACTS_DIR).resolve() / number),
        made_by=by,
        made_at=at,
    )
    record(what="facts.asked", subject=number, by=by, at=at, details={"evidence": evidence.digest})
    return made


@transaction.atomic(durable=True)
def again(*, fact_set: FactSet, by: Person, at: datetime) -> FactSet:
    """
    Gather facts anew: after the work broke off, or when their files are gone.

    :raises NotPossibleNow: if they wait already, or their evidence cannot be used
    """
    people.demand(by, "claims.write")
    found = FactSet.objects.select_for_update().get(pk=fact_set.pk)
    found.state = lifecycle.move(
        FACT_SET_MOVES, found.state, FactSetState.WAITING, what=f"fact set {found.number}"
    )
    found.tries, found.ready_at, found.progress = 0, None, ""
    found.save(update_fields=["state", "tries", "ready_at", "progress"])
    record(what="facts.asked", subject=found.number, by=by, at=at, details={"again": True})
    return found


def gather(*, fact_set: FactSet, at: datetime) -> str:
    """
    Gather a fact set that waits and give the state it is in then.

    Run twice, or by two workers, it is gathered once: who comes second does nothing. Stopped, it
    is begun anew; after three tries it waits for a person.
    """
    with alone(f"facts:{fact_set.number}") as is_alone:
        if not is_alone or not _begin(fact_set):
            return str(FactSet.objects.get(pk=fact_set.pk).state)
        return _finish(fact_set, _gather(fact_set), at=at)


@transaction.atomic(durable=True)
def _begin(fact_set: FactSet) -> bool:
    """Count a try, or give up; say whether there is anything to do."""
    found = FactSet.objects.select_for_update().get(pk=fact_set.pk)
    if found.state != FactSetState.WAITING:
        return False
    if found.tries >= MOST_TRIES:
        found.state = lifecycle.move(
            FACT_SET_MOVES, found.state, FactSetState.FAILED, what=f"fact set {found.number}"
        )
        found.save(update_fields=["state"])
        return False
    found.tries += 1
    found.save(update_fields=["tries"])
    return True


def _gather(fact_set: FactSet) -> Outcome:
    """
    Gather the facts into their folder, in place of what an earlier try left.

    :raises ChangedEvidence: if a file is not the one that was registered
    """
    folder, policy = Path(fact_set.folder), fact_set.policy
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)

    def tell(message: str) -> None:
        """Show how far the work is, to whoever looks."""
        FactSet.objects.filter(pk=fact_set.pk).update(progress=message[:120])

    outcome = gather_facts(
        policy=policy_rules.recall(policy.document, policy.salt),
        given={role: one["path"] for role, one in fact_set.evidence.files.items()},
        folder=folder,
        progress=tell,
    )
    demand_same_files(fact_set.evidence, outcome.summary)
    return outcome


@transaction.atomic(durable=True)
def _finish(fact_set: FactSet, outcome: Outcome, *, at: datetime) -> str:
    found = FactSet.objects.select_for_update().get(pk=fact_set.pk)
    is_usable = outcome.exit_code == 0
    then = FactSetState.READY if is_usable else FactSetState.UNUSABLE
    found.state = lifecycle.move(FACT_SET_MOVES, found.state, then, what=f"fact set {found.number}")
    if is_usable:
        facts = simulating.gathered(Path(found.folder))
        found.basis, found.persons, found.ready_at = facts.basis, facts.persons, at
    found.summary, found.progress = outcome.summary, ""
    found.save()
    record(what=f"facts.{then}", subject=found.number, by=None, at=at, details={})
    return str(then)
