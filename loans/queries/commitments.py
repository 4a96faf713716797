"""Commitments that are not drawn: since when they are kept, until when, and what they cost."""

from dataclasses import dataclass
from datetime import date

from loans.formats.agreed import read_agreed
from loans.models import Loan
from loans.queries.term_sheets import accepted
from loans.rules.cancellations import steps
from loans.rules.commitment_fee import commitment_fee
from loans.rules.exact import Fraction
from loans.rules.target import Target, amount_of, units
from together.ledger.models import Entry
from together.ledger.rules.money import ASSETS

# Days of the fee in the books: the end of an entry's key is its day.
KEY = "loan:{}:fee:"


@dataclass(frozen=True, slots=True)
class Commitment:
    """
    A commitment whose terms agree an availability period.

    It is kept from the day ``since`` on which its term sheet was accepted; drawn it may be before
    ``ends_on``. None and None as long as it is not accepted.
    """

    loan: Loan
    since: date | None
    ends_on: date | None

    def fee(self, as_of: date) -> int:
        """Give the fee that it earned up to a day, if it was not drawn by then; minor units."""
        if self.since is None:
            return 0
        decimals = ASSETS[self.loan.pool.asset]
        terms = read_agreed(self.loan.terms)
        return units(commitment_fee(terms, self._kept(decimals, self.since), as_of), decimals)

    def _kept(self, decimals: int, since: date) -> list[tuple[date, Fraction]]:
        gone = [
            (one.booked_on, amount_of(one.amount, decimals))
            for one in self.loan.cancellations.all()
            if one.booked_on is not None
        ]
        return steps(amount_of(self.loan.amount, decimals), since, gone)

    def target(self, as_of: date) -> Target:
        """Give what the books must say of it before it is drawn: the fee is a charge."""
        fee = self.fee(as_of)
        return Target(charges=fee, charged=fee)


def commitment(loan: Loan) -> Commitment | None:
    """Give the commitment of a loan; None if its terms agree no availability period."""
    if not loan.terms.get("availability"):
        return None
    agreed = read_agreed(loan.terms).availability
    sheet = accepted(loan)
    if agreed is None or sheet is None or sheet.accepted_at is None:
        return Commitment(loan, None, None)
    since = sheet.accepted_at.date()
    return Commitment(loan, since, agreed.ends_on(since))


def undrawn_target(loan: Loan, as_of: date) -> Target:
    """Give what the books must say of a loan before its drawdown."""
    kept = commitment(loan)
    return kept.target(as_of) if kept else Target()


def booked_through(loan: Loan, as_of: date) -> date | None:
    """Give the last day up to one that a fee of an undrawn loan is in the books for."""
    if not loan.terms.get("availability"):
        return None
    found = Entry.objects.filter(key__startswith=KEY.format(loan.number), happened_on__lte=as_of)
    last = found.order_by("-happened_on").first()
    return last.happened_on if last else None
