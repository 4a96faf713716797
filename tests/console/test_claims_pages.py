"""The retail programme on the pages: from a policy to a published run that anybody can check."""

import json
import subprocess
import sys

import pytest
from django.urls import reverse

from retail_claims.models import Run
from tests import factories
from tests.console.factories import signed_in, signing_in
from tests.retail_claims import factories as claims
from together.controls.models import Approval
from together.treasury.models import Disbursement


def _act(record, name: str) -> str:
    stem = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{stem}_act", args=[record.pk, name])


@pytest.fixture
def officer(own_database):
    return signing_in("claims_officer", "treasury_officer")


def test_before_anything_is_announced_the_public_page_says_so(own_database, client):
    assert b"has not been announced yet" in client.get("/").content
    assert client.get("/claims/policy.json").status_code == 404


def test_before_anything_is_published_only_the_promise_is_public(officer, client, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    page = client.get("/").content.decode()
    assert "Nothing is published yet" in page
    assert "300,000,000.00 USDC" in page
    assert run.merkle_root not in page
    assert client.get("/claims/policy.json").status_code == 404


def test_a_policy_is_entered_from_a_preset_or_refused_by_path_and_rule(officer):
    opened = claims.programme(officer=officer)
    client = signed_in(officer)
    form = {
        "preset": "announced",
        "name": "fault only",
        "market_rate": "0",
        "appeals_reserve": "20",
        "decided_at": "2025-10-14T12:00",
    }
    wrong = client.post(_act(opened, "preset"), {**form, "market_rate": "2"})
    assert wrong.status_code == 422
    assert b"coverage.rates" in wrong.content
    assert client.post(_act(opened, "preset"), form).status_code == 302
    policy = opened.policies.get()
    assert policy.document["coverage"]["rates"]["market"] == "0/1"
    page = client.get(reverse("admin:retail_claims_policy_change", args=[policy.pk])).content
    assert policy.digest.encode() in page
    assert policy.salt.encode() not in page


def test_the_variant_that_pays_for_faults_alone_is_ready_to_be_entered(officer):
    opened = claims.programme(officer=officer)
    client = signed_in(officer)
    shown = client.get(_act(opened, "preset")).content.decode()
    assert "fault_only" in shown
    form = {"preset": "fault_only", "name": "faults", "appeals_reserve": "20"}
    client.post(_act(opened, "preset"), {**form, "decided_at": "2025-10-14T12:00"})
    coverage = opened.policies.get().document["coverage"]
    assert coverage["rates"] == {"market": "0/1", "platform_fault": "1/1"}


def test_a_run_goes_from_decided_to_prepared_payments_by_buttons(officer, client, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    console = signed_in(officer)
    assert console.post(_act(run, "approve")).status_code == 409
    assert console.post(_act(run, "ask")).status_code == 302
    factories.approve(Approval.objects.get(kind="retail.run"))
    for name, state in (("approve", "approved"), ("publish", "published")):
        shown = console.get(_act(run, name)).content.decode()
        assert run.run_digest in shown
        assert "300.00" in shown
        assert console.post(_act(run, name)).status_code == 302
        assert Run.objects.get().state == state
    assert console.post(_act(run, "prepare")).status_code == 302
    assert Disbursement.objects.get(kind="award").count == 2

    # Now it is public: figures, root and the policy without its salt.
    public = client.get("/").content.decode()
    assert run.merkle_root in public
    assert "30 %" in public
    assert "50.00 USD" in public
    assert "300.00 USDC" in public
    policy = client.get("/claims/policy.json").content.decode()
    assert json.loads(policy)["name"] == "small"
    assert claims.SALT not in policy + public


def test_the_script_that_anybody_downloads_checks_a_proof_and_finds_a_changed_one(
    officer, client, tmp_path
):
    run = claims.decided(tmp_path, by=officer)
    decision = run.decisions.get(person_id="ann")
    address = reverse("admin:retail_claims_decision_proof", args=[decision.pk])
    proof = signed_in(officer).get(address).json()
    script = tmp_path / "verify_award.py"
    script.write_bytes(client.get("/claims/verify/verify_award.py").content)

    def check(document: dict) -> tuple[int, str]:
        file = tmp_path / "proof.json"
        file.write_text(json.dumps(document))
        command = [sys.executable, "-I", str(script), str(file), run.merkle_root]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    status, said = check(proof)
    assert (status, said.split()[0]) == (0, "VALID:")
    assert "award 100" in said
    status, said = check({**proof, "row": {**proof["row"], "award": "101"}})
    assert (status, said.split(":")[0]) == (1, "NOT VALID")
    assert claims.SALT not in json.dumps(proof)


def test_decisions_show_each_test_and_reason(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    console = signed_in(officer)
    held = run.decisions.get(person_id="cat")
    page = console.get(reverse("admin:retail_claims_decision_change", args=[held.pk]))
    assert b"snapshot" in page.content
    listed = console.get(reverse("admin:retail_claims_decision_changelist"), {"q": "ann"})
    assert b"ann" in listed.content
    assert b"bob" not in listed.content
    run_page = console.get(reverse("admin:retail_claims_run_change", args=[run.pk])).content
    assert b"How awards are spread" in run_page


def test_the_api_gives_awards_to_officers(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    rows = signed_in(officer).get("/api/v1/awards/", {"run__number": run.number}).json()["results"]
    assert {row["person_id"]: row["award"]["amount"] for row in rows} == {
        "ann": "100.000000",
        "bob": "200.000000",
        "cat": "0.000000",
    }
