"""Proofs from the database: they verify with nothing but the published root."""

import json
from pathlib import Path

import pytest

from retail_claims.queries import clock, figures, proofs
from retail_claims.queries.proofs import NoDecision
from retail_claims.rules import proofs as proof_rules
from retail_claims.rules.proofs import NotProved
from tests import factories
from tests.retail_claims import factories as claims


@pytest.fixture
def officer(own_database):
    return factories.person("claims_officer")


def usdc(text):
    return factories.usdc(text)


@pytest.mark.parametrize("person_id", ["ann", "bob", "cat"])
def test_every_person_gets_a_proof_that_leads_to_the_root(officer, tmp_path, person_id):
    run = claims.decided(tmp_path, by=officer)
    proof = proofs.proof_of(run, person_id)
    read = proof_rules.read(json.dumps(proof).encode())
    assert proof_rules.verify(read, run.merkle_root).person_id == person_id
    assert claims.SALT not in json.dumps(proof)


def test_a_proof_is_found_by_the_reference_too(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    ref = run.decisions.get(person_id="ann").person_ref
    assert proofs.proof_of(run, ref)["person_id"] == "ann"


def test_who_has_no_decision_gets_no_proof(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    with pytest.raises(NoDecision, match="dan"):
        proofs.proof_of(run, "dan")


def test_a_tree_that_was_tampered_with_proves_nothing(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    tree = Path(run.folder) / "tree.bin"
    data = bytearray(tree.read_bytes())
    data[8 + 3 * 48 : 8 + 4 * 48] = bytes(48)
    data[8 : 8 + 3 * 48] = bytes(3 * 48)
    tree.write_bytes(bytes(data))
    with pytest.raises(NotProved):
        proofs.proof_of(run, "ann")


def test_figures_count_decisions_reasons_and_awards(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    assert figures.decisions(run) == {"award": 2, "decline": 0, "review": 0, "hold": 1}
    assert figures.reasons(run)["snapshot"] == 1
    found = {str(band.start): (band.persons, band.total) for band in figures.bands(run)}
    assert found["100.00 USDC"] == (2, usdc("300"))
    assert sum(count for count, _ in found.values()) == 2
    assert [(d.persons, d.smallest) for d in figures.deciles(run)] == [
        (1, usdc("100")),
        (1, usdc("200")),
    ]


def test_the_public_page_shows_nothing_before_publication_and_never_the_salt(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    assert clock.published_run(run.programme) is None


def test_the_public_page_shows_totals_root_and_policy(officer, tmp_path):
    run = claims.published(tmp_path, by=officer)
    shown = clock.published_run(run.programme)
    page = clock.progress(shown)
    assert (page.awarded, page.escrowed, page.paid) == (usdc("300"), usdc("300"), usdc("0"))
    assert shown.merkle_root == run.merkle_root
    assert shown.policy.document["salt_sha256"]
    assert claims.SALT not in json.dumps(shown.policy.document)


def test_rejects_of_a_run_are_read_back_as_they_were_written(officer, tmp_path):
    opened = claims.programme(officer=officer)
    files = claims.write(
        tmp_path,
        fills=claims.losses(**{"ann": "=1+1", "bob": "-3"}),
        snapshot=claims.assets(ann="100"),
    )
    run = claims.computed(opened, files, tmp_path, by=officer)
    assert {
        (one.row, one.code, one.value) for one in figures.rejects(figures.rejects_file(run))
    } == {
        (1, "bad_number", "'=1+1"),
        (2, "negative", "'-3"),
    }
    assert figures.rejects_file(run).is_file()
