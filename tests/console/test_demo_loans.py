"""The borrowers of the demo: screened against invented names, one near match cleared by two."""

import pytest

from tests.console.factories import demo_cast
from tests.factories import NOW
from together.console.operations.demo import funds, loans, markets
from together.controls.models import AuditRecord, Hit, Screening


@pytest.fixture
def cast(own_database):
    """The people of the demo."""
    return demo_cast()


def test_one_borrower_is_like_a_listed_name_and_is_lent_to_once_it_is_cleared(cast):
    pool = funds.pool("loans", "Institutional pool", "100000000", cast=cast, at=NOW, tell=str)
    told: list[str] = []
    markets.begin(cast=cast, at=NOW, tell=told.append)
    made = loans.originate(pool, cast=cast, at=NOW, tell=told.append)
    assert len(made) == 4
    [hit] = Hit.objects.all()
    assert (hit.state, hit.title) == ("cleared", "Halden Prime Brokerage AS")
    assert (hit.proposed_by, hit.decided_by) == (cast["loan_officer"], cast["compliance"])
    assert Screening.objects.count() == 5
    # Told again, nothing happens twice.
    assert loans.originate(pool, cast=cast, at=NOW, tell=told.append) == made
    assert Screening.objects.count() == 5
    assert AuditRecord.objects.filter(what="hit.cleared").count() == 1
