"""The account statement of a loan: its movements with their split, and what is owed after them."""

from dataclasses import dataclass
from datetime import date

from loans.formats.agreed import read_agreed
from loans.models import Loan
from loans.queries.lives import recorded, target_of
from loans.rules.exact import Fraction
from loans.rules.replay.account import account
from loans.rules.replay.events import FIXING, Event
from loans.rules.target import Target, units
from together.ledger.rules.money import ASSETS, Money

WORDS = {
    "drawdown": "Drawdown",
    "repayment": "Payment received",
    "payoff": "Payoff",
    "goodwill_credit": "Goodwill credit",
    "merchant_refund": "Refund of a merchant",
    "payout_refund": "Refund of a payout",
    "interest_waiver": "Interest waived",
    "accrual_waiver": "Accrued interest waived",
    "commitment_fee": "Commitment fee",
    "charge_waiver": "Charges waived",
    "refund": "Overpaid money returned",
    "chargeback": "Payment taken back by the bank",
    "rate_change": "Rate changed",
    "margin_change": "Spread changed",
    "extend": "Instalments added",
    "move_due_date": "Due date moved",
    "re_age": "Spread over new instalments",
    "charge_off": "Charged off",
    "write_off": "Written off",
    "recovery": "Recovered after the write-off",
}


@dataclass(frozen=True, slots=True)
class Line:
    """
    One movement as people read it; ``number`` is its event's among those of the loan.

    ``amount`` is None where no money is meant. The parts say what it settled, gave up or added;
    ``balance`` is the principal outstanding after it.
    """

    number: int
    on: date
    what: str
    amount: Money | None
    principal: Money
    interest: Money
    charges: Money
    overpaid: Money
    balance: Money
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """All movements of a loan, oldest first, and what is owed as of a day."""

    as_of: date
    lines: tuple[Line, ...]
    principal: Money
    interest: Money
    charges: Money
    overpaid: Money

    @property
    def owed(self) -> Money:
        """Add up what is owed, less what is overpaid."""
        return self.principal + self.interest + self.charges - self.overpaid


def account_statement(loan: Loan, as_of: date) -> AccountStatement:
    """Give the account statement of a loan; before its drawdown it has no lines."""
    found = account(read_agreed(loan.terms), recorded(loan))
    owed = target_of(loan, as_of, found.life) if found.life else Target()
    asset = loan.pool.asset

    def money(amount: Fraction) -> Money:
        return Money(units(amount, ASSETS[asset]), asset)

    lines = tuple(
        Line(
            number=int(one.event.identity or 0),
            on=one.on,
            what=words(one.event),
            amount=None if one.event.amount is None else money(one.event.amount),
            principal=money(one.principal),
            interest=money(one.interest),
            charges=money(one.charges),
            overpaid=money(one.overpaid),
            balance=money(one.balance),
            is_reversed=one.is_reversed,
        )
        for one in found.movements
        # Rates have a list of their own: of daily fixings there are hundreds.
        if one.event.type != FIXING
    )
    parts = (owed.principal, owed.interest, owed.charges, owed.overpaid)
    return AccountStatement(as_of, lines, *(Money(part, asset) for part in parts))


def words(event: Event) -> str:
    """Say what an event is, as people read it."""
    if event.type == "charge":
        return "Penalty" if event.is_penalty else "Fee"
    return WORDS[event.type]
