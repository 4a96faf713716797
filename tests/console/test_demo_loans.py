"""The borrowers of the demo: twelve that differ, a near match, one declined and one referred."""

import pytest
from stdnum import lei

from loans.models import Application, Institution, Worksheet
from tests.console.factories import demo_cast
from tests.factories import NOW
from together.console.operations.demo import funds, loans, markets
from together.console.operations.demo.borrowers import BORROWERS
from together.controls.models import AuditRecord, Hit, Screening


@pytest.fixture
def cast(own_database):
    """The people of the demo."""
    return demo_cast()


@pytest.fixture
def pool(cast):
    """The institutional pool, with the first prices."""
    opened = funds.pool("loans", "Institutional pool", "100000000", cast=cast, at=NOW, tell=str)
    markets.begin(cast=cast, at=NOW, tell=str)
    return opened


def test_twelve_institutions_live_twelve_lives():
    assert len(BORROWERS) == len({one.lei for one in BORROWERS}) == 12
    assert all(lei.is_valid(one.lei) for one in BORROWERS)
    assert {one.habit for one in BORROWERS} == {
        "on time",
        "early",
        "late",
        "partial",
        "over-paid",
        "mis-referenced",
        "margin-called",
        "restructured",
        "prepaid",
        "silent",
        "declined",
        "referred",
    }
    assert len({one.sector for one in BORROWERS}) >= 8


def test_one_borrower_is_like_a_listed_name_and_is_lent_to_once_it_is_cleared(cast, pool):
    told: list[str] = []
    made = loans.originate(pool, BORROWERS, cast=cast, at=NOW, tell=told.append)
    assert len(made) == 10
    [hit] = Hit.objects.all()
    assert (hit.state, hit.title) == ("cleared", "Halden Prime Brokerage AS")
    assert (hit.proposed_by, hit.decided_by) == (cast["loan_officer"], cast["compliance"])
    assert Screening.objects.count() == 12
    # Told again, nothing happens twice.
    assert loans.originate(pool, BORROWERS, cast=cast, at=NOW, tell=told.append) == made
    assert Screening.objects.count() == 12
    assert AuditRecord.objects.filter(what="hit.cleared").count() == 1


def test_one_is_declined_on_its_accounts_and_one_is_referred_and_waits(cast, pool):
    told: list[str] = []
    others = [one for one in BORROWERS if one.habit in ("declined", "referred")]
    assert loans.originate(pool, others, cast=cast, at=NOW, tell=told.append) == []
    found = {
        one.institution.legal_name: (one.state, Worksheet.objects.get(application=one))
        for one in Application.objects.select_related("institution")
    }
    state, worksheet = found["Quillon Yield Fund LP"]
    assert (state, worksheet.recommendation) == ("declined", "decline")
    state, worksheet = found["Orthogonal Arbitrage LP"]
    assert (state, worksheet.recommendation) == ("submitted", "refer")
    assert any("is declined" in line for line in told)
    assert any("is referred" in line for line in told)


def test_two_of_them_are_one_group_and_one_has_an_exchange_for_shareholder(cast, pool):
    those = [one for one in BORROWERS if one.group or one.exchange]
    assert len(loans.originate(pool, those, cast=cast, at=NOW, tell=str)) == 3
    grouped = Institution.objects.exclude(group=None)
    assert len({one.group_id for one in grouped}) == 1
    assert len(grouped) == 2
    assert Institution.objects.get(affiliation="shareholder").exchange == "Example Exchange"
