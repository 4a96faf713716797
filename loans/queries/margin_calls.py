"""Margin calls: which loans the monitor watches, and which calls are not over."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from loans.models import Loan, MarginCall
from loans.rules.states import LoanState

LIVE = ("open", "extended", "defaulted")


def live() -> QuerySet[MarginCall]:
    """Give the margin calls that are not met, the oldest first."""
    return MarginCall.objects.filter(state__in=LIVE).select_related("loan").order_by("id")


def watched() -> QuerySet[Loan]:
    """Give the secured loans that are active, and those closed whose call is not met yet."""
    called = MarginCall.objects.filter(loan=OuterRef("pk"), state__in=LIVE)
    found = Loan.objects.filter(
        Q(state=LoanState.ACTIVE, terms__has_key="secured")
        | Q(Exists(called), state=LoanState.CLOSED)
    )
    return found.select_related("application__pool", "pool").order_by("id")


def of(loan: Loan) -> QuerySet[MarginCall]:
    """Give the margin calls of a loan, the newest first."""
    return MarginCall.objects.filter(loan=loan).order_by("-id")
