"""Runs that a worker computes: once, begun anew when work broke off, failed when it must be."""

from pathlib import Path

import pytest
from django.db import connections

from retail_claims.models import Computation, Run
from retail_claims.operations import computations, runs
from retail_claims.operations.evidence import OfAnotherProgramme
from retail_claims.tasks import compute_run, sweep_runs
from tests import factories
from tests.factories import NOW
from tests.retail_claims import factories as claims
from together.controls.models import AuditRecord
from together.controls.operations.people import NotAllowed


@pytest.fixture
def officer(own_database, settings, tmp_path):
    settings.CLAIMS_RUNS_DIR = str(tmp_path / "runs")
    return factories.person("claims_officer")


@pytest.fixture
def programme(officer):
    return claims.programme(officer=officer)


@pytest.fixture
def policy(programme, officer):
    return claims.entered(programme, by=officer)


@pytest.fixture
def evidence(programme, officer, tmp_path):
    return claims.registered(programme, claims.three_persons(tmp_path / "in"), by=officer)


def asked(policy, evidence, officer):
    return computations.ask(policy=policy, evidence=evidence, by=officer, at=NOW)


def test_a_run_that_was_asked_for_is_the_run_that_would_be_computed_at_once(
    policy, evidence, officer, tmp_path
):
    run = asked(policy, evidence, officer)
    assert run.state == "computing"
    assert computations.work(run=run, at=NOW) == "decided"
    run.refresh_from_db()
    other = runs.compute(policy=policy, evidence=evidence, folder=tmp_path, by=officer, at=NOW)
    assert (run.run_digest, run.award_total) == (other.run_digest, other.award_total)
    records = AuditRecord.objects.filter(subject=run.number).order_by("id")
    assert [(one.what, one.by) for one in records] == [
        ("run.begun", officer),
        ("run.decided", None),
    ]


def test_asked_again_it_is_the_same_run_and_worked_on_again_nothing_happens(
    policy, evidence, officer
):
    run = asked(policy, evidence, officer)
    assert asked(policy, evidence, officer) == run
    computations.work(run=run, at=NOW)
    assert computations.work(run=run, at=NOW) == "decided"
    assert Computation.objects.get().tries == 1


def test_who_comes_second_leaves_the_work_to_the_first(policy, evidence, officer):
    run = asked(policy, evidence, officer)
    lock = [f"run:{run.number}"]
    with connections["owner"].cursor() as other:
        other.execute("SELECT pg_advisory_lock(hashtext(%s))", lock)
        assert computations.work(run=run, at=NOW) == "computing"
        other.execute("SELECT pg_advisory_unlock(hashtext(%s))", lock)
    assert computations.work(run=run, at=NOW) == "decided"


def test_work_that_breaks_off_is_begun_anew_and_fails_after_three_tries(
    policy, evidence, officer, monkeypatch
):
    run = asked(policy, evidence, officer)

    def break_off(**_):
        raise MemoryError("no room")

    monkeypatch.setattr(runs, "carry_out", break_off)
    for _ in range(computations.MOST_TRIES):
        with pytest.raises(MemoryError):
            computations.work(run=run, at=NOW)
    assert Run.objects.get().state == "computing"
    monkeypatch.undo()
    assert computations.work(run=run, at=NOW) == "failed"
    assert Run.objects.get().summary["error"]["message"] == "the work broke off each time"


def test_work_that_broke_off_at_its_end_leaves_nothing_and_is_whole_the_next_time(
    policy, evidence, officer, monkeypatch
):
    run = asked(policy, evidence, officer)

    def break_off(**_):
        raise MemoryError("killed")

    # After the decisions were copied, before the run is closed.
    monkeypatch.setattr(runs.decisions, "demand_totals", break_off)
    with pytest.raises(MemoryError):
        computations.work(run=run, at=NOW)
    assert Run.objects.get().decisions.count() == 0
    monkeypatch.undo()
    assert computations.work(run=run, at=NOW) == "decided"
    assert Run.objects.get().decisions.count() == 3


def test_a_file_that_is_not_the_registered_one_fails_the_run_with_its_name(
    policy, evidence, officer
):
    run = asked(policy, evidence, officer)
    with Path(evidence.files["fills"]["path"]).open("a") as file:
        file.write(claims.losses(dan="900")[0] + "\n")
    assert computations.work(run=run, at=NOW) == "failed"
    assert "fills" in Run.objects.get().summary["error"]["message"]


def test_bad_evidence_ends_as_it_does_at_once(programme, policy, officer, tmp_path):
    files = claims.write(tmp_path / "bad", fills=claims.losses(ann="-1"), snapshot=[])
    run = asked(policy, claims.registered(programme, files, by=officer), officer)
    assert computations.work(run=run, at=NOW) == "bad_data"


def test_a_worker_is_rung_for_runs_that_wait(policy, evidence, officer, monkeypatch):
    run = asked(policy, evidence, officer)
    rung = []
    monkeypatch.setattr(compute_run, "apply_async", lambda args, **_: rung.append(args))
    sweep_runs()
    assert rung == [(run.number,)]
    compute_run(run.number)
    sweep_runs()
    assert rung == [(run.number,)]


def test_only_who_works_on_claims_asks(policy, evidence):
    with pytest.raises(NotAllowed):
        asked(policy, evidence, factories.person("auditor"))
    assert not Run.objects.exists()


def test_policy_and_evidence_are_of_one_programme(evidence, officer):
    pool = factories.funded_pool("second", amount="10")
    other = claims.policies.open_programme(
        code="second", name="Second", pool=pool, announced_at=NOW, by=officer, at=NOW
    )
    with pytest.raises(OfAnotherProgramme):
        asked(claims.entered(other, by=officer), evidence, officer)
