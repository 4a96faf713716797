"""Two runs side by side: the sums of what changes are the sums of the persons' changes."""

import pytest

from retail_claims.operations import runs
from retail_claims.queries import differences
from tests import factories
from tests.factories import NOW, usdc
from tests.retail_claims import factories as claims


@pytest.fixture
def officer(own_database):
    return factories.person("claims_officer")


def test_a_run_does_not_differ_from_itself(officer, tmp_path):
    run = claims.decided(tmp_path, by=officer)
    found = differences.between(run, run)
    assert (found.gaining, found.losing, found.unchanged) == (0, 0, 3)
    assert differences.largest(run, run) == []


def test_who_gains_and_who_loses_is_told_person_by_person(officer, tmp_path):
    # Under the other policy nobody gets more than 150, and Cat, without a snapshot, nothing.
    run = claims.decided(tmp_path, by=officer)
    policy = claims.entered(
        run.programme,
        by=officer,
        award={"floor": "120", "cap": "150"},
        snapshot={"at": "2025-10-09T23:59:00Z", "missing": "decline"},
    )
    other = runs.compute(policy=policy, evidence=run.evidence, folder=tmp_path, by=officer, at=NOW)
    found = differences.between(run, other)
    assert (found.gaining, found.losing, found.unchanged, found.decided_otherwise) == (1, 2, 0, 1)
    assert (found.gained, found.lost) == (usdc("20"), usdc("350"))
    assert [
        (one.person_id, one.decision_after, one.before, one.after)
        for one in differences.largest(run, other)
    ] == [
        ("cat", "decline", usdc("300"), usdc("0")),
        ("bob", "award", usdc("200"), usdc("150")),
        ("ann", "award", usdc("100"), usdc("120")),
    ]
    assert len(differences.largest(run, other, most=1)) == 1
