"""How the borrowers of the demo come to their loans: applications, decisions, drawdowns."""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from loans.models import Application, Group, Institution, Loan, Worksheet
from loans.operations import (
    applications,
    drawdown_releases,
    drawdowns,
    groups,
    institutions,
    term_sheets,
)
from loans.queries.term_sheets import newest
from loans.rules.credit.scorecard import DECLINE, REFER
from loans.rules.profiles import NOT_AFFILIATED, Profile
from loans.rules.states import ApplicationState, LoanState, TermSheetState
from loans.rules.term_sheets import WORDING
from together.console.operations.demo import cast as casting
from together.console.operations.demo import (
    funds,
    identities,
    letters,
    markets,
    sanctions,
    underwriting,
)
from together.console.operations.demo.borrowers import (
    Borrower,
    figures,
    slug_of,
    wallet_of,
)
from together.console.operations.demo.claims import PATIENCE_SECONDS, NoProgress
from together.console.operations.demo.funds import People, Tell
from together.controls.models import Approval, Person
from together.ledger.rules.money import parse
from together.treasury.models import Destination, Pool
from together.treasury.operations import destinations
from together.treasury.rules.states import DestinationState, DisbursementState
from together.treasury.tasks import pay_batch

# Destinations are confirmed so long before money goes there.
COOLING_OFF = timedelta(days=2)
# A term sheet may be accepted for so long.
OPEN_FOR = timedelta(days=14)


def originate(
    pool: Pool, borrowers: Iterable[Borrower], *, cast: People, at: datetime, tell: Tell
) -> list[Loan]:
    """Let each borrower apply, be scored and decided; give the loans that came of it."""
    found = []
    for borrower in borrowers:
        institution = _institution(borrower, cast=cast, at=at)
        application = _applied(borrower, institution, pool, cast=cast, at=at)
        markets.secure(application, borrower.pledged, cast=cast, at=at, tell=tell)
        worksheet = underwriting.underwrite(borrower, application, cast=cast, at=at, tell=tell)
        loan = _approved(application, worksheet, cast=cast, at=at, tell=tell)
        if loan:
            found.append(loan)
    return found


def _institution(borrower: Borrower, *, cast: People, at: datetime) -> Institution:
    """Enter the institution and its people."""
    slug = slug_of(borrower.legal_name)
    group = _group(borrower.group, cast=cast, at=at - COOLING_OFF)
    institution = Institution.objects.filter(lei=borrower.lei).first() or institutions.enter(
        lei=borrower.lei,
        profile=_profile(borrower, group),
        wallet=wallet_of(borrower.legal_name),
        by=cast["loan_officer"],
        at=at - COOLING_OFF,
    )
    identities.verify(institution, cast=cast, at=at - COOLING_OFF)
    _destination(institution, cast=cast, at=at - COOLING_OFF)
    letters.enter_contacts(institution, cast=cast, at=at - COOLING_OFF)
    sanctions.screen(institution, cast=cast, at=at)
    for title in ("admin", "manager", "viewer"):
        casting.ensure(
            f"{slug}-{title}",
            f"{slug.title()} {title.title()}",
            f"institution_{title}",
            scope=institution.number,
            by=cast["security_administrator"],
            at=at,
        )
    return institution


def _profile(borrower: Borrower, group: str) -> Profile:
    return Profile(
        legal_name=borrower.legal_name,
        jurisdiction=borrower.jurisdiction,
        sector=borrower.sector,
        limit=parse("10000000", "USDC"),
        group=group,
        affiliation="shareholder" if borrower.exchange else NOT_AFFILIATED,
        exchange=borrower.exchange,
    )


def _group(name: str, *, cast: People, at: datetime) -> str:
    """Give the number of a group of connected clients, entering it if it is new."""
    if not name:
        return ""
    known = Group.objects.filter(name=name).first()
    return (known or groups.enter(name=name, by=cast["loan_officer"], at=at)).number


def _destination(institution: Institution, *, cast: People, at: datetime) -> None:
    """Confirm the wallet that the institution was entered with, under four eyes."""
    found = Destination.objects.get(owner=institution.lei)
    if found.state != DestinationState.REGISTERED:
        return
    officer = cast["treasury_officer"]
    asked = destinations.propose_confirmation(
        destination=found,
        evidence="Called back the number in the KYB file; the head of operations read the wallet",
        by=officer,
        at=at,
    )
    funds.agree(asked, cast, at=at)
    destinations.confirm(destination=found, by=officer, at=at)


def _applied(
    borrower: Borrower, institution: Institution, pool: Pool, *, cast: People, at: datetime
) -> Application:
    """Let the institution's own Admin apply."""
    admin = Person.objects.get(username=f"{slug_of(borrower.legal_name)}-admin")
    known = Application.objects.filter(institution=institution).first()
    return known or applications.submit(
        institution=institution,
        pool=pool,
        amount=parse(borrower.amount, "USDC"),
        purpose="Liquidity after the crash",
        terms={**borrower.terms, "product": borrower.product},
        figures=figures(borrower),
        by=admin,
        at=at,
    )


def _approved(
    application: Application, worksheet: Worksheet, *, cast: People, at: datetime, tell: Tell
) -> Loan | None:
    """Propose, let the stages decide, commit; decline what the worksheet declines, or wait."""
    officer, name = cast["loan_officer"], application.institution.legal_name
    is_new = application.state == ApplicationState.SUBMITTED
    if is_new and worksheet.recommendation == DECLINE:
        applications.decline(
            application=application,
            reason="Its equity, its cash and its profit do not carry the loan",
            by=officer,
            at=at,
        )
        tell(f"{application.number}: {name} is declined: it would not carry the loan")
    elif is_new and worksheet.recommendation == REFER:
        tell(f"{application.number}: {name} is referred: an officer asks for what is missing")
    elif is_new:
        applications.propose(application=application, by=officer, at=at)
    application.refresh_from_db()
    if application.state == ApplicationState.PROPOSED:
        funds.agree(
            Approval.objects.get(kind="loan.approval", subject=application.number), cast, at=at
        )
        loan = applications.approve(application=application, on=at.date(), by=officer, at=at)
        tell(f"{loan.number}: {funds.usdc(loan.amount)} committed to {name}")
        return loan
    return Loan.objects.filter(application=application).first()


def _accepted(loan: Loan, *, cast: People, at: datetime, tell: Tell) -> None:
    """Issue the term sheet of a loan, and let the Admin of its borrower accept it."""
    sheet = newest(loan) or term_sheets.issue(
        loan=loan, lapses_on=at.date() + OPEN_FOR, by=cast["loan_officer"], at=at
    )
    if sheet.state == TermSheetState.ISSUED:
        name = loan.institution.legal_name
        admin = Person.objects.get(username=f"{slug_of(name)}-admin")
        term_sheets.accept(
            sheet=sheet, digest=sheet.digest, wording=WORDING, may_sign=True, by=admin, at=at
        )
        tell(f"{loan.number}: {sheet.number} is accepted by {name}")


def _released(loan: Loan, *, cast: People, at: datetime, tell: Tell) -> None:
    """Close what is open before a drawdown, have it approved, and release it to the rail."""
    if loan.state == LoanState.COMMITTED:
        underwriting.satisfy(loan.application, cast=cast, at=at)
        _accepted(loan, cast=cast, at=at, tell=tell)
        drawdowns.ask(loan=loan, by=cast["loan_officer"], at=at)
    loan.refresh_from_db()
    order = loan.disbursement
    if order is None or order.state != DisbursementState.PREPARED:
        return
    funds.agree(Approval.objects.get(subject=order.number), cast, at=at)
    for number in drawdown_releases.release(
        disbursement=order, on=at.date(), by=cast["treasury_officer"], at=at
    ):
        pay_batch.delay(number)


def draw(loans: list[Loan], pool: Pool, *, cast: People, at: datetime, tell: Tell) -> None:
    """Draw the loans through the treasury's own payments, and wait for the rail."""
    if not any(loan.state in (LoanState.COMMITTED, LoanState.DRAWING) for loan in loans):
        return
    funds.world().set_clock(wallet=pool.main_account.identifier, at=at + funds.AFTERNOON)
    for loan in loans:
        _released(loan, cast=cast, at=at, tell=tell)
    until = time.monotonic() + PATIENCE_SECONDS
    while Loan.objects.filter(pool=pool, state=LoanState.DRAWING).exists():
        for loan in drawdowns.record_drawn(on=at.date(), at=at):
            tell(f"{loan.number}: {funds.usdc(loan.amount)} drawn on {loan.business_date}")
        if time.monotonic() > until:
            raise NoProgress("a drawdown has no answer: see worker.log and beat.log")
        time.sleep(0.5)
