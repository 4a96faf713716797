"""The portfolio: all loans with their standing, arrears by bucket, and totals."""

from dataclasses import dataclass
from datetime import date

from loans.models import Loan
from loans.queries.standing import Standing, standing, total
from loans.rules.products import BUCKET_NAMES
from loans.rules.states import LoanState
from together.ledger.rules.money import Money
from together.treasury.models import Pool


@dataclass(frozen=True, slots=True)
class Holding:
    """One loan and its standing."""

    loan: Loan
    standing: Standing


@dataclass(frozen=True, slots=True)
class Arrears:
    """One bucket: how many drawn loans stand in it, and the principal they owe."""

    bucket: str
    count: int
    principal: Money


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All loans of a pool on a day. ``undrawn`` is committed and not drawn."""

    as_of: date
    holdings: tuple[Holding, ...]
    arrears: tuple[Arrears, ...]
    principal: Money
    interest: Money
    due_now: Money
    undrawn: Money


def portfolio(pool: Pool, as_of: date) -> Portfolio:
    """Give all loans of a pool on a day; the number of queries does not grow with the loans."""
    loans = (
        Loan.objects.filter(pool=pool)
        .select_related("pool", "institution", "application")
        .prefetch_related("events")
    )
    holdings = tuple(Holding(loan, standing(loan, as_of)) for loan in loans)
    standings = [one.standing for one in holdings]
    undrawn = sum(
        one.loan.commitment
        for one in holdings
        if one.loan.state in (LoanState.COMMITTED, LoanState.DRAWING)
    )
    return Portfolio(
        as_of=as_of,
        holdings=holdings,
        arrears=tuple(_arrears(holdings, bucket, pool.asset) for bucket in _buckets(standings)),
        principal=total(standings, "principal_outstanding", pool.asset),
        interest=total(standings, "interest_accrued", pool.asset),
        due_now=total(standings, "due_now", pool.asset),
        undrawn=Money(undrawn, pool.asset),
    )


def _buckets(standings: list[Standing]) -> list[str]:
    """Give the usual buckets, and those that the terms of some loan name besides."""
    others = sorted({one.bucket for one in standings} - set(BUCKET_NAMES))
    return [*BUCKET_NAMES, *others]


def _arrears(holdings: tuple[Holding, ...], bucket: str, asset: str) -> Arrears:
    mine = [
        one.standing
        for one in holdings
        if one.standing.bucket == bucket and one.loan.state == LoanState.ACTIVE
    ]
    return Arrears(bucket, len(mine), total(mine, "principal_outstanding", asset))
