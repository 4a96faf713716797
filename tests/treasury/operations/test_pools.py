"""Pools are funded by one person and approved by another."""

import pytest

from tests.factories import NOW, TODAY, approve, person, pool, usdc
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.ledger.models import Account
from together.treasury.operations import pools
from together.treasury.operations.pools import ReferenceTaken

pytestmark = pytest.mark.django_db


def propose(to, officer, amount="100", reference="F-1"):
    return pools.propose_funding(
        pool=to, reference=reference, money=usdc(amount), on=TODAY, by=officer, at=NOW
    )


def test_a_pool_holds_nothing_until_its_funding_is_approved_and_booked():
    officer = person("treasury_officer")
    to = pool(officer=officer)
    asked = propose(to, officer)
    with pytest.raises(NotApproved):
        pools.fund(reference="F-1", by=officer, at=NOW)
    assert not Account.objects.exists()
    approve(asked)
    assert pools.fund(reference="F-1", by=officer, at=NOW)
    assert not pools.fund(reference="F-1", by=officer, at=NOW)
    assert Account.objects.get(chart_id="cash", subject="retail").balance == 100_000_000


def test_a_reference_names_one_funding():
    officer = person("treasury_officer")
    to = pool(officer=officer)
    assert propose(to, officer) == propose(to, officer)
    with pytest.raises(ReferenceTaken, match="F-1"):
        propose(to, officer, amount="101")


def test_only_the_treasury_opens_and_funds_pools():
    other = person("claims_officer")
    with pytest.raises(NotAllowed):
        pool(officer=other)
    with pytest.raises(NotAllowed):
        propose(pool(), other)
