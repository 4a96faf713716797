"""Soundness: what a drawdown rests on, asked when it is asked for and again when it is released."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from loans.models import Loan
from loans.operations import (
    commitment_fees,
    conditions,
    covenant_tests,
    cover,
    screenings,
    term_sheets,
    underwriting,
    verifications,
)
from loans.queries import limits
from loans.rules.institution_states import CancellationState
from loans.rules.limits import exceeded
from together import Refused
from together.ledger.rules.money import Money


class CancellationWaits(Refused):
    """Raised when money is asked for while a cancellation waits to take effect; says which."""


class LimitsExceeded(Refused):
    """Raised when more is promised to a borrower by now than its limits allow; says which."""


def demand(loan: Loan, at: datetime) -> None:
    """
    Let money go out only if all holds by now that the commitment rested on and that was agreed.

    :raises CancellationWaits: if a cancellation of the commitment waits to take effect
    :raises NotAvailable: if its availability period is over
    :raises NotVerified: if the institution's identity is not verified
    :raises HitStands: if it is like an entry of a sanctions list, or ``NotScreened``
    :raises NotRecommended: if its newest accounts do not recommend it, or are not evidenced
    :raises LimitsExceeded: if a limit of the borrower was lowered below what is promised
    :raises CovenantsBroken: if a breach of the borrower is open, or a certificate of it overdue
    :raises ConditionsOpen: if a condition precedent is neither satisfied nor waived
    :raises NotAccepted: if its institution did not accept a term sheet of just its terms
    :raises NotCovered: if the loan is secured and not covered, or a price is missing or stale
    """
    for asked in _questions(loan, at):
        asked()


def stops(loan: Loan, at: datetime) -> list[str]:
    """Say everything that stands against a drawdown by now, each in words; none: it may go on."""
    found = []
    for asked in _questions(loan, at):
        try:
            asked()
        except Refused as refused:
            found.append(str(refused))
    return found


def _questions(loan: Loan, at: datetime) -> list[Callable[[], object]]:
    """Give the questions in their order; each raises its own refusal."""
    on = at.date()
    return [
        partial(demand_wanted, loan),
        partial(commitment_fees.demand_available, loan, on),
        partial(verifications.demand, loan.institution, on),
        partial(screenings.demand, loan.institution, at),
        partial(underwriting.demand, loan.application, at),
        partial(demand_limits, loan),
        partial(covenant_tests.demand, loan.institution, on),
        partial(conditions.demand, loan.application),
        partial(term_sheets.demand, loan, on),
        partial(cover.demand, loan.application, at),
    ]


def demand_wanted(loan: Loan) -> None:
    """
    Let only a commitment be drawn that is not about to be cancelled.

    :raises CancellationWaits: otherwise, naming the cancellation
    """
    found = loan.cancellations.filter(state=CancellationState.PROPOSED).first()
    if found is not None:
        raise CancellationWaits(
            f"loan {loan.number}: cancellation {found.number} {found.get_side_display()} waits;"
            " withdraw it, or let it take effect"
        )


def demand_limits(loan: Loan) -> None:
    """
    Let only a loan be drawn whose borrower keeps its limits with all that is promised to it.

    :raises LimitsExceeded: otherwise, naming each
    """
    nothing = Money(0, loan.pool.asset)
    broken = exceeded(limits.borrower_headrooms(loan.institution, nothing))
    if broken:
        raise LimitsExceeded(f"loan {loan.number}: {'; '.join(broken)}")
