"""Institutions with people, loans and applications for the portal to show."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from stdnum.iso7064 import mod_97_10

from loans.models import Application, Institution, Loan
from loans.operations import applications, drawdown_releases, drawdowns, institutions
from loans.rules.products import terms_of
from tests import factories
from tests.console.factories import settle, signing_in
from tests.factories import NOW, TODAY, approve, usdc
from tests.loans.credit import underwritten
from tests.loans.factories import accepted
from tests.loans.parties import profile, screened, verified
from together.controls.models import Approval, Person
from together.treasury.models import Destination, Pool

FIGURES = {
    "equity_ratio": {"value": "0.45", "evidenced": True},
    "interest_cover": {"value": "5", "evidenced": True},
    "cash_runway_months": {"value": "14", "evidenced": True},
    "exchange_exposure_ratio": {"value": "0.08", "evidenced": True},
}
_number = count(1)


def institution(name: str = "Harbour Trading") -> Institution:
    """Enter an institution whose identity is verified."""
    body = f"5493FACE{next(_number):010d}"
    entered = institutions.enter(
        lei=body + mod_97_10.calc_check_digits(body),
        profile=profile(legal_name=name),
        wallet=f"wallet-of-{name.lower().replace(' ', '-')}",
        by=factories.person("loan_officer"),
        at=NOW - timedelta(days=3),
    )
    verified(entered)
    factories.confirmed(Destination.objects.get(owner=entered.lei))
    screened(entered)
    return entered


def member(of: Institution, role: str = "institution_admin", name: str = "") -> Person:
    """Enter one of an institution's people, who can sign in."""
    return signing_in(role, scope=of.number, name=name)


def loans_pool() -> Pool:
    """Open and fund the pool that lends."""
    return factories.funded_pool("loans", amount="100000000")


def application(
    pool: Pool, of: Institution, amount: str = "1000000", terms: dict | None = None
) -> Application:
    """Submit an application whose figures are good."""
    return applications.submit(
        institution=of,
        pool=pool,
        amount=usdc(amount),
        purpose="Working capital after the October crash",
        terms=terms or terms_of("level_monthly", rate="0.06", instalments=12),
        figures=FIGURES,
        by=factories.person("loan_officer"),
        at=NOW,
    )


def committed_loan(
    pool: Pool,
    of: Institution,
    amount: str = "1000000",
    terms: dict | None = None,
    *,
    is_accepted: bool = True,
) -> Loan:
    """Make a loan that waits for its drawdown to be asked for."""
    asked = underwritten(application(pool, of, amount, terms))
    approve(applications.propose(application=asked, by=factories.person("loan_officer"), at=NOW))
    officer = factories.person("loan_officer")
    loan = applications.approve(application=asked, on=TODAY, by=officer, at=NOW)
    if is_accepted:
        accepted(loan)
    return loan


def active_loan(
    pool: Pool,
    of: Institution,
    amount: str = "1000000",
    on: date = TODAY,
    terms: dict | None = None,
) -> Loan:
    """Make a loan that was drawn on a day."""
    loan = committed_loan(pool, of, amount, terms)
    order = drawdowns.ask(loan=loan, by=factories.person("loan_officer"), at=NOW)
    approve(Approval.objects.get(kind="loan.drawdown", subject=order.number))
    officer = factories.person("treasury_officer")
    drawdown_releases.release(disbursement=order, on=TODAY, by=officer, at=NOW)
    settle(order, 1, datetime.combine(on, time(12), tzinfo=UTC))
    drawdowns.record_drawn(on=on, at=NOW)
    loan.refresh_from_db()
    return loan
