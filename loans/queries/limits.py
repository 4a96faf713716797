"""Limits: what an institution and a pool have used of what they may."""

from loans.models import Institution, Loan
from loans.queries import books
from loans.rules.limits import Headroom
from loans.rules.states import LoanState
from together.ledger.rules.money import Money
from together.treasury.models import Pool


def limits_of(institution: Institution, asset: str = "USDC") -> Headroom:
    """Give an institution's limit and what is used of it: promised or outstanding."""
    return Headroom(
        name=f"limit of {institution.legal_name}",
        limit=Money(institution.limit, asset),
        used=Money(exposure(institution, asset), asset),
        asked=Money(0, asset),
    )


def exposure(institution: Institution, asset: str) -> int:
    """Give what an institution owes or is promised, in minor units: principal only."""
    loans = list(Loan.objects.filter(institution=institution, pool__asset=asset))
    outstanding = books.balances(["loan.principal"], asset)
    return sum(
        loan.amount
        if loan.state in (LoanState.COMMITTED, LoanState.DRAWING)
        else outstanding["loan.principal", loan.number]
        for loan in loans
    )


def headrooms(institution: Institution, pool: Pool, amount: Money) -> list[Headroom]:
    """Give the limits that a loan of an amount must keep, with room before and after."""
    free = Money(-books.balance("fund.available", pool.code, pool.asset), pool.asset)
    return [
        Headroom(f"pool {pool.name}", free, Money(0, pool.asset), amount),
        Headroom(
            name=f"limit of {institution.legal_name}",
            limit=Money(institution.limit, pool.asset),
            used=Money(exposure(institution, pool.asset), pool.asset),
            asked=amount,
        ),
    ]
