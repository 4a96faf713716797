"""Cash accounts: opening another one of a pool, and holding money to the right one."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record
from together.ledger.rules.money import ASSETS
from together.treasury.models import CashAccount, Pool
from together.treasury.queries.chains import NotServed, contracts_of
from together.treasury.rules.accounts import Named, NotAnAccount, checked_own
from together.treasury.rules.destinations import RailKind


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

    The identifier is kept as it is written once: an IBAN without blanks, an address with its
    checksum.

    :raises NotAnAccount: with each field that no servicer of the kind would know
    :raises ValidationError: naming the field, if the code or identifier is taken or empty
    """
    people.demand(by, "treasury.write")
    if asset not in ASSETS:
        raise NotOfThePool(f"asset {asset!r} is none of {', '.join(ASSETS)}")
    account = write_down(
        pool=pool, code=code, named=Named(kind, asset, identifier, servicer, holder)
    )
    record(
        what="account.opened",
        subject=code,
        by=by,
        at=at,
        details={"pool": pool.code, "kind": kind, "asset": asset, "identifier": account.identifier},
    )
    return account


def write_down(*, pool: Pool, code: str, named: Named) -> CashAccount:
    """
    Write an account down; part of an operation that asked whether the person may.

    Errors as in :func:`open_account`.
    """
    found = checked_own(named, contracts=_contracts(named))
    account = CashAccount(code=code, pool=pool, **asdict(found))
    account.full_clean()
    account.save(force_insert=True)
    return account


def _contracts(named: Named) -> list[str]:
    """Give the contracts of the asset on the account's chain; one that has none is not served."""
    if named.kind != RailKind.CHAIN:
        return []
    try:
        return contracts_of(chain=named.servicer, asset=named.asset)
    except NotServed as error:
        raise NotAnAccount(str(error)) from error


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
