"""Pools: opening one, and funding it under four eyes."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.records import record
from together.ledger.operations import posting
from together.ledger.rules.money import Money, in_cents
from together.treasury import postings
from together.treasury.models import CashAccount, Funding, Pool
from together.treasury.operations import accounts
from together.treasury.rules.accounts import Named
from together.treasury.rules.destinations import RailKind
from together.treasury.rules.programmes import PoolProgramme

KIND = "pool.funding"
PROGRAMME = "pool.programme"


class ReferenceTaken(Refused):
    """Raised when a reference already names something else."""


class SaidAlready(Refused):
    """Raised when a pool is to be given for a programme and is given for one."""


@transaction.atomic(durable=True)
def open_pool(
    *,
    code: str,
    name: str,
    wallet: str,
    given_for: PoolProgramme,
    promised: Money,
    by: Person,
    at: datetime,
) -> Pool:
    """
    Open a pool for a programme, with its main account; it holds nothing until it is funded.

    ``wallet`` is the main account's, at the exchange.

    :raises NotAnAccount: if the exchange could have no such wallet
    :raises ValidationError: naming the field, if the code or wallet is taken
    """
    people.demand(by, "treasury.write")
    pool = Pool(
        code=code,
        name=name,
        asset=promised.asset,
        given_for=given_for,
        promised=promised.minor_units,
    )
    pool.full_clean()
    pool.save(force_insert=True)
    accounts.write_down(pool=pool, code=code, named=Named(RailKind.EXCHANGE, pool.asset, wallet))
    said = {"given_for": given_for, "promised": str(promised)}
    record(what="pool.opened", subject=code, by=by, at=at, details=said)
    return pool


@transaction.atomic(durable=True)
def propose_programme(
    *, pool: Pool, given_for: PoolProgramme, by: Person, at: datetime
) -> Approval:
    """
    Ask to say which programme a pool is given for that was opened before that was asked.

    :raises SaidAlready: if it is given for one
    """
    people.demand(by, "treasury.write")
    pool = _unsaid(pool)
    return approvals.request(
        kind=PROGRAMME,
        subject=pool.code,
        effect=_said(pool, given_for),
        amount_cents=in_cents(pool.promised, pool.asset),
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def say_programme(*, pool: Pool, given_for: PoolProgramme, by: Person, at: datetime) -> None:
    """
    Say, as it was approved, which programme a pool is given for.

    :raises NotApproved: if just this programme was not approved for it
    :raises SaidAlready: if it is given for one
    """
    people.demand(by, "treasury.write")
    pool = _unsaid(pool)
    effect = _said(pool, given_for)
    approvals.demand(kind=PROGRAMME, subject=pool.code, effect=effect)
    pool.given_for = given_for
    pool.save(update_fields=["given_for"])
    record(what="pool.programme_said", subject=pool.code, by=by, at=at, details=effect)


def _unsaid(pool: Pool) -> Pool:
    pool = Pool.objects.select_for_update().get(pk=pool.pk)
    if pool.given_for:
        raise SaidAlready(f"pool {pool.code} is given for {pool.get_given_for_display()} already")
    return pool


def _said(pool: Pool, given_for: PoolProgramme) -> dict[str, Any]:
    return {"pool": pool.code, "given_for": given_for.value}


@transaction.atomic(durable=True)
def propose_funding(
    *,
    pool: Pool,
    reference: str,
    money: Money,
    on: date,
    by: Person,
    at: datetime,
    account: CashAccount | None = None,
) -> Approval:
    """
    Ask for money to be put into a pool, on an account or its main one; somebody else approves it.

    :raises ReferenceTaken: if the reference names another funding
    :raises NotOfThePool: if the account is another pool's, or keeps another asset
    """
    people.demand(by, "treasury.write")
    account = accounts.of_pool(account, pool, money.asset)
    funding, is_new = Funding.objects.get_or_create(
        reference=reference,
        defaults={
            "pool": pool,
            "account": account,
            "amount": money.minor_units,
            "on": on,
            "entered_by": by,
            "entered_at": at,
        },
    )
    if not is_new and (funding.account_id, funding.amount) != (account.code, money.minor_units):
        raise ReferenceTaken(f"funding {reference} is already entered with other terms")
    return approvals.request(
        kind=KIND,
        subject=reference,
        effect=_effect(funding),
        amount_cents=in_cents(money.minor_units, money.asset),
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def fund(*, reference: str, by: Person, at: datetime) -> bool:
    """
    Book an approved funding and say whether it is new.

    :raises NotApproved: if exactly this funding did not pass its stages
    """
    people.demand(by, "treasury.write")
    funding = Funding.objects.select_related("account", "pool").get(reference=reference)
    approvals.demand(kind=KIND, subject=reference, effect=_effect(funding))
    is_new = posting.post(
        postings.funded(
            reference=reference,
            account=funding.account_id,
            pool=funding.pool_id,
            money=Money(funding.amount, funding.account.asset),
            on=funding.on,
        )
    )
    if is_new:
        record(what="pool.funded", subject=reference, by=by, at=at)
    return is_new


def _effect(funding: Funding) -> dict[str, Any]:
    return {
        "pool": funding.pool_id,
        "given_for": funding.pool.given_for,
        "account": funding.account_id,
        "reference": funding.reference,
        "amount": funding.amount,
        "on": funding.on.isoformat(),
    }
