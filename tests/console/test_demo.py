"""The demo says why a policy is refused and goes on; bad evidence is refused by row and value."""

import pytest

from retail_claims.models import Run
from retail_claims.operations import policies
from tests import factories
from tests.factories import NOW
from tests.retail_claims.factories import assets, losses, write
from together.console.operations.demo import cast as casting
from together.console.operations.demo import claims, funds
from together.console.operations.demo.claims import BadEvidence


@pytest.fixture
def cast(own_database):
    """The people of the demo; the tests' own administrator enters them."""
    first = factories.administrator()
    found = {"security_administrator": first}
    for username, full_name, role in casting.OFFICERS:
        found[role] = casting.ensure(username, full_name, role, scope="", by=first, at=NOW)
    return found


@pytest.fixture
def programme(cast):
    pool = funds.pool("retail", "Retail pool", "10000", cast=cast, at=NOW, tell=str)
    return policies.open_programme(
        code="october", name="Crash", pool=pool, announced_at=NOW, by=cast["claims_officer"], at=NOW
    )


def decide(programme, files, cast, folder):
    told = []
    run = claims.decided(
        programme, lambda: files, folder=folder / "runs", cast=cast, at=NOW, tell=told.append
    )
    return run, told


def test_floors_beyond_the_pool_are_refused_with_the_bound_and_the_other_policy_follows(
    programme, cast, tmp_path
):
    # Three persons at a floor of 4,000 need 12,000; 9,800 are there after the appeals reserve.
    by_person = {"ann": "5000", "bob": "6000", "cat": "7000"}
    files = write(tmp_path / "e", fills=losses(**by_person), snapshot=assets(**by_person))
    run, told = decide(programme, files, cast, tmp_path)
    assert "policy 'seed' is refused: its floors need 12000.00000000" in told[0]
    assert "9800.00000000 is available, 2200.00000000 is missing" in told[0]
    assert (run.policy.name, run.state, run.awards) == ("announced", "decided", 3)
    assert run.award_total == 9_800_000_000
    assert list(Run.objects.order_by("id").values_list("state", flat=True)) == [
        "infeasible",
        "decided",
    ]


def test_a_feasible_founding_policy_is_the_one_that_counts(programme, cast, tmp_path):
    files = write(tmp_path / "e", fills=losses(ann="5000"), snapshot=assets(ann="5000"))
    run, told = decide(programme, files, cast, tmp_path)
    assert (run.policy.name, run.award_total, len(told)) == ("seed", 5_000_000_000, 2)


def test_bad_evidence_is_refused_by_file_row_column_and_value(programme, cast, tmp_path):
    files = write(tmp_path / "e", fills=losses(ann="1e5"), snapshot=assets(ann="5000"))
    with pytest.raises(BadEvidence, match=r"fills\.csv,1,loss,bad_number,1e5"):
        decide(programme, files, cast, tmp_path)
    assert Run.objects.get().state == "bad_data"
    assert not Run.objects.exclude(awards=0).exists()
