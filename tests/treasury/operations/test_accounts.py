"""Accounts of a pool: opened for ever, and money held to the right one."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from tests.factories import CHAIN_SENDER, NOW, funded_pool, payments, person, pool, usdc
from together.controls.models import AuditRecord
from together.treasury.models import CashAccount, Disbursement, Funding, Pool
from together.treasury.operations import accounts, disbursements, order_effects, pools
from together.treasury.operations.accounts import NotOfThePool
from together.treasury.operations.disbursements import Order
from together.treasury.rules.accounts import NotAnAccount
from together.treasury.rules.programmes import PoolProgramme

# Of USDC on Ethereum.
CONTRACT = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"


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


BANK = {
    "kind": "bank",
    "identifier": "GB29 NWBK 6016 1331 9268 19",
    "servicer": "NWBKGB2L",
    "holder": "Together Initiative",
}


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


def test_an_iban_is_kept_without_blanks_and_an_address_with_its_checksum(own_database):
    found = pool()
    bank = opened(found, code="bank", asset="USD", **BANK)
    chain = opened(found, code="chain", kind="chain", identifier=CHAIN_SENDER.lower(), servicer="1")
    kept = {a.code: a.identifier for a in CashAccount.objects.exclude(code=found.code)}
    assert kept == {"bank": "GB29NWBK60161331926819", "chain": CHAIN_SENDER}
    assert (bank.identifier, chain.identifier) == (kept["bank"], kept["chain"])
    told = AuditRecord.objects.get(what="account.opened", subject="bank").details
    assert told["identifier"] == kept["bank"]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({**BANK, "identifier": "GB29NWBK60161331926818"}, "identifier: .*no IBAN"),
        ({**BANK, "servicer": "NOBIC"}, "servicer: 'NOBIC' is no BIC"),
        ({"kind": "chain", "identifier": "0x12", "servicer": "1"}, "identifier: '0x12'"),
        ({"kind": "chain", "identifier": CHAIN_SENDER, "servicer": "56"}, "USDC on chain '56'"),
        ({"kind": "chain", "identifier": CONTRACT, "servicer": "1"}, "contract of USDC itself"),
        ({"identifier": "a wallet"}, "identifier: 'a wallet' is no account"),
        ({"identifier": ""}, "identifier: '' is no account"),
        ({"kind": "pigeon"}, "kind: 'pigeon'"),
    ],
)
def test_what_no_servicer_would_know_is_refused_by_field_value_and_rule(own_database, said, text):
    found = pool()
    with pytest.raises(NotAnAccount, match=text):
        opened(found, **said)
    assert list(CashAccount.objects.all()) == [found.main_account]
    assert not AuditRecord.objects.filter(what="account.opened").exists()


def test_a_pool_is_not_opened_with_a_wallet_that_is_none(own_database):
    with pytest.raises(NotAnAccount, match="identifier: 'w 1'"):
        pools.open_pool(
            code="gift",
            name="Gift",
            wallet="w 1",
            given_for=PoolProgramme.LOANS,
            promised=usdc("1"),
            by=person("treasury_officer"),
            at=NOW,
        )
    assert not Pool.objects.exists()


def test_money_is_neither_paid_from_nor_funded_on_another_pools_account(own_database):
    found, other = funded_pool(), pool("other")
    with pytest.raises(NotOfThePool, match="account other keeps USDC of pool other"):
        order(found, other.main_account)
    dollars = opened(found, code="retail-usd", asset="USD", **BANK)
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
    first = order_effects.effect(asked, [])
    asked.account = found.main_account
    assert order_effects.effect(asked, []) != first
