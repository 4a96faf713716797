"""Evidence, facts, simulations and runs in the console: figures as the rules say, errors named."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from retail_claims.models import Evidence, Policy, Run
from retail_claims.operations import fact_sets
from tests import factories
from tests.console.factories import signed_in, signing_in
from tests.factories import NOW
from tests.retail_claims import factories as claims


@pytest.fixture
def gathered(own_database, settings, tmp_path):
    settings.CLAIMS_FACTS_DIR = str(tmp_path / "facts")
    officer = factories.person("claims_officer")
    programme = claims.programme(officer=officer)
    policy = claims.entered(programme, by=officer, pool={"amount": "1000"})
    files = claims.write(
        tmp_path / "in",
        fills=claims.losses(ann="800", bob="400", cat="49"),
        snapshot=claims.assets(ann="1000", bob="500", cat="100"),
    )
    evidence = claims.registered(programme, files, by=officer)
    found = fact_sets.ask(evidence=evidence, policy=policy, by=officer, at=NOW)
    fact_sets.gather(fact_set=found, at=NOW)
    found.refresh_from_db()
    return found


@pytest.fixture
def client(gathered):
    return signed_in(signing_in("claims_officer"))


def address(found, view="simulate"):
    return reverse(f"admin:retail_claims_factset_{view}", args=[found.pk])


def asked(policy, **changes):
    """Give a whole form, as the page sends it."""
    return {
        "base": policy.pk,
        "against": "",
        "eligibility.min_loss": "50",
        "eligibility.min_ratio": "0.3",
        "award.floor": "4",
        "award.cap": "6000",
        "pool.amount": "1000",
        "pool.appeals_reserve": "0",
        "rate: market": "1",
        "rate: platform_fault": "1",
        "pool.weight": "demand",
        "pool.infeasible_floors": "stop",
        "prior_compensation": "exclude",
        "snapshot.missing": "hold",
        "snapshot.not_positive": "review",
        "escrow": ["hold", "review"],
        **changes,
    }


def test_the_page_begins_with_the_policy_as_it_is(client, gathered):
    page = client.get(address(gathered))
    values = {name: field.initial for name, field in page.context["form"].fields.items()}
    sent = asked(gathered.policy)
    del sent["base"], sent["against"]
    assert {name: values[name] for name in sent} == sent
    assert "found" not in page.context


def test_a_change_shows_reach_cost_and_who_gains(client, gathered):
    before = gathered.policy
    sent = asked(
        before, **{"pool.amount": "600", "eligibility.min_loss": "20", "against": before.pk}
    )
    page = client.get(address(gathered), sent)
    text = page.content.decode()
    figures = dict(page.context["figures"])
    # Shared 800 : 400 : 49 of 600.
    assert figures["Awarded"] == "3 (100.0 %)"
    assert "600.00" in str(figures["Awards"])
    compared = dict(page.context["compared"])
    assert (compared["Gain"], compared["Lose"]) == ("1 persons", "2 persons")
    assert "Differences per person" in text
    rows = list(
        csv.reader(
            io.StringIO(b"".join(client.get(address(gathered, "differences"), sent)).decode())
        )
    )
    assert [row[0] for row in rows] == ["person", "ann", "bob", "cat"]
    assert rows[3][1:3] == ["decline", "award"]


def test_floors_that_the_pool_cannot_bear_are_told_with_their_bound(client, gathered):
    sent = asked(gathered.policy, **{"award.floor": "600"})
    page = client.get(address(gathered), sent)
    assert "The floors need 1,200.00 USDC, and 1,000.00 USDC is available" in page.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("eligibility.min_ratio", "thirty", "eligibility.min_ratio"),
        ("award.floor", "7000", "award.floor"),
        ("rate: market", "1.5", "coverage.rates.market"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    client, gathered, field, value, words
):
    page = client.get(address(gathered), asked(gathered.policy, **{field: value}))
    assert page.status_code == 422
    form = page.context["form"]
    assert words in str(form.errors[field])
    assert form[field].value() == value
    assert "found" not in page.context


def test_a_simulated_policy_is_entered_as_the_next_version(client, gathered):
    sent = asked(gathered.policy, **{"award.cap": "500"})
    query = client.get(address(gathered), sent).wsgi_request.get_full_path()
    answer = client.post(query)
    entered = Policy.objects.get(version=2)
    assert answer.status_code == 302
    assert entered.document["award"]["cap"] == "500.00000000"
    assert entered.salt != gathered.policy.salt
    assert client.get(address(gathered), asked(entered, against=entered.pk)).status_code == 200


def test_who_only_reads_simulates_and_enters_nothing(gathered):
    reader = signed_in(signing_in("auditor"))
    sent = asked(gathered.policy)
    page = reader.get(address(gathered), sent)
    assert page.status_code == 200
    assert "Enter as the next version" not in page.content.decode()
    assert reader.post(page.wsgi_request.get_full_path()).status_code == 403
    assert Policy.objects.count() == 1


def test_facts_are_asked_for_on_the_page_of_the_evidence(client, gathered):
    page = reverse("admin:retail_claims_evidence_act", args=[gathered.evidence_id, "gather"])
    answer = client.post(page, {"policy": gathered.policy_id})
    assert answer.url == reverse("admin:retail_claims_factset_change", args=[gathered.pk])


def test_facts_that_are_not_ready_have_no_simulation(client, gathered):
    fact_sets.again(fact_set=gathered, by=factories.person("claims_officer"), at=NOW)
    assert client.get(address(gathered)).status_code == 404
    page = client.get(reverse("admin:retail_claims_factset_change", args=[gathered.pk]))
    assert page.headers["Refresh"] == "5"


def test_evidence_is_uploaded_and_recognised(client, gathered, settings, tmp_path):
    settings.CLAIMS_EVIDENCE_DIR = str(tmp_path / "kept")
    page = reverse("admin:retail_claims_evidence_begin", args=["register"])

    def sent():
        fills = "\n".join([claims.HEADERS["fills"], *claims.losses(ann="x")]) + "\n"
        snapshot = claims.HEADERS["snapshot"] + "\n"
        return {
            "programme": gathered.policy.programme_id,
            "file_fills": SimpleUploadedFile("fills.csv", fills.encode()),
            "file_snapshot": SimpleUploadedFile("snapshot.csv", snapshot.encode()),
        }

    first = client.post(page, sent(), follow=True)
    assert "is registered" in first.content.decode()
    again = client.post(page, sent(), follow=True)
    assert "these are the same files" in again.content.decode()
    evidence = Evidence.objects.latest("id")
    found = fact_sets.ask(evidence=evidence, policy=gathered.policy, by=gathered.made_by, at=NOW)
    assert fact_sets.gather(fact_set=found, at=NOW) == "unusable"
    text = client.get(
        reverse("admin:retail_claims_factset_change", args=[found.pk])
    ).content.decode()
    assert "bad_number" in text
    rows = b"".join(client.get(address(found, "rejects"))).decode().splitlines()
    assert rows == ["file,row,column,code,value", "fills.csv,1,loss,bad_number,x"]


def test_evidence_without_its_two_files_is_refused_at_their_fields(client, gathered):
    page = reverse("admin:retail_claims_evidence_begin", args=["register"])
    answer = client.post(page, {"programme": gathered.policy.programme_id})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"file_fills", "file_snapshot"}


def test_a_run_is_asked_for_on_the_page_of_its_policy(client, gathered, settings, tmp_path):
    settings.CLAIMS_RUNS_DIR = str(tmp_path / "runs")
    page = reverse("admin:retail_claims_policy_act", args=[gathered.policy_id, "compute"])
    answer = client.post(page, {"evidence": gathered.evidence_id})
    run = Run.objects.get()
    assert answer.url == reverse("admin:retail_claims_run_change", args=[run.pk])
    page = client.get(answer.url)
    assert "waiting for a worker (begun 0 of 3 times)" in page.content.decode()
    assert page.headers["Refresh"] == "5"
