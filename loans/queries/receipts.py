"""Receipts that wait to be allocated, and how a payment would be split."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from loans.models import Event, Loan
from loans.queries import books
from loans.queries.lives import as_engine, books_day, incoming, life_of, target_of
from loans.rules.faults import Fault
from loans.rules.replay.fixings import unset_on
from loans.rules.replay.life import Life
from loans.rules.states import LoanState
from loans.rules.target import Target
from together.ledger.rules.money import Money
from together.treasury.models import Pool, StatementLine

DRAWN = (LoanState.ACTIVE, LoanState.CLOSED, LoanState.WRITTEN_OFF)
TAKEN_OFF = "it was taken off a loan again: a person says whose it is"
NUMBER = re.compile(r"(?<![A-Z0-9])L-[0-9]{4,}(?![0-9])")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A receipt that is not allocated: the loan it names, or why it stays."""

    line: StatementLine
    loan: Loan | None
    reason: str


@dataclass(frozen=True, slots=True)
class Split:
    """
    Where a payment would go.

    ``accrued`` is how interest income changes by booking it: a payment dated back lowers what
    was accrued since.
    """

    loan: str
    amount: Money
    principal: Money
    interest: Money
    charges: Money
    overpaid: Money
    accrued: Money


def unallocated(pool: Pool) -> QuerySet[Any]:
    """Give the receipts of a pool that no loan has, oldest first; ``was_reversed``: one had it."""
    return unallocated_of([pool])


def unallocated_of(pools: Any) -> QuerySet[Any]:
    """Give the receipts of some pools, a list or a query of them, as :func:`unallocated` does."""
    taken = Event.objects.filter(line=OuterRef("pk"))
    lines = StatementLine.objects.filter(pool__in=pools, is_receipt=True)
    return (
        lines.exclude(Exists(taken.exclude(pointing_here__type="reversal")))
        .annotate(was_reversed=Exists(taken))
        .order_by("booked_at", "id")
        .select_related("pool", "account")
    )


def is_allocated(line: StatementLine) -> bool:
    """Say whether a loan has the money of a line."""
    return Event.objects.filter(line=line).exclude(pointing_here__type="reversal").exists()


def waiting(pool: Pool) -> list[Waiting]:
    """Give the receipts of a pool that no loan has, oldest first, each with its reason."""
    lines = list(unallocated(pool))
    named = {line.pk: loan_number(line.reference) for line in lines}
    loans = {
        loan.number: loan
        for loan in Loan.objects.filter(number__in=[n for n in named.values() if n], pool=pool)
        .select_related("pool")
        .prefetch_related("events")
    }
    found = []
    for line in lines:
        number = named[line.pk]
        loan = loans.get(number) if number else None
        why = TAKEN_OFF if line.was_reversed else reason(line, number, loan)
        found.append(Waiting(line, loan, why))
    return found


def waiting_for(loan: Loan) -> list[Waiting]:
    """Give the receipts that name a loan and wait, oldest first, each with its reason."""
    lines = unallocated(loan.pool).filter(reference__icontains=loan.number)
    return [
        Waiting(line, loan, TAKEN_OFF if line.was_reversed else reason(line, loan.number, loan))
        for line in lines
        if loan_number(line.reference) == loan.number
    ]


def loan_number(reference: str) -> str | None:
    """Give the one loan number that a reference names, or None."""
    found = set(NUMBER.findall(reference.upper()))
    return found.pop() if len(found) == 1 else None


def reason(line: StatementLine, number: str | None, loan: Loan | None) -> str:
    """Say why a receipt cannot be allocated without four eyes; empty if it can."""
    if number is None:
        return "its reference does not name one loan"
    if loan is None:
        return f"this pool has no loan {number}"
    return _unfit(line, loan)


def _unfit(line: StatementLine, loan: Loan) -> str:
    """Say why a loan cannot take a receipt by itself."""
    number = loan.number
    if line.account.asset != loan.pool.asset:
        return f"it came in {line.account.asset}, loan {number} is owed in {loan.pool.asset}"
    if loan.state not in DRAWN:
        return f"loan {number} is not drawn yet"
    day = line.booked_at.date()
    if loan.business_date is not None and day < loan.business_date:
        return f"loan {number} is closed up to {loan.business_date}: propose it as an adjustment"
    life = life_of(loan) if loan.terms.get("floating") else None
    unset = unset_on(life) if life else None
    if unset is not None and unset < day:
        return f"loan {number} waits for a fixing: the rate of {unset} is not set"
    try:
        _with(line, loan)
    except Fault as fault:
        return f"loan {number}: {fault.message}"
    return ""


def preview(line: StatementLine, loan: Loan | None = None) -> Split | None:
    """Show how a receipt would be split, before anything is booked; None if it names no loan."""
    number = loan_number(line.reference)
    loan = loan or Loan.objects.filter(number=number, pool_id=line.pool_id).first()
    if loan is None or reason(line, loan.number, loan):
        return None
    day = max(books_day(loan) or line.booked_at.date(), line.booked_at.date())
    return split(loan, books.booked(loan), target_of(loan, day, _with(line, loan)))


def _with(line: StatementLine, loan: Loan) -> Life | None:
    """Replay a loan with the money of a line."""
    event = incoming(loan, line.booked_at.date(), line.amount)
    return life_of(loan, [as_engine(event, loan, {})])


def split(loan: Loan, was: Target, now: Target) -> Split:
    """Describe a step of a loan's books as the split of the money that came in."""

    def money(minor_units: int) -> Money:
        return Money(minor_units, loan.pool.asset)

    return Split(
        loan=loan.number,
        amount=money(now.received - was.received),
        principal=money((now.drawn - was.drawn) - (now.principal - was.principal)),
        interest=money((now.earned - was.earned) - (now.interest - was.interest)),
        charges=money((now.charged - was.charged) - (now.charges - was.charges)),
        overpaid=money(now.overpaid - was.overpaid),
        accrued=money(now.earned - was.earned),
    )
