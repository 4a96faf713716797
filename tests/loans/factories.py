"""Valid institutions, applications and loans; a test names only what matters to it."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from loans.models import (
    Adjustment,
    AmendmentLetter,
    Application,
    Loan,
    TermSheet,
)
from loans.operations import (
    amendment_letters,
    applications,
    closing,
    drawdown_releases,
    drawdowns,
    receipts,
    servicing,
    term_sheets,
)
from loans.operations.servicing import Facts
from loans.queries import proofs_of_books
from loans.queries.amendments import needs_borrower
from loans.queries.lives import books_day
from loans.rules.amendments import WORDING as LETTER_WORDING
from loans.rules.products import terms_of
from loans.rules.term_sheets import WORDING
from tests.factories import NOW, TODAY, approve, funded_pool, person, usdc
from tests.loans.credit import underwritten
from tests.loans.parties import institution
from together.controls.models import Approval, Person
from together.ledger.models import Account
from together.treasury.models import (
    CashAccount,
    Instruction,
    Pool,
    Statement,
    StatementLine,
)
from together.treasury.operations import accounts

GOOD = {
    "equity_ratio": {"value": "0.45", "evidenced": True},
    "interest_cover": {"value": "5", "evidenced": True},
    "cash_runway_months": {"value": "14", "evidenced": True},
    "exchange_exposure_ratio": {"value": "0.08", "evidenced": True},
}
_number = count(1)


def at(day: date) -> datetime:
    """Give noon of a day."""
    return datetime.combine(day, time(12), tzinfo=UTC)


def loans_pool(amount: str = "20000000") -> Pool:
    """Open and fund the pool that lends."""
    return funded_pool("loans", amount=amount)


def application(pool: Pool, *, amount: str = "1000000", borrower=None, **named) -> Application:
    """Submit an application of an institution whose figures are good."""
    given = {
        "institution": borrower or institution(),
        "pool": pool,
        "amount": usdc(amount),
        "purpose": "Working capital after the October crash",
        "terms": terms_of("level_monthly", rate="0.12", instalments=12),
        "figures": GOOD,
        "by": person("loan_officer"),
        "at": NOW,
    }
    return applications.submit(**{**given, **named})


def approved(asked: Application) -> Application:
    """Propose an application and pass every stage of its approval."""
    underwritten(asked)
    approve(applications.propose(application=asked, by=person("loan_officer"), at=NOW))
    asked.refresh_from_db()
    return asked


def unaccepted_loan(pool: Pool, **named) -> Loan:
    """Make a loan that waits for a term sheet, and for its institution to accept it."""
    ready = approved(application(pool, **named))
    return applications.approve(application=ready, on=TODAY, by=person("loan_officer"), at=NOW)


def committed_loan(pool: Pool, **named) -> Loan:
    """Make a loan that waits for its drawdown to be asked for."""
    loan = unaccepted_loan(pool, **named)
    accepted(loan)
    return loan


def issued(loan: Loan, *, days: int = 14, at: datetime = NOW) -> TermSheet:
    """Issue the term sheet of a loan."""
    until = at.date() + timedelta(days=days)
    return term_sheets.issue(loan=loan, lapses_on=until, by=person("loan_officer"), at=at)


def accepted(loan: Loan, *, at: datetime = NOW) -> TermSheet:
    """Issue the term sheet of a loan, and let an Admin of its institution accept it."""
    return accept(issued(loan, at=at), at=at)


def accept(sheet: TermSheet, *, at: datetime = NOW, by: Person | None = None, **named) -> TermSheet:
    """Accept a term sheet as an Admin of its institution."""
    given = {"digest": sheet.digest, "wording": WORDING, "may_sign": True, **named}
    admin = by or person("institution_admin", scope=sheet.loan.institution.number)
    term_sheets.accept(sheet=sheet, by=admin, at=at, **given)
    sheet.refresh_from_db()
    return sheet


def release(loan: Loan) -> None:
    """Ask for a drawdown, approve it and release it; its institution accepts its term sheet."""
    if not TermSheet.objects.filter(loan=loan, state="accepted").exists():
        accepted(loan)
    asked = drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)
    approve(Approval.objects.get(kind="loan.drawdown", subject=asked.number))
    drawdown_releases.release(disbursement=asked, on=TODAY, by=person("treasury_officer"), at=NOW)


def settle(loan: Loan, pay) -> None:
    """Let workers pay the drawdown of a loan through the rail."""
    batch = loan.disbursement.batches.get()
    pay(batch.number)
    assert Instruction.objects.get(batch=batch).state == "settled"


def active_loan(pool: Pool, pay, *, on: date = TODAY, **named) -> Loan:
    """Make a loan that was drawn on a day."""
    loan = committed_loan(pool, **named)
    release(loan)
    loan.refresh_from_db()
    settle(loan, pay)
    drawdowns.record_drawn(on=on, at=NOW)
    loan.refresh_from_db()
    return loan


def receipt(loan_or_pool, amount: str, on: date, reference: str | None = None) -> StatementLine:
    """Import a statement with one receipt on it, of an account whose statements reach no later."""
    from together.treasury.operations import statements

    pool = loan_or_pool.pool if isinstance(loan_or_pool, Loan) else loan_or_pool
    said = loan_or_pool.number if reference is None else reference
    account = _account(pool, on)
    last = Statement.objects.filter(account=account).order_by("number").last()
    number, opening = (last.number + 1, last.closing) if last else (1, 0)
    closing_ = opening + usdc(amount).minor_units
    stamp = at(on).isoformat()
    entry = f"in-{next(_number)}"
    text = (
        "record,entry_id,booked_at,type,amount,asset,reference,counterparty\n"
        f"opening,{number},{stamp},,{_units(opening)},USDC,{account.identifier},\n"
        f"entry,{entry},{stamp},receipt,{amount},USDC,{said},payer\n"
        f"closing,{number},{stamp},,{_units(closing_)},USDC,{account.identifier},\n"
    )
    statements.import_file(account=account, data=text.encode(), by=None, at=at(on))
    return StatementLine.objects.get(pool=pool, entry_id=entry)


def _account(pool: Pool, on: date) -> CashAccount:
    """Give an account for a statement of a day: the main one, or another where days are past."""
    known = list(pool.accounts.order_by("code"))
    for account in [pool.main_account, *known]:
        if not Statement.objects.filter(account=account, to_at__gt=at(on)).exists():
            return account
    code = f"{pool.code}-{len(known)}"
    return accounts.open_account(
        pool=pool,
        kind="exchange",
        code=code,
        asset=pool.asset,
        identifier=f"wallet-{code}",
        servicer="",
        holder="",
        by=person("treasury_officer"),
        at=NOW,
    )


def _units(minor_units: int) -> str:
    return f"{minor_units // 10**6}.{minor_units % 10**6:06d}"


def paid(loan: Loan, amount: str, on: date):
    """Receive a payment that names the loan, and allocate it."""
    receipt(loan, amount, on)
    return receipts.allocate(pool=loan.pool, at=at(on))


def proposed(
    loan: Loan, kind: str, on: date, amount: str = "", /, *, target: int = 0, today=None, **further
) -> Adjustment:
    """Propose an event; ``target`` is the number of the event that it points at."""
    facts = Facts(
        type=kind,
        on=on,
        amount=usdc(amount).minor_units if amount else None,
        further=further,
        target=loan.events.get(sequence=target) if target else None,
    )
    return servicing.propose(
        loan=loan,
        facts=facts,
        reason="As agreed",
        by=person("loan_officer"),
        at=at(today or max(on, books_day(loan) or on)),
    )


def offered(asked: Adjustment, *, days: int = 14, at=None) -> AmendmentLetter:
    """Issue the letter of an approved amendment."""
    at = at or asked.proposed_at
    until = at.date() + timedelta(days=days)
    officer = person("loan_officer")
    return amendment_letters.issue(adjustment=asked, lapses_on=until, by=officer, at=at)


def agree(letter: AmendmentLetter, *, at=None, by: Person | None = None, **named):
    """Accept an amendment letter as an Admin of its institution."""
    given = {"digest": letter.digest, "wording": LETTER_WORDING, "may_sign": True, **named}
    admin = by or person("institution_admin", scope=letter.loan.institution.number)
    amendment_letters.accept(letter=letter, by=admin, at=at or letter.issued_at, **given)
    letter.refresh_from_db()
    return letter


def agreed(asked: Adjustment) -> Adjustment:
    """Let the borrower accept an approved adjustment, if it must."""
    if needs_borrower(asked):
        agree(offered(asked))
    return asked


def booked(asked: Adjustment) -> Adjustment:
    """Pass every stage of an adjustment's approval, let its borrower accept it, and book it."""
    approve(asked.approval)
    agreed(asked)
    done = servicing.book(adjustment=asked, by=person("loan_officer"), at=asked.proposed_at)
    asked.loan.refresh_from_db()
    return done


def adjusted(loan: Loan, kind: str, on: date, amount: str = "", /, **named) -> Adjustment:
    """Propose, approve and book an event, and read the loan anew."""
    done = booked(proposed(loan, kind, on, amount, **named))
    loan.refresh_from_db()
    return done


def late_receipt(loan: Loan, amount: str, on: date, today: date) -> Adjustment:
    """Receive money of a day that is closed already, propose, approve and book it."""
    line = receipt(loan, amount, on)
    done = booked(
        servicing.propose_receipt(
            loan=loan,
            line=line,
            reason="The bank sent it late",
            by=person("loan_officer"),
            at=at(today),
        )
    )
    loan.refresh_from_db()
    return done


def close(loan: Loan, on: date) -> closing.Closed:
    """Close a day, and read the loan anew."""
    closed = closing.close_day(on=on, at=at(on))
    loan.refresh_from_db()
    return closed


def balance(code: str, subject: str) -> int:
    """Give the balance of an account, on its normal side."""
    found = Account.objects.filter(chart_id=code, subject=subject).first()
    return found.balance * found.side if found else 0


def unproven() -> list:
    """Give the proofs of the loans' books that fail."""
    return [check for check in proofs_of_books.checks() if not check.holds]
