"""How the borrowers of the demo pay: on which days money comes in, how much, and what it names."""

from dataclasses import dataclass
from datetime import date, timedelta

from loans.models import Loan
from loans.queries.standing import Standing, standing
from together.console.operations.demo import borrowers, funds
from together.console.operations.demo.borrowers import wallet_of
from together.ledger.rules.money import Money, parse
from together.treasury.models import Pool

# Who pays early sends its money so many days before it is due.
EARLY = timedelta(days=5)
# So many days after it is due comes what is paid late, and the rest of what is paid in part.
LATE = {borrowers.LATE: timedelta(days=12), borrowers.PARTIAL: timedelta(days=20)}
# One of them pays all that it owes so many days after its drawdown.
PREPAID_AFTER = timedelta(days=130)
TOO_MUCH = "250"
# Money that names no loan of the pool waits so long until an officer finds out whose it is.
FOUND_OUT = timedelta(days=4)
# What two of the payments name instead of their loan: nothing, and a loan that is not there.
MISNAMED = {3: "ALDGATE INVOICE 2291", 6: "L-9999 ALDGATE"}


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that a borrower sends, and what it says the money is for."""

    amount: Money
    reference: str


def days(loan: Loan) -> set[date]:
    """Give the days on which a borrower may send something, or what it sent is found out."""
    habit, drawn_on = _habit(loan), drawn(loan)
    due = {row.due_on for row in standing(loan, drawn_on).instalments}
    if habit == borrowers.PREPAID:
        due = {day for day in due if day < drawn_on + PREPAID_AFTER} | {drawn_on + PREPAID_AFTER}
    if habit == borrowers.MISNAMED:
        due |= {day + FOUND_OUT for day in due}
    if habit == borrowers.EARLY:
        due |= {day - EARLY for day in due}
    late = {day + LATE[habit] for day in due} if habit in LATE else set()
    return set() if habit == borrowers.SILENT else due | late


def send(loan: Loan, day: date, pool: Pool) -> None:
    """Send what a borrower sends on a day, once."""
    payment = _payment(loan, day)
    if payment.amount.minor_units <= 0:
        return
    funds.world().receive(
        wallet=pool.main_account.identifier,
        reference=payment.reference,
        counterparty=wallet_of(loan.institution.legal_name),
        amount=payment.amount.minor_units,
        asset=payment.amount.asset,
        origin=f"{loan.number}:{day}",
    )


def drawn(loan: Loan) -> date:
    """Give the day on which a loan was drawn."""
    return loan.events.values_list("on", flat=True).get(sequence=1)


def _payment(loan: Loan, day: date) -> Payment:
    habit, now = _habit(loan), standing(loan, day)
    due = next((row for row in now.instalments if row.due_on == day), None)
    reference = loan.number
    if habit == borrowers.MISNAMED and due:
        reference = MISNAMED.get(due.number, reference)
    if habit == borrowers.PREPAID and day == drawn(loan) + PREPAID_AFTER:
        return Payment(now.principal_outstanding + now.interest_accrued, reference)
    if due is None:
        return Payment(_beside(habit, now, day), reference)
    return Payment(_when_due(habit, due.outstanding), reference)


def _when_due(habit: str, whole: Money) -> Money:
    """Give what is paid of an instalment on the day on which it is due."""
    if habit == borrowers.LATE:
        return Money(0, whole.asset)
    if habit == borrowers.PARTIAL:
        return Money(whole.minor_units * 3 // 5 // 10_000 * 10_000, whole.asset)
    if habit == borrowers.OVER_PAID and whole.minor_units:
        return whole + parse(TOO_MUCH, whole.asset)
    return whole


def _beside(habit: str, now: Standing, day: date) -> Money:
    """Give what is paid on a day on which nothing is due."""
    coming = next((row for row in now.instalments if row.due_on == day + EARLY), None)
    if habit == borrowers.EARLY and coming:
        return coming.outstanding
    if habit in LATE and any(row.due_on == day - LATE[habit] for row in now.instalments):
        return now.due_now
    return Money(0, now.due_now.asset)


def _habit(loan: Loan) -> str:
    return borrowers.of(loan.institution.lei).habit
