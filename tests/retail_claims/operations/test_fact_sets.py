"""Fact sets: asked for once, gathered once by whoever is alone, begun anew when work broke off."""

from pathlib import Path

import pytest
from django.db import connections

from retail_claims.formats.inputs import NoSuchInput
from retail_claims.models import FactSet
from retail_claims.operations import fact_sets, policies, simulations
from retail_claims.operations.evidence import ChangedEvidence, OfAnotherProgramme
from retail_claims.operations.simulations import NotSimulated
from retail_claims.rules import policy as policy_rules
from tests import factories
from tests.factories import NOW
from tests.retail_claims import factories as claims
from together.controls.models import AuditRecord
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow


@pytest.fixture
def officer(own_database, settings, tmp_path):
    settings.CLAIMS_FACTS_DIR = str(tmp_path / "facts")
    return factories.person("claims_officer")


@pytest.fixture
def programme(officer):
    return claims.programme(officer=officer)


@pytest.fixture
def policy(programme, officer):
    return claims.entered(programme, by=officer)


@pytest.fixture
def evidence(programme, officer, tmp_path):
    files = claims.write(
        tmp_path / "in",
        fills=claims.losses(ann="800", bob="49"),
        snapshot=claims.assets(ann="1000", bob="100"),
    )
    return claims.registered(programme, files, by=officer)


def asked(policy, evidence, officer):
    return fact_sets.ask(evidence=evidence, policy=policy, by=officer, at=NOW)


def test_facts_are_gathered_and_simulated(policy, evidence, officer):
    found = asked(policy, evidence, officer)
    assert found.state == "waiting"
    assert fact_sets.gather(fact_set=found, at=NOW) == "ready"
    found.refresh_from_db()
    assert (found.persons, found.ready_at, found.tries) == (2, NOW, 1)
    simulated, _ = simulations.of(
        found, policy=policy_rules.recall(policy.document, policy.salt), against=None
    )
    assert simulated.decisions == {"award": 1, "decline": 1, "review": 0, "hold": 0}
    whats = AuditRecord.objects.filter(subject=found.number).order_by("id")
    assert list(whats.values_list("what", flat=True)) == ["facts.asked", "facts.ready"]


def test_asked_again_they_are_the_same_and_gathered_again_nothing_happens(
    policy, evidence, officer
):
    found = asked(policy, evidence, officer)
    assert asked(policy, evidence, officer) == found
    fact_sets.gather(fact_set=found, at=NOW)
    assert fact_sets.gather(fact_set=found, at=NOW) == "ready"
    assert FactSet.objects.get().tries == 1


def test_who_comes_second_leaves_the_work_to_the_first(policy, evidence, officer):
    found = asked(policy, evidence, officer)
    lock = [f"facts:{found.number}"]
    with connections["owner"].cursor() as other:
        other.execute("SELECT pg_advisory_lock(hashtext(%s))", lock)
        assert fact_sets.gather(fact_set=found, at=NOW) == "waiting"
        other.execute("SELECT pg_advisory_unlock(hashtext(%s))", lock)
    assert fact_sets.gather(fact_set=found, at=NOW) == "ready"


def test_work_that_breaks_off_each_time_waits_for_a_person(policy, evidence, officer):
    found = asked(policy, evidence, officer)
    Path(evidence.files["fills"]["path"]).unlink()
    for _ in range(fact_sets.MOST_TRIES):
        with pytest.raises(NoSuchInput, match="fills"):
            fact_sets.gather(fact_set=found, at=NOW)
    assert fact_sets.gather(fact_set=found, at=NOW) == "failed"
    again = fact_sets.again(fact_set=found, by=officer, at=NOW)
    assert (again.state, again.tries) == ("waiting", 0)


def test_a_file_that_is_not_the_registered_one_is_refused(policy, evidence, officer):
    found = asked(policy, evidence, officer)
    with Path(evidence.files["fills"]["path"]).open("a") as file:
        file.write(claims.losses(cat="900")[0] + "\n")
    with pytest.raises(ChangedEvidence, match="fills"):
        fact_sets.gather(fact_set=found, at=NOW)
    found.refresh_from_db()
    assert found.state == "waiting"


def test_evidence_with_faults_gives_no_facts(programme, policy, officer, tmp_path):
    files = claims.write(tmp_path / "bad", fills=claims.losses(ann="-1"), snapshot=[])
    found = asked(policy, claims.registered(programme, files, by=officer), officer)
    assert fact_sets.gather(fact_set=found, at=NOW) == "unusable"
    with pytest.raises(NotPossibleNow):
        fact_sets.again(fact_set=found, by=officer, at=NOW)


def test_facts_whose_files_are_gone_say_so(policy, evidence, officer):
    found = asked(policy, evidence, officer)
    fact_sets.gather(fact_set=found, at=NOW)
    (Path(found.folder) / "basis.json").unlink()
    with pytest.raises(NotSimulated, match="gather it anew"):
        simulations.of(
            found, policy=policy_rules.recall(policy.document, policy.salt), against=None
        )
    fact_sets.again(fact_set=found, by=officer, at=NOW)
    assert fact_sets.gather(fact_set=found, at=NOW) == "ready"


def test_only_who_works_on_claims_asks(policy, evidence, own_database):
    with pytest.raises(NotAllowed):
        asked(policy, evidence, factories.person("auditor"))
    assert not FactSet.objects.exists()


def test_policy_and_evidence_are_of_one_programme(evidence, officer):
    pool = factories.funded_pool("second", amount="10")
    other = policies.open_programme(
        code="second", name="Second", pool=pool, announced_at=NOW, by=officer, at=NOW
    )
    with pytest.raises(OfAnotherProgramme):
        asked(claims.entered(other, by=officer), evidence, officer)
