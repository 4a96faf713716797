"""Runs: computed once, approved by others, published with the books; nothing half done."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import DatabaseError, connection

from retail_claims.models import Decision, Evidence, Policy, Run
from retail_claims.operations import evidence as evidence_operations
from retail_claims.operations import runs
from retail_claims.operations.evidence import ChangedEvidence, NoSuchFile
from retail_claims.operations.policies import UnitTooFine
from retail_claims.rules.policy import BadPolicy
from tests import factories
from tests.factories import NOW, TODAY
from tests.retail_claims import factories as claims
from together.controls.models import Approval, AuditRecord
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.models import Account
from together.ledger.operations.posting import Overdrawn


@pytest.fixture
def officer(own_database):
    return factories.person("claims_officer")


def held(code):
    return -sum(Account.objects.filter(chart_id=code).values_list("balance", flat=True))


def usdc(text):
    return factories.usdc(text).minor_units


def rewritten(file, kind):
    """Give a CSV file in another format."""
    if kind == "folder":
        folder = file.with_name("owners")
        folder.mkdir()
        return file.rename(folder / "part-0.csv").parent
    other = file.with_name(f"owners.{kind}")
    if kind == "parquet":
        rows = [line.split(",") for line in file.read_text().splitlines()]
        columns = dict(zip(rows[0], map(list, zip(*rows[1:], strict=True)), strict=True))
        pq.write_table(pa.table(columns), other)
    else:
        data = file.read_bytes()
        other.write_bytes(gzip.compress(data) if kind == "csv.gz" else data)
    return other


def recorded():
    return list(AuditRecord.objects.order_by("id").values_list("what", flat=True))


def test_a_run_keeps_one_decision_a_person_with_its_reasons(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    found = {
        row.person_id: (row.decision, row.reasons, row.award, row.escrow, row.payee)
        for row in Decision.objects.filter(run=run)
    }
    assert found == {
        "ann": ("award", [], usdc("100"), 0, "ann"),
        "bob": ("award", [], usdc("200"), 0, "bob1"),
        "cat": ("hold", ["snapshot"], 0, usdc("300"), "cat"),
    }
    assert (run.state, run.persons, run.awards) == ("decided", 3, 2)
    assert (run.award_total, run.escrow_total) == (usdc("300"), usdc("300"))
    assert run.run_digest == run.summary["run_digest"]


def test_the_files_of_a_run_are_kept_in_its_folder(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    kept = sorted(path.name for path in (tmp_path / "runs" / run.number).iterdir())
    assert kept == ["decisions.parquet", "rejects.csv", "summary.json", "tree.bin"]
    assert json.loads((tmp_path / "runs" / run.number / "summary.json").read_text()) == run.summary


def test_the_same_run_again_gives_the_same_digest_under_another_number(officer, tmp_path):
    first = claims.decided(tmp_path, by=officer)
    again = runs.compute(
        policy=first.policy, evidence=first.evidence, folder=tmp_path, by=officer, at=NOW
    )
    assert again.number != first.number
    assert again.run_digest == first.run_digest


def test_floors_beyond_the_pool_leave_a_run_that_says_by_how_much(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer, award={"floor": "400"})
    assert run.state == "infeasible"
    assert run.summary["infeasible"] == {
        "code": "floors_exceed_pool",
        "available": "1000.00000000",
        "bound": "1200.00000000",
        "shortfall": "200.00000000",
    }
    assert not Decision.objects.exists()
    with pytest.raises(NotPossibleNow):
        runs.ask(run=run, by=officer, at=NOW)


def test_bad_evidence_leaves_a_run_with_its_rejects_and_no_decision(officer, tmp_path):
    opened = claims.programme(officer=officer)
    files = claims.write(
        tmp_path, fills=claims.losses(ann="1e3"), snapshot=claims.assets(ann="100")
    )
    run = claims.computed(opened, files, tmp_path, by=officer)
    assert run.state == "bad_data"
    assert run.summary["rejects"] == {"rows": 1, "by_code": {"bad_number": 1}}
    lines = (tmp_path / "runs" / run.number / "rejects.csv").read_text().splitlines()
    assert lines[1] == "fills.csv,1,loss,bad_number,1e3"
    assert not Decision.objects.exists()


def test_evidence_that_changed_since_it_was_registered_is_refused(officer, tmp_path):
    opened = claims.programme(officer=officer)
    files = claims.three_persons(tmp_path)
    registered = claims.registered(opened, files, by=officer)
    files["fills"].write_text(files["fills"].read_text().replace("300", "301"))
    policy = claims.entered(opened, by=officer)
    with pytest.raises(ChangedEvidence, match="fills"):
        runs.compute(
            policy=policy, evidence=registered, folder=tmp_path / "runs", by=officer, at=NOW
        )
    assert Run.objects.get().state == "failed"
    assert not Decision.objects.exists()


def test_a_run_that_breaks_off_half_way_leaves_nothing_but_its_failure(
    officer, tmp_path, monkeypatch
):
    def break_off(*, run):
        raise RuntimeError("the power went")

    monkeypatch.setattr(runs.decisions, "demand_totals", break_off)
    with pytest.raises(RuntimeError):
        claims.decided(tmp_path, by=officer)
    run = Run.objects.get()
    assert (run.state, run.run_digest, run.awards) == ("failed", "", 0)
    assert not Decision.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relname ~ '^retail_claims_decision_r[0-9]+$'"
        )
        assert cursor.fetchone() == (0,)


def test_who_is_no_claims_officer_computes_nothing(officer, tmp_path):
    opened = claims.programme(officer=officer)
    policy = claims.entered(opened, by=officer)
    evidence = claims.registered(opened, claims.three_persons(tmp_path), by=officer)
    with pytest.raises(NotAllowed):
        runs.compute(
            policy=policy,
            evidence=evidence,
            folder=tmp_path,
            by=factories.person("loan_officer"),
            at=NOW,
        )
    assert not Run.objects.exists()


def test_a_run_is_published_after_others_approved_exactly_it(officer, tmp_path):
    run = claims.published(tmp_path, by=officer, pool={"amount": "1000", "appeals_reserve": "50"})
    assert run.state == "published"
    assert held("fund.awarded") == usdc("300")
    assert held("fund.escrowed") == usdc("300")
    assert held("fund.reserved") == usdc("50")
    assert held("fund.available") == usdc("350")
    assert recorded()[-3:] == ["retail.run.approved", "run.approved", "run.published"]


def test_a_run_without_approval_is_not_approved(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    with pytest.raises(NotApproved):
        runs.approve(run=run, by=officer, at=NOW)
    runs.ask(run=run, by=officer, at=NOW)
    with pytest.raises(NotApproved):
        runs.approve(run=run, by=officer, at=NOW)


def test_a_run_that_is_not_approved_is_not_published(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    with pytest.raises(NotPossibleNow):
        runs.publish(run=run, on=TODAY, by=officer, at=NOW)
    assert held("fund.awarded") == 0


def test_a_run_is_published_once(officer, tmp_path):
    run = claims.published(tmp_path, by=officer)
    with pytest.raises(NotPossibleNow):
        runs.publish(run=run, on=TODAY, by=officer, at=NOW)
    assert held("fund.awarded") == usdc("300")


def test_a_run_that_commits_more_than_the_pool_holds_is_not_published(officer, tmp_path):
    opened = claims.programme(amount="500", officer=officer)
    run = claims.computed(opened, claims.three_persons(tmp_path), tmp_path, by=officer)
    runs.ask(run=run, by=officer, at=NOW)
    factories.approve(Approval.objects.get(kind=runs.KIND, subject=run.number))
    runs.approve(run=run, by=officer, at=NOW)
    with pytest.raises(Overdrawn):
        runs.publish(run=run, on=TODAY, by=officer, at=NOW)
    run.refresh_from_db()
    assert (run.state, held("fund.available")) == ("approved", usdc("500"))


def test_a_run_that_is_published_takes_the_place_of_those_that_wait(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    later = runs.compute(
        policy=run.policy, evidence=run.evidence, folder=tmp_path, by=officer, at=NOW
    )
    runs.ask(run=run, by=officer, at=NOW)
    factories.approve(Approval.objects.get(kind=runs.KIND, subject=run.number))
    runs.approve(run=run, by=officer, at=NOW)
    runs.publish(run=run, on=TODAY, by=officer, at=NOW)
    later.refresh_from_db()
    assert later.state == "superseded"
    with pytest.raises(NotPossibleNow):
        runs.ask(run=later, by=officer, at=NOW)


def test_a_declined_run_is_not_approved_any_more(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    runs.ask(run=run, by=officer, at=NOW)
    factories.approve(Approval.objects.get(kind=runs.KIND, subject=run.number))
    runs.decline(run=run, reason="a better snapshot came", by=officer, at=NOW)
    with pytest.raises(NotPossibleNow):
        runs.approve(run=run, by=officer, at=NOW)
    assert AuditRecord.objects.get(what="run.declined").details == {
        "reason": "a better snapshot came"
    }


def test_a_run_whose_computation_was_killed_can_be_given_up(officer, tmp_path):
    decided = claims.decided(tmp_path, by=officer)
    with pytest.raises(NotPossibleNow):
        runs.give_up(run=decided, by=officer, at=NOW)
    killed = Run.objects.create(
        number="R-0099",
        programme=decided.programme,
        policy=decided.policy,
        evidence=decided.evidence,
        made_by=officer,
        made_at=NOW,
    )
    assert runs.give_up(run=killed, by=officer, at=NOW).state == "failed"


@pytest.mark.parametrize("total", ["persons", "awards", "award_total", "payable_total"])
def test_the_database_refuses_a_decided_run_that_does_not_add_up(officer, tmp_path, total):
    decided = claims.decided(tmp_path, by=officer)
    false = Run.objects.create(
        number="R-0099",
        programme=decided.programme,
        policy=decided.policy,
        evidence=decided.evidence,
        made_by=officer,
        made_at=NOW,
    )
    setattr(false, total, 1)
    false.state, false.run_digest = "decided", decided.run_digest
    with pytest.raises(DatabaseError, match="does not add up"):
        false.save()


def test_the_database_lets_nobody_add_or_change_a_decision(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    partition = f"retail_claims_decision_r{run.pk}"
    for attack in (
        f"UPDATE {partition} SET award = award + 1",
        f"DELETE FROM {partition}",
        f"INSERT INTO {partition} SELECT * FROM {partition} LIMIT 1",
        "UPDATE retail_claims_decision SET award = award + 1",
        f"UPDATE retail_claims_run SET award_total = award_total + 1 WHERE id = {run.pk}",
    ):
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute(attack)


def test_the_same_policy_again_is_the_version_it_was(officer):
    opened = claims.programme(officer=officer)
    first = claims.entered(opened, by=officer)
    assert claims.entered(opened, by=officer) == first
    other = claims.entered(opened, by=officer, name="other")
    assert (first.version, other.version) == (1, 2)
    assert "salt" not in first.document


def test_a_bad_policy_is_refused_with_its_path(officer):
    opened = claims.programme(officer=officer)
    with pytest.raises(BadPolicy, match=r"award\.floor: must not be above award\.cap"):
        claims.entered(opened, by=officer, award={"floor": "7000"})
    assert not Policy.objects.exists()


def test_a_policy_that_awards_finer_units_than_the_asset_has_is_refused(officer):
    opened = claims.programme(officer=officer)
    claims.entered(opened, by=officer, award={"unit": "0.000001"})
    with pytest.raises(UnitTooFine, match="USDC has 6 decimals"):
        claims.entered(opened, by=officer, award={"unit": "0.0000001"})
    assert Policy.objects.count() == 1


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "folder"])
def test_the_payee_is_the_smallest_listed_account_whatever_the_format(officer, tmp_path, kind):
    opened = claims.programme(officer=officer)
    files = claims.three_persons(tmp_path / "evidence")
    files["accounts"] = rewritten(files["accounts"], kind)
    run = claims.computed(opened, files, tmp_path, by=officer)
    payees = dict(Decision.objects.filter(run=run).values_list("person_id", "payee"))
    assert payees == {"ann": "ann", "bob": "bob1", "cat": "cat"}


def test_the_same_files_again_are_the_evidence_they_were(officer, tmp_path):
    opened = claims.programme(officer=officer)
    files = claims.three_persons(tmp_path)
    assert claims.registered(opened, files, by=officer) == claims.registered(
        opened, files, by=officer
    )
    assert recorded().count("evidence.registered") == 1


@pytest.mark.parametrize("role", ["fills", "snapshot"])
def test_evidence_without_fills_or_snapshot_is_refused(officer, tmp_path, role):
    opened = claims.programme(officer=officer)
    files = claims.three_persons(tmp_path)
    del files[role]
    with pytest.raises(NoSuchFile, match=role):
        evidence_operations.register(programme=opened, files=files, by=officer, at=NOW)
    assert not Evidence.objects.exists()


def test_evidence_names_files_that_are_there_and_roles_that_exist(officer, tmp_path):
    opened = claims.programme(officer=officer)
    files = claims.three_persons(tmp_path)
    for wrong in ({"rumours": files["fills"]}, {"holds": tmp_path / "nowhere.csv"}):
        with pytest.raises(NoSuchFile):
            evidence_operations.register(
                programme=opened, files={**files, **wrong}, by=officer, at=NOW
            )
