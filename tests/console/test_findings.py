"""Findings on the pages: stated, approved, in force, and in the evidence that is drawn up."""

import pytest
from django.urls import reverse

from retail_claims.models import Evidence, Finding
from retail_claims.operations import findings
from tests import factories
from tests.console.factories import signed_in, signing_in
from tests.retail_claims import factories as claims
from together.controls.models import Approval

LIST = "admin:retail_claims_finding_changelist"


@pytest.fixture
def officer(own_database, settings, tmp_path):
    settings.CLAIMS_EVIDENCE_DIR = str(tmp_path / "kept")
    return signing_in("claims_officer")


@pytest.fixture
def policy(officer):
    return claims.entered(claims.programme(officer=officer), by=officer)


@pytest.fixture
def client(policy, officer):
    return signed_in(officer)


def state(client, role, **fields):
    address = reverse("admin:retail_claims_finding_begin", args=[f"state-{role}"])
    said = {"programme": "october", "counts": "yes", "reason": "Case 12", **fields}
    return client.post(address, said)


def excluded(client, **fields):
    about = {"subject_kind": "account", "subject": "ann", "code": "employee", "expires_at": ""}
    return state(client, "exclusions", **{**about, **fields})


def test_an_empty_list_says_what_it_means(client):
    assert b"decides on the files of its evidence alone" in client.get(reverse(LIST)).content


def test_a_finding_is_stated_with_the_codes_of_the_policy(client, policy):
    address = reverse("admin:retail_claims_finding_begin", args=["state-exclusions"])
    page = client.get(address)
    codes = [code for code, _ in page.context["form"].fields["code"].choices]
    assert codes == sorted(policy.document["exclusion_codes"])
    wrong = excluded(client, subject="a b")
    assert wrong.status_code == 409
    assert b"subject: &#x27;a b&#x27; is no id" in wrong.content
    assert excluded(client, expires_at="2026-01-31T12:30:00").status_code == 302
    found = Finding.objects.get()
    assert found.cells["expires_at"] == "2026-01-31T12:30:00Z"


def test_it_waits_on_its_page_until_it_is_approved_and_then_is_drawn_up(
    client, policy, officer, tmp_path
):
    evidence = claims.registered(
        policy.programme, claims.three_persons(tmp_path / "in"), by=officer
    )
    excluded(client)
    found = Finding.objects.get()
    page = reverse("admin:retail_claims_finding_change", args=[found.pk])
    assert b"a claims approver, then to be put in force" in client.get(page).content
    factories.approve(Approval.objects.get(kind=findings.KIND))
    put = reverse("admin:retail_claims_finding_act", args=[found.pk, "put-in-force"])
    assert b"Case 12" in client.get(put).content
    assert client.post(put).status_code == 302
    draw = reverse("admin:retail_claims_evidence_act", args=[evidence.pk, "draw-up"])
    assert b"Findings: exclusion" in client.get(draw).content
    assert client.post(draw, {"policy": policy.pk}).status_code == 302
    new = Evidence.objects.get(base=evidence)
    shown = client.get(reverse("admin:retail_claims_evidence_change", args=[new.pk])).content
    assert b"account ann, employee" in shown
    assert str(evidence).encode() in shown


def test_a_hold_stands_at_once_and_its_end_names_it_by_its_key(client):
    about = {"subject_kind": "person", "subject": "bob", "code": "dispute", "expires_at": ""}
    state(client, "holds", **about)
    held = Finding.objects.get()
    assert held.state == "in_force"
    state(client, "holds", **{**about, "counts": "no"})
    page = client.get(reverse("admin:retail_claims_finding_change", args=[held.pk]))
    assert b"FD-0002" in page.content


def test_the_list_is_found_by_number_and_key_in_as_many_queries(
    client, policy, django_assert_max_num_queries
):
    for subject in ("ann", "bob", "cat"):
        excluded(client, subject=subject)
    client.get(reverse(LIST))  # shows what was said
    with django_assert_max_num_queries(25):
        page = client.get(reverse(LIST), {"q": "bob"}).content.decode()
    assert "account bob, employee" in page
    assert "account ann, employee" not in page
