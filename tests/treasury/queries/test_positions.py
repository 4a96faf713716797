"""Positions: each pool's accounts, its batches' and those that the programmes name, in one query."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.console import factories as seen
from tests.factories import usdc
from together.treasury.queries.positions import positions

pytestmark = pytest.mark.django_db


def test_the_steps_of_a_pool_add_up_to_what_was_put_in():
    pool = factories.funded_pool(amount="1000")
    disbursement = factories.released(pool, factories.payments(["100", "50", "25"]))
    seen.settle(disbursement, 2)
    (now,) = positions()
    assert now.of("fund.available") == usdc("825")
    assert now.of("allotment") == usdc("25")
    assert now.of("clearing.out") == usdc("150")
    assert now.of("fund.available", "allotment", "clearing.out") == usdc("1000") == now.of("cash")
    assert dict(now.steps)["disbursed"] == usdc("25")


def test_money_of_one_pool_is_not_in_another():
    factories.funded_pool("retail", amount="10")
    factories.funded_pool("loans", amount="20")
    found = {one.pool.code: one.of("cash") for one in positions()}
    assert found == {"retail": usdc("10"), "loans": usdc("20")}


def test_accounts_of_a_programme_count_only_for_the_pool_that_it_names():
    from tests.portal import factories as lending

    loan = lending.committed_loan(lending.loans_pool(), lending.institution(), "5000")
    assert positions()[0].of("fund.committed") == usdc("0")
    (now,) = positions(loans=[(loan.number, loan.pool_id)])
    assert now.of("fund.committed") == usdc("5000")


def test_a_pool_without_money_has_a_position_of_nothing():
    factories.pool("empty")
    (now,) = positions()
    assert {amount for _, amount in now.steps} == {usdc("0")}


def test_all_pools_cost_two_queries_whatever_they_hold():
    for code in ("a", "b", "c"):
        factories.funded_pool(code)
    with CaptureQueriesContext(connection) as captured:
        positions()
    assert len(captured) == 2
