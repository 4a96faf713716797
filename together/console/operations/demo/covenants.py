"""The covenants of the demo: kept on a certificate, breached and waived, never certified."""

from datetime import date, datetime, timedelta

from loans.models import Certificate, CovenantTest, Loan, Spread
from loans.operations import covenant_certificates, covenant_tests, spreads
from loans.operations.covenant_certificates import Signed, Upload
from loans.queries import covenant_tests as queries
from loans.rules.credit.spreads import SECTIONS
from loans.rules.states import CovenantTestState
from together.console.operations.demo import funds
from together.console.operations.demo.borrowers import of, slug_of
from together.console.operations.demo.funds import People, Tell
from together.console.operations.demo.underwriting import amounts_of
from together.controls.models import Document, Person
from together.treasury.models import Pool

# Certificates come so many days after a period.
AFTER = timedelta(days=30)
# Its first quarter is thin: equity is a fifth of its assets, and it is waived.
THIN, THIN_EQUITY = "Lagoon", {"equity": 200, "other_liabilities": 390}
# It never certifies; and the last certificate of another one waits for an officer.
SILENT, WAITING = "Perihel", "Northgate"
EXAMINED = 3
FOR = "Its shareholders pay 2m in by the end of the next quarter"


def live(pool: Pool, day: date, *, cast: People, at: datetime, tell: Tell) -> None:
    """Let the monitor come by on a day, and do what borrowers and officers do; once."""
    found = covenant_tests.watch(at=at)
    for number in (*found.overdue, *found.defaulted):
        one = CovenantTest.objects.select_related("loan").get(number=number)
        tell(f"{one.loan} on {day}: {number} is {one.state}: nothing was certified in time")
    tests = CovenantTest.objects.filter(
        loan__pool=pool,
        loan__state__in=queries.LIVING,
        state__in=[CovenantTestState.DUE, CovenantTestState.BREACHED],
        period_ends_on__lte=day - AFTER,
    ).exclude(loan__institution__legal_name__startswith=SILENT)
    for test in tests.select_related("covenant", "loan__institution__group").order_by("id"):
        certificate = test.certificates.first() or _filed(test, at)
        if _is_examined(test):
            _examine(test, certificate, cast=cast, at=at, tell=tell)


def _is_examined(test: CovenantTest) -> bool:
    """Say whether an officer gets round to it."""
    before = CovenantTest.objects.filter(
        covenant=test.covenant, period_ends_on__lt=test.period_ends_on
    )
    return not (_is(test.loan, WAITING) and before.count() >= EXAMINED)


def _filed(test: CovenantTest, at: datetime) -> Certificate:
    """Let the Admin of the borrower certify all covenants of the period, with its accounts."""
    borrower = test.loan.institution
    admin = Person.objects.get(username=f"{slug_of(borrower.legal_name)}-admin")
    said = f"{borrower.legal_name} certifies its covenants to {test.period_ends_on}.\n"
    made = covenant_certificates.file(
        tests=[test, *queries.certifiable(test)],
        signed=Signed(admin, at.date()),
        certificate=Upload("certificate.txt", said.encode()),
        accounts=Upload("accounts.txt", f"Accounts to {test.period_ends_on}\n".encode()),
        by=admin,
        at=at,
    )
    return next(one for one in made if one.test_id == test.pk)


def _examine(
    test: CovenantTest, certificate: Certificate, *, cast: People, at: datetime, tell: Tell
) -> None:
    """Let an officer enter the accounts, and another one examine the certificate on them."""
    if not certificate.examinations.exists():
        checker = cast["credit_checker"]
        if test.covenant.kind == "information":
            covenant_certificates.judge(
                certificate=certificate, is_delivered=True, by=checker, at=at
            )
        else:
            spread = queries.spreads_for(test).first() or _accounts(test, cast=cast, at=at)
            covenant_certificates.examine(certificate=certificate, spread=spread, by=checker, at=at)
    test.refresh_from_db()
    if test.state == CovenantTestState.BREACHED:
        tell(f"{test.loan}: {test.number} of the period to {test.period_ends_on} is breached")
        officer = cast["loan_officer"]
        asked = covenant_tests.propose_waiver(test=test, reason=FOR, by=officer, at=at)
        funds.agree(asked, cast, at=at)
        covenant_tests.waive(test=test, by=officer, at=at)
        tell(f"{test.loan}: {test.number} is waived under four eyes")


def _accounts(test: CovenantTest, *, cast: People, at: datetime) -> Spread:
    """Enter the accounts of a quarter, each section shown by what came with the certificate."""
    borrower = test.loan.institution
    paper = Document.objects.filter(subject=borrower.number, name="accounts.txt").first()
    is_first = not CovenantTest.objects.filter(
        covenant=test.covenant, period_ends_on__lt=test.period_ends_on
    ).exists()
    asked = of(borrower.lei).amount
    changed = THIN_EQUITY if is_first and _is(test.loan, THIN) else {}
    return spreads.enter(
        institution=borrower,
        ends_on=test.period_ends_on,
        months=12,
        basis="management",
        amounts=amounts_of(asked, **changed),
        evidence={section: paper.number for section, _ in SECTIONS} if paper else {},
        by=cast["loan_officer"],
        at=at,
    )


def _is(loan: Loan, borrower: str) -> bool:
    return loan.institution.legal_name.startswith(borrower)
