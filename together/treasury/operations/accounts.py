"""Cash accounts: opening another one of a pool, and holding money to the right one."""

from datetime import datetime

from django.db import transaction

from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record
from together.ledger.rules.money import ASSETS
from together.treasury.models import CashAccount, Pool


class NotOfThePool(Refused):
    """Raised when an account is another pool's, or keeps another asset."""


@transaction.atomic(durable=True)
def open_account(
    *,
    pool: Pool,
    code: str,
    kind: str,
    asset: str,
    identifier: str,
    servicer: str,
    holder: str,
    by: Person,
    at: datetime,
) -> CashAccount:
    """
    Open a further account of a pool: it holds nothing until a statement says so.

    :raises ValidationError: naming the field, if the code or identifier is taken or empty
    """
    people.demand(by, "treasury.write")
    if asset not in ASSETS:
        raise NotOfThePool(f"asset {asset!r} is none of {', '.join(ASSETS)}")
    account = CashAccount(
        code=code,
        pool=pool,
        kind=kind,
        asset=asset,
        identifier=identifier,
        servicer=servicer,
        holder=holder,
    )
    account.full_clean()
    account.save(force_insert=True)
    record(
        what="account.opened",
        subject=code,
        by=by,
        at=at,
        details={"pool": pool.code, "kind": kind, "asset": asset, "identifier": identifier},
    )
    return account


def of_pool(account: CashAccount | None, pool: Pool, asset: str) -> CashAccount:
    """
    Give an account (or else the pool's main one) if it is the pool's and keeps the asset.

    :raises NotOfThePool: if it is not
    """
    account = account or pool.main_account
    if (account.pool_id, account.asset) != (pool.code, asset):
        raise NotOfThePool(
            f"account {account.code} keeps {account.asset} of pool {account.pool_id}; "
            f"asked for is {asset} of pool {pool.code}"
        )
    return account
