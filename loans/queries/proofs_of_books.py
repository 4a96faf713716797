"""Proofs of the loans' books: what they say is what the replay of every loan says."""

from collections import defaultdict
from datetime import date

from django.db.models import Sum
from django.db.models.functions import Coalesce

from loans.models import Loan
from loans.queries import books, impairments, projections
from loans.queries.commitments import booked_through
from loans.queries.lives import books_day, life_of, target_of
from loans.rules.states import LoanState
from loans.rules.target import Target
from together.ledger.rules.checks import Check, equal
from together.ledger.rules.money import Money
from together.treasury.models import Pool, StatementLine

CODES = (
    "loan.principal",
    "loan.interest",
    "loan.charges",
    "loan.overpaid",
    "loan.allowance",
    "loan.suspended",
    "fund.committed",
    "fund.lent",
    "fund.impaired",
    "expense.impairment",
    "income.interest",
    "income.charges",
    "receipts.unallocated",
)


def checks() -> list[Check]:
    """
    Compare the books with the replay, loan by loan and in total.

    Per loan: principal, interest, charges and overpaid as of the day its books stand at. In
    total per pool: committed = what is approved and not released, lent = principal, impaired =
    what was lost (an expense as well), allowance and suspense = what the last assessment says,
    income = what was ever accrued, unallocated = what came in and is on no loan, and what the
    projections say = what the replays say, on the day of the books and at both ends of each
    segment.
    """
    found: list[Check] = []
    for pool in Pool.objects.all():
        loans = list(
            Loan.objects.filter(pool=pool)
            .select_related("pool", "disbursement")
            .prefetch_related("events", "cancellations")
        )
        if loans:
            found += _pool_checks(pool, loans)
    return found


def _pool_checks(pool: Pool, loans: list[Loan]) -> list[Check]:
    balance = books.balances(CODES, pool.asset)
    found: list[Check] = []
    sums: dict[str, int] = defaultdict(int)
    replayed: dict[tuple[int, date], int] = {}
    telling = projections.telling_days([loan.pk for loan in loans])
    for loan in loans:
        day, life = books_day(loan), life_of(loan)
        stood = day or booked_through(loan, date.max)
        target = target_of(loan, stood, life) if stood else Target()
        found.append(_loan_check(loan, target, balance))
        days = {day, *telling[loan.pk]} if day and loan.pk in telling else set()
        replayed |= {(loan.pk, d): target_of(loan, d, life).interest for d in sorted(days)}
        sums["principal"] += target.principal
        sums["earned"] += target.earned
        sums["charged"] += target.charged
        sums["received"] += target.received
        sums["lost"] += target.lost
        sums["undrawn"] += loan.commitment if _is_undrawn(loan) else 0
        sums["committed"] -= balance["fund.committed", loan.number]
        sums["reserves"] -= sum(balance[code, loan.number] for code in impairments.RESERVES)
    asset, code = pool.asset, pool.code
    assessed = impairments.last_booked(pool)
    totals = (
        (
            "allowance and suspense = the last assessment",
            assessed.allowance + assessed.suspended if assessed else 0,
            sums["reserves"],
        ),
        ("committed = approved and not released", sums["undrawn"], sums["committed"]),
        ("lent = principal", sums["principal"], -balance["fund.lent", code]),
        ("impaired = lost", sums["lost"], -balance["fund.impaired", code]),
        ("losses = lost", sums["lost"], balance["expense.impairment", code]),
        ("interest income = accrued", sums["earned"], -balance["income.interest", code]),
        ("charge income = charged", sums["charged"], -balance["income.charges", code]),
        (
            "unallocated = received and on no loan",
            _came_in(pool) - sums["received"],
            -balance["receipts.unallocated", code],
        ),
    )
    return (
        found
        + [
            equal(f"Loans of {code}: {name}", Money(expected, asset), Money(is_, asset))
            for name, expected, is_ in totals
        ]
        + [_projection_check(pool, loans, replayed)]
    )


def _projection_check(
    pool: Pool, loans: list[Loan], replayed: dict[tuple[int, date], int]
) -> Check:
    """Compare what fresh projections say with the replay, and name the first loan that differs."""
    projected = projections.interest(list(replayed))
    name = f"Loans of {pool.code}: projection = replay"
    expected = f"{len({loan for loan, _ in projected})} projected loans agree"
    for loan in loans:
        for key in (key for key in projected if key[0] == loan.pk):
            if projected[key] != replayed[key]:
                said, is_ = (Money(sums[key], pool.asset) for sums in (projected, replayed))
                found = f"loan {loan.number} on {key[1]}: projected {said}, replayed {is_}"
                return equal(name, expected, found)
    return equal(name, expected, expected)


def _came_in(pool: Pool) -> int:
    """Give all money in its own asset that statements brought into a pool, in minor units."""
    lines = StatementLine.objects.filter(pool=pool, is_receipt=True, account__asset=pool.asset)
    return int(lines.aggregate(total=Coalesce(Sum("amount"), 0))["total"])


def _is_undrawn(loan: Loan) -> bool:
    """Say whether the commitment still stands in the books of the loan."""
    if loan.state == LoanState.COMMITTED:
        return True
    is_released = loan.disbursement is not None and loan.disbursement.state == "released"
    return loan.state == LoanState.DRAWING and not is_released


def _loan_check(loan: Loan, target: Target, balance: dict[tuple[str, str], int]) -> Check:
    def shown(principal: int, interest: int, charges: int, overpaid: int) -> str:
        names = ("principal", "interest", "charges", "overpaid")
        amounts = (principal, interest, charges, overpaid)
        return ", ".join(
            f"{name} {Money(amount, loan.pool.asset)}"
            for name, amount in zip(names, amounts, strict=True)
        )

    expected = shown(target.principal, target.interest, target.charges, target.overpaid)
    found = shown(
        balance["loan.principal", loan.number],
        balance["loan.interest", loan.number],
        balance["loan.charges", loan.number],
        -balance["loan.overpaid", loan.number],
    )
    return equal(f"Loan {loan.number}: books = replay", expected, found)
