"""Accounts of a pool: opened for ever, and money held to the right one."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from tests.factories import NOW, funded_pool, payments, person, pool, usdc
from together.controls.models import AuditRecord
from together.treasury.models import CashAccount, Disbursement, Funding
from together.treasury.operations import accounts, disbursements, pools
from together.treasury.operations.accounts import NotOfThePool
from together.treasury.operations.disbursements import Order


def opened(of, code="retail-2", asset="USDC", identifier="wallet-2", **said):
    wanted = {"kind": "exchange", "servicer": "", "holder": "", **said}
    return accounts.open_account(
        pool=of,
        code=code,
        asset=asset,
        identifier=identifier,
        by=person("treasury_officer"),
        at=NOW,
        **wanted,
    )


def order(of, account):
    return disbursements.prepare(
        pool=of,
        account=account,
        order=Order("award", "R-1", "retail.payout", ("fund.available", of.code)),
        payments=payments(["10"]),
        by=person("treasury_officer"),
        at=NOW,
    )


def test_a_pool_begins_with_a_main_account_of_its_own_code(own_database):
    found = pool()
    assert found.main_account == CashAccount.objects.get()
    assert (found.main_account.code, found.main_account.asset) == (found.code, found.asset)


def test_a_further_account_is_recorded_and_its_code_is_taken_for_ever(own_database):
    found = pool()
    opened(found)
    assert AuditRecord.objects.filter(what="account.opened", subject="retail-2").exists()
    with pytest.raises(ValidationError, match="already exists"):
        opened(found, identifier="wallet-3")
    with pytest.raises(ValidationError, match="already exists"):
        opened(found, code="retail-3")


def test_an_asset_nobody_knows_is_refused_by_name(own_database):
    with pytest.raises(NotOfThePool, match="'DOGE'"):
        opened(pool(), asset="DOGE")


def test_money_is_neither_paid_from_nor_funded_on_another_pools_account(own_database):
    found, other = funded_pool(), pool("other")
    with pytest.raises(NotOfThePool, match="account other keeps USDC of pool other"):
        order(found, other.main_account)
    dollars = opened(found, code="retail-usd", asset="USD", kind="bank")
    with pytest.raises(NotOfThePool, match="account retail-usd keeps USD"):
        order(found, dollars)
    with pytest.raises(NotOfThePool, match="asked for is USDC"):
        pools.propose_funding(
            pool=found,
            account=dollars,
            reference="F-9",
            money=usdc("1"),
            on=date(2025, 10, 14),
            by=person("treasury_officer"),
            at=NOW,
        )
    assert not Disbursement.objects.exists()
    assert not Funding.objects.filter(reference="F-9").exists()


def test_a_disbursement_is_paid_from_the_account_that_was_approved(own_database):
    found = funded_pool()
    second = opened(found)
    asked = order(found, second)
    assert asked.account == second
    first = disbursements.effect(asked, [])
    asked.account = found.main_account
    assert disbursements.effect(asked, []) != first
