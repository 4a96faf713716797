"""Loans with covenants that were drawn, their certificates and accounts; a test names the rest."""

from datetime import date, timedelta

from loans.models import Certificate, CovenantTest, Examination, Loan
from loans.operations import (
    applications,
    covenant_certificates,
    covenant_tests,
    covenants,
    drawdowns,
)
from loans.operations.covenant_certificates import Signed, Upload
from tests.factories import NOW, TODAY, approve, person
from tests.loans import credit
from tests.loans.factories import application, approved, at, release, settle
from together.controls.models import Document

QUARTER = date(2025, 12, 31)
DUE = date(2026, 2, 14)
DAY = timedelta(days=1)
EQUITY = {
    "kind": "financial",
    "ratio": "equity_ratio",
    "bound": "0.25",
    "every_months": 3,
    "due_days": 45,
    "cure_days": 30,
}
ACCOUNTS = {
    "kind": "information",
    "text": "Accounts of the quarter",
    "every_months": 3,
    "due_days": 45,
    "cure_days": 15,
}
# Equity of 20 on assets of 200: a tenth.
THIN = {**credit.SOUND, "equity": 20 * credit.M, "other_liabilities": 100 * credit.M}


def drawn(pool, pay, *said: dict, **named) -> Loan:
    """Make a loan with covenants that was drawn today."""
    asked = application(pool, **named)
    for one in said or (EQUITY,):
        covenants.agree(application=asked, said=one, by=person("loan_officer"), at=NOW)
    loan = applications.approve(
        application=approved(asked), on=TODAY, by=person("loan_officer"), at=NOW
    )
    release(loan)
    loan.refresh_from_db()
    settle(loan, pay)
    drawdowns.record_drawn(on=TODAY, at=NOW)
    loan.refresh_from_db()
    return loan


def opened(on: date = QUARTER + DAY) -> CovenantTest:
    """Let the monitor come by on a day, and give the last test that it knows."""
    covenant_tests.watch(at=at(on))
    return CovenantTest.objects.order_by("id").last()


def filed(test: CovenantTest, on: date = DUE, by=None, **named) -> Certificate:
    """File a certificate of a test on a day, signed by an Admin of the institution."""
    admin = person("institution_admin", scope=test.loan.institution.number)
    given = {
        "tests": [test],
        "signed": Signed(admin, on),
        "certificate": Upload("certificate.pdf", b"%PDF-1.7 We keep what we agreed"),
        "by": by or admin,
        "at": at(on),
    }
    return covenant_certificates.file(**{**given, **named})[0]


def paper(test: CovenantTest, on: date = DUE) -> Document:
    """File what shows the accounts of a quarter."""
    return credit.shown(test.loan.institution, at=at(on))


def accounts(test: CovenantTest, on: date = DUE, **named):
    """Enter the accounts of the quarter of a test, sound ones unless named."""
    return credit.spread(test.loan.institution, ends_on=test.period_ends_on, at=at(on), **named)


def examined(
    test: CovenantTest, spread, on: date = DUE, certificate: Certificate | None = None
) -> Examination:
    """Let an officer examine the newest certificate of a test."""
    found = covenant_certificates.examine(
        certificate=certificate or test.certificates.first(),
        spread=spread,
        by=person("credit_checker"),
        at=at(on),
    )
    test.refresh_from_db()
    return found


def waived(test: CovenantTest, on: date, reason: str = "For once") -> None:
    """Let a test be waived under four eyes."""
    officer = person("loan_officer")
    approve(
        covenant_tests.propose_waiver(test=test, reason=reason, by=officer, at=at(on)), at=at(on)
    )
    covenant_tests.waive(test=test, by=officer, at=at(on))
    test.refresh_from_db()
