"""The institutional programme of the demo: four borrowers through seven months, one refused."""

import time
from datetime import UTC, date, datetime, timedelta

from loans.models import Application, Institution, Loan, Worksheet
from loans.operations import (
    applications,
    closing,
    drawdowns,
    institutions,
    receipts,
    term_sheets,
)
from loans.queries.standing import standing
from loans.queries.term_sheets import newest
from loans.rules.credit.scorecard import APPROVE
from loans.rules.profiles import Profile
from loans.rules.states import ApplicationState, LoanState, TermSheetState
from loans.rules.term_sheets import WORDING
from together.console.operations.demo import (
    allowances,
    covenants,
    funds,
    identities,
    letters,
    markets,
    sanctions,
    servicing,
    underwriting,
)
from together.console.operations.demo import cast as casting
from together.console.operations.demo.borrowers import (
    BORROWERS,
    Borrower,
    figures,
    slug_of,
    wallet_of,
)
from together.console.operations.demo.claims import PATIENCE_SECONDS, NoProgress
from together.console.operations.demo.funds import People, Tell
from together.controls.models import Approval, Person
from together.ledger.rules.money import Money, parse
from together.treasury.models import Destination, Pool
from together.treasury.operations import destinations, disbursements
from together.treasury.rules.states import DestinationState, DisbursementState
from together.treasury.tasks import pay_batch

DAYS_BACK = 200
NOON = timedelta(hours=12)
# Who pays in part sends the rest so many days later.
LATE = timedelta(days=20)
# Destinations are confirmed so long before money goes there.
COOLING_OFF = timedelta(days=2)
# A term sheet may be accepted for so long.
OPEN_FOR = timedelta(days=14)


def originate(pool: Pool, *, cast: People, at: datetime, tell: Tell) -> list[Loan]:
    """Let each borrower apply, be scored and decided; give the loans that came of it."""
    found = []
    for borrower in BORROWERS:
        institution = _institution(borrower, cast=cast, at=at)
        application = _applied(borrower, institution, pool, cast=cast, at=at)
        markets.secure(application, cast=cast, at=at, tell=tell)
        worksheet = underwriting.underwrite(borrower, application, cast=cast, at=at, tell=tell)
        loan = _approved(application, worksheet, cast=cast, at=at, tell=tell)
        if loan:
            found.append(loan)
    return found


def _institution(borrower: Borrower, *, cast: People, at: datetime) -> Institution:
    """Enter the institution and its people."""
    slug = slug_of(borrower.legal_name)
    institution = Institution.objects.filter(lei=borrower.lei).first() or institutions.enter(
        lei=borrower.lei,
        profile=_profile(borrower),
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


def _profile(borrower: Borrower) -> Profile:
    return Profile(
        legal_name=borrower.legal_name,
        jurisdiction=borrower.jurisdiction,
        sector=borrower.sector,
        limit=parse("10000000", "USDC"),
    )


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
        purpose="Liquidity after the crash of October 2025",
        terms={**borrower.terms, "product": borrower.product},
        figures=figures(borrower),
        by=admin,
        at=at,
    )


def _approved(
    application: Application, worksheet: Worksheet, *, cast: People, at: datetime, tell: Tell
) -> Loan | None:
    """Propose, let the stages decide, commit; or decline what the worksheet does not recommend."""
    officer, name = cast["loan_officer"], application.institution.legal_name
    if application.state == ApplicationState.SUBMITTED and worksheet.recommendation != APPROVE:
        applications.decline(
            application=application,
            reason="The exposure to exchanges is not evidenced",
            by=officer,
            at=at,
        )
        tell(f"{application.number}: {name} is not funded: its exposure is not evidenced")
    elif application.state == ApplicationState.SUBMITTED:
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


def draw(loans: list[Loan], pool: Pool, *, cast: People, at: datetime, tell: Tell) -> None:
    """Draw the loans through the treasury's own payments, and wait for the rail."""
    funds.world().set_clock(wallet=pool.main_account.identifier, at=at)
    for loan in loans:
        if loan.state == LoanState.COMMITTED:
            underwriting.satisfy(loan.application, cast=cast, at=at)
            _accepted(loan, cast=cast, at=at, tell=tell)
            drawdowns.ask(loan=loan, by=cast["loan_officer"], at=at)
        loan.refresh_from_db()
        order = loan.disbursement
        if order is None or order.state != DisbursementState.PREPARED:
            continue
        funds.agree(Approval.objects.get(subject=order.number), cast, at=at)
        for number in disbursements.release(
            disbursement=order, on=at.date(), by=cast["treasury_officer"], at=at
        ):
            pay_batch.delay(number)
    until = time.monotonic() + PATIENCE_SECONDS
    while Loan.objects.filter(pool=pool, state=LoanState.DRAWING).exists():
        for loan in drawdowns.record_drawn(on=at.date(), at=at):
            tell(f"{loan.number}: {funds.usdc(loan.amount)} drawn on {loan.business_date}")
        if time.monotonic() > until:
            raise NoProgress("a drawdown has no answer: see worker.log and beat.log")
        time.sleep(0.5)


def service(pool: Pool, *, until: date, cast: People, tell: Tell) -> None:
    """Live every day up to one: money comes in, is allocated, and the day is closed."""
    active = Loan.objects.filter(pool=pool, business_date__isnull=False).order_by("number")
    days = [loan.business_date for loan in active if loan.business_date]
    if not days:
        return
    day = min(days)
    paying = {loan: _paying_days(loan) for loan in active}
    while day < until:
        day += timedelta(days=1)
        at = datetime.combine(day, datetime.min.time(), UTC) + NOON
        funds.world().set_clock(wallet=pool.main_account.identifier, at=at)
        for loan in active:
            if day in paying[loan]:
                _pay(loan, day, pool)
        servicing.send(pool, day)
        funds.bring_statements(pool, by=cast["treasury_officer"], at=at)
        for done in receipts.allocate(pool=pool, at=at):
            tell(
                f"{done.loan.number} on {day}: received {done.split.amount}: interest"
                f" {done.split.interest}, principal {done.split.principal},"
                f" overpaid {done.split.overpaid}"
            )
        covenants.live(pool, day, cast=cast, at=at, tell=tell)
        if servicing.live(pool, day, cast=cast, at=at, tell=tell):
            paying = {loan: _paying_days(loan) for loan in active}
        closed = closing.close_day(on=day, at=at)
        for number, why in closed.failed.items():
            tell(f"{number} on {day}: NOT CLOSED: {why}")
        allowances.month_end(pool, day, cast=cast, at=at, tell=tell)
        letters.send(day, at=at, tell=tell)


def _paying_days(loan: Loan) -> set[date]:
    """Give the days on which a borrower may send something: when it is due, and when it is late."""
    due = {row.due_on for row in standing(loan, loan.business_date or date.min).instalments}
    return due | {day + LATE for day in due}


def _pay(loan: Loan, day: date, pool: Pool) -> None:
    """Send what this borrower sends on this day, once."""
    habit = next(b.habit for b in BORROWERS if b.lei == loan.institution.lei)
    amount = _amount(loan, day, habit)
    if amount.minor_units <= 0:
        return
    funds.world().receive(
        wallet=pool.main_account.identifier,
        reference=loan.number,
        counterparty=wallet_of(loan.institution.legal_name),
        amount=amount.minor_units,
        asset=amount.asset,
        origin=f"{loan.number}:{day}",
    )


def _amount(loan: Loan, day: date, habit: str) -> Money:
    """Give what a borrower of this habit sends on a day."""
    now = standing(loan, day)
    nothing = Money(0, pool_asset(loan))
    late = any(row.due_on == day - LATE for row in now.instalments)
    if habit == "silent":
        return nothing
    if habit == "partial" and late:
        return now.due_now
    due = [row for row in now.instalments if row.due_on == day]
    if not due:
        return nothing
    whole = due[0].outstanding
    if habit == "partial":
        cents = whole.minor_units * 3 // 5 // 10_000
        return Money(cents * 10_000, whole.asset)
    if habit == "over-paid":
        return whole + parse("250", whole.asset)
    return whole


def pool_asset(loan: Loan) -> str:
    """Give the asset a loan is lent in."""
    return str(loan.pool.asset)
