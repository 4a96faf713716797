"""Books of the loans: what the entries of each loan say, by account."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Sum
from django.db.models.functions import Coalesce

from loans.models import Loan
from loans.rules.target import Target
from together.ledger.models import Account, Line

NOT_THE_LOAN = "LOAN_COMMITTED"


def booked(loan: Loan) -> Target:
    """Give what the entries of one loan add up to."""
    sums = (
        Line.objects.filter(entry__key__startswith=f"loan:{loan.number}:")
        .exclude(entry__kind=NOT_THE_LOAN)
        .values_list("account__chart_id")
        .annotate(total=Sum("amount"))
    )
    return as_target(dict(sums))


def as_target(sums: Mapping[str, int]) -> Target:
    """Read sums by account, debits positive, as the balances of a loan."""
    principal = int(sums.get("loan.principal", 0))
    return Target(
        principal=principal,
        interest=int(sums.get("loan.interest", 0)),
        charges=int(sums.get("loan.charges", 0)),
        overpaid=-int(sums.get("loan.overpaid", 0)),
        earned=-int(sums.get("income.interest", 0)),
        charged=-int(sums.get("income.charges", 0)),
        received=int(sums.get("receipts.unallocated", 0)),
        drawn=principal - int(sums.get("fund.available", 0)),
        lost=-int(sums.get("fund.impaired", 0)),
    )


def balances(codes: Iterable[str], asset: str) -> dict[tuple[str, str], int]:
    """Give the balances of some accounts by code and subject, debits positive."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    rows = Account.objects.filter(chart_id__in=list(codes), asset=asset)
    for code, subject, balance in rows.values_list("chart_id", "subject", "balance"):
        found[code, subject] = balance
    return found


def balance(code: str, subject: str, asset: str) -> int:
    """Give the balance of one account on the side of its debits."""
    found = Account.objects.filter(chart_id=code, subject=subject, asset=asset).aggregate(
        total=Coalesce(Sum("balance"), 0)
    )
    return int(found["total"])
