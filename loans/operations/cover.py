"""Cover: a secured loan passes only where its collateral, at fresh prices, is enough."""

from datetime import datetime

from loans.formats.agreed import secured_of
from loans.models import Application, Loan, Pledge
from loans.queries.collateral import Covering, coverings
from loans.rules import loan_to_value
from loans.rules.loan_to_value import WITHIN, percent
from loans.rules.market_data import written
from loans.rules.states import LoanState, PledgeState
from together import Refused


class NotCovered(Refused):
    """Raised when a secured loan is not covered, or that cannot be said; by how much, or why."""


def demand(application: Application, at: datetime) -> None:
    """
    Let only what is unsecured, or covered within the initial loan to value, pass.

    :raises NotCovered: otherwise: a price is missing or stale, or by how much it is above
    """
    if secured_of(application.terms) is not None:
        _demand_within(coverings([application], at)[application.pk], application)


def demand_after(
    application: Application, at: datetime, *, less: Pledge, more: Pledge | None = None
) -> None:
    """Let a pledge go only where what is committed or owed stays covered without it."""
    loan = Loan.objects.filter(application=application).first()
    if loan is None or loan.state in (LoanState.CLOSED, LoanState.CANCELLED):
        return
    if loan.state == LoanState.WRITTEN_OFF:
        raise NotCovered(f"loan {loan.number} is written off; its collateral waits for recovery")
    held = application.pledges.filter(state=PledgeState.IN_FORCE).exclude(pk=less.pk)
    left = [*held.select_related("instrument"), *([more] if more else [])]
    found = coverings([application], at, instead={application.pk: left})[application.pk]
    _demand_within(found, application)


def _demand_within(found: Covering, application: Application) -> None:
    """Let pass what is within its initial band, and whose lendable value is enough."""
    name = f"application {application.number}"
    if found.why_not or found.bands is None or found.cover is None:
        raise NotCovered(f"{name}: loan to value cannot be said: {found.why_not}")
    if found.band != WITHIN:
        needed = loan_to_value.top_up(found.owed_usd, found.market, found.bands.initial)
        raise NotCovered(
            f"{name}: loan to value {percent(found.cover.ltv or found.bands.initial)} is above"
            f" {percent(found.bands.initial)}; {written(int(needed * 100), 2)} USD more are needed"
        )
    if found.cover.shortfall:
        short = written(int(found.cover.shortfall * 100), 2)
        raise NotCovered(f"{name}: after haircuts its collateral is {short} USD short")
