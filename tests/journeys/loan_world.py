"""The world around a loan's life: a clock, the wallet of the pool that lends, and the workers."""

import time
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from loans import tasks
from loans.models import Institution, Loan
from loans.operations import contacts
from loans.rules.contacts import Details
from tests.factories import NOW, TODAY, person
from tests.journeys.loan_people import Seat
from tests.loans.conftest import CALM
from tests.loans.factories import at
from together.console.queries.proof import all_checks
from together.ledger.models import Entry
from together.ledger.rules.money import Money
from together.notices.operations import outbox
from together.notices.tasks import mail
from together.treasury.models import Instruction, Pool
from together.treasury.operations import payouts
from together.treasury.operations.rails import rail
from together.treasury.tasks import pay_batch

DAY = timedelta(days=1)
HEAD = "record,entry_id,booked_at,type,amount,asset,reference,counterparty"


class Clock:
    """What the system takes for now: it runs, and is set to noon of another day."""

    def __init__(self) -> None:
        self._moment, self._since = NOW, time.monotonic()

    def __call__(self) -> datetime:
        return self._moment + timedelta(seconds=time.monotonic() - self._since)

    @property
    def today(self) -> date:
        """Give the day that it is."""
        return self().date()

    def set(self, day: date) -> None:
        """Go on at noon of a day to come, once the nights before it are over."""
        self._moment, self._since = at(day), time.monotonic()
        night()


def played(patch: pytest.MonkeyPatch) -> Clock:
    """Let the journey set the clock and play the workers: no bell rings for them."""
    clock = Clock()
    # Whoever decided something about the borrower in the days before had the role by then.
    patch.setattr("tests.factories.NOW", NOW - 30 * DAY)
    patch.setattr("django.utils.timezone.now", clock)
    for bell in (pay_batch, mail):
        patch.setattr(bell, "delay", lambda *given: None)
    return clock


def night() -> None:
    """Do what beat rings for in a night: days closed, names screened, letters mailed."""
    tasks.close_day()
    tasks.screen()
    tasks.send_notices()
    outbox.work(worker="night", seconds=20, at=tasks.timezone.now())


def minute(loan: Loan) -> None:
    """Do what beat rings for each minute: pay, record what was drawn, allocate what came in."""
    loan.refresh_from_db()
    order = loan.disbursement
    for batch in order.batches.all() if order else ():
        paid_by_workers(batch.number)
    tasks.watch()
    loan.refresh_from_db()


def paid_by_workers(batch: str) -> None:
    """Let workers pay a batch."""
    payouts.work(batch=batch, worker="minute", rail=rail(), seconds=20)


def calm(pool: Pool, clock: Clock) -> None:
    """Let the rail take every payment at once, on the day that it is; and screen who is known."""
    rail().set_conditions(CALM)
    rail().set_clock(wallet=pool.main_account.identifier, at=clock())
    tasks.screen()


@dataclass
class Wallet:
    """The wallet of the pool that lends, whose servicer writes a statement when it is asked."""

    pool: Pool
    clock: Clock
    folder: Path
    number: int = 0
    held: int = 0
    lines: list[tuple[str, str, Money, str, str]] = field(default_factory=list)

    def funded(self) -> None:
        """Book what the pool was funded with."""
        entry = Entry.objects.get(kind="POOL_FUNDED")
        cash = max(line.amount for line in entry.lines.all())
        reference = entry.key.removeprefix("funding:")
        self._line("receipt", Money(cash, self.pool.asset), reference, "treasury")

    def paid(self, loan: Loan) -> None:
        """Book the drawdown of a loan."""
        found = Instruction.objects.get(batch__disbursement=loan.disbursement)
        self._line("payment", -Money(found.amount, found.asset), found.reference, found.payee)

    def receives(self, loan: Loan, amount: Money) -> None:
        """Book what the institution of a loan pays."""
        self._line("receipt", amount, loan.number, "wallet of the institution")

    def statement(self) -> Path:
        """Write the statement of what moved since the last one."""
        stamp, opening = self.clock().isoformat(), Money(self.held, self.pool.asset)
        self.number += 1
        wallet = self.pool.main_account.identifier
        rows = [HEAD, f"opening,{self.number},{stamp},,{opening.decimal},USDC,{wallet},"]
        for entry, kind, amount, reference, who in self.lines:
            rows.append(f"entry,{entry},{stamp},{kind},{amount.decimal},USDC,{reference},{who}")
            self.held += amount.minor_units
        closing = Money(self.held, self.pool.asset)
        rows.append(f"closing,{self.number},{stamp},,{closing.decimal},USDC,{wallet},")
        self.lines = []
        file = self.folder / f"statement-{self.number}.csv"
        file.write_text("\n".join(rows) + "\n")
        return file

    def _line(self, kind: str, amount: Money, reference: str, who: str) -> None:
        entry = f"E{self.number + 1}-{len(self.lines) + 1}"
        self.lines.append((entry, kind, amount, reference, who))


def brings_a_statement(treasurer: Seat, wallet: Wallet, words: str) -> None:
    """Upload the wallet's statement on the page of its account; its page says what it was."""
    file = wallet.statement()
    treasurer.go_to("Treasury", "Accounts")
    treasurer.page.get_by_role("link", name=wallet.pool.main_account.code, exact=True).click()
    treasurer.page.get_by_role("link", name="Import a statement").click()
    treasurer.page.get_by_label("Statement file").set_input_files(file)
    treasurer.page.get_by_role("button", name="Import a statement").click()
    treasurer.is_told(words)


def billed_to(of: Institution, email: str = "ines@example.test") -> None:
    """Enter somebody to whom the invoices of an institution are mailed."""
    details = Details("Ines Billing", "finance", email, "+442079460018")
    officer = person("loan_officer")
    contacts.enter(institution=of, details=details, starts_on=TODAY, by=officer, at=NOW)


def assesses(treasurer: Seat, pool: Pool, as_of: date) -> None:
    """Assess the loss allowance of a pool for a day on its page, and open what came out."""
    treasurer.go_to("Loans", "Loss allowances")
    treasurer.act("Assess the loss allowance", {"Pool": str(pool), "As of": as_of.isoformat()})
    treasurer.is_told("is proposed: look at its rows, then let it be approved.")


def unproven() -> list[str]:
    """Give the proofs of the system that do not hold."""
    return [check.name for _, check in all_checks() if not check.holds]
