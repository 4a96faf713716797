"""Winding a pool down: what is available goes back to who funded it, under four eyes."""

from datetime import datetime

from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.ledger.rules.money import Money
from together.treasury.models import CashAccount, Destination, Disbursement, Pool
from together.treasury.operations import disbursements
from together.treasury.operations.disbursements import Order, Payment
from together.treasury.queries.positions import positions

KIND = "winddown"
OWNER = "funder"


class NotAvailable(Refused):
    """Raised when more would go back than is available: the rest is promised to somebody."""


class NotTheFunder(Refused):
    """Raised when money of a pool would go to somebody who is not its funder."""


def propose(
    *,
    pool: Pool,
    money: Money,
    destination: Destination,
    by: Person,
    at: datetime,
    account: CashAccount | None = None,
) -> Disbursement:
    """
    Ask for money of a pool to go back to a confirmed destination of its funder.

    It is a disbursement like any other: approved as it is, released, paid once.

    :raises NotAvailable: if more than is available would go; what is reserved, committed, awarded
        or in escrow stays
    :raises NotTheFunder: if the destination is not registered for the funder of this pool
    :raises NotPayable: if it is not confirmed and usable on the account's rail
    """
    people.demand(by, "treasury.write")
    if (destination.owner_kind, destination.owner) != (OWNER, pool.code):
        raise NotTheFunder(
            f"destination {destination.number} is of {destination.owner_kind}"
            f" {destination.owner}, not of {OWNER} {pool.code}"
        )
    now = next(one for one in positions() if one.pool.pk == pool.pk)
    available = now.of("fund.available")
    if money.asset != pool.asset or money.minor_units > available.minor_units:
        raise NotAvailable(f"{pool.name}: {money} would go back, {available} is available")
    again = Disbursement.objects.filter(kind=KIND, pool=pool).count() + 1
    name = f"{pool.code.upper()}-WINDDOWN-{again}"
    return disbursements.prepare(
        pool=pool,
        order=Order(KIND, name, "pool.winddown", ("fund.available", pool.code)),
        payments=[Payment(name, name, destination.payee, money.minor_units, destination)],
        by=by,
        at=at,
        account=account,
    )
