"""Secured loans that were drawn, for margin calls; a test names what matters."""

from loans.models import Loan
from loans.operations import applications, drawdowns
from tests.factories import NOW, TODAY, person
from tests.loans.collateral import pledged, secured
from tests.loans.factories import approved, release, settle


def drawn(pool, pay, quantity: str = "14", **named) -> Loan:
    """Make a secured loan of a million that was drawn today."""
    asked = secured(pool, **named)
    pledged(asked, quantity)
    loan = applications.approve(
        application=approved(asked), on=TODAY, by=person("loan_officer"), at=NOW
    )
    release(loan)
    loan.refresh_from_db()
    settle(loan, pay)
    drawdowns.record_drawn(on=TODAY, at=NOW)
    loan.refresh_from_db()
    return loan
