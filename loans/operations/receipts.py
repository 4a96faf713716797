"""Receipts: money that came in, allocated to the loan it names."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from loans.models import Loan
from loans.operations import books
from loans.queries.lives import books_day, incoming, life_of
from loans.queries.receipts import Split, is_allocated, preview, reason, split, waiting
from loans.rules.faults import Fault
from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record
from together.treasury.models import Pool, StatementLine

log = structlog.get_logger(__name__)
__all__ = ["Allocated", "NotAllocatable", "allocate", "assign", "preview", "waiting"]


class NotAllocatable(Refused):
    """Raised when a receipt cannot be allocated to a loan; says why."""


@dataclass(frozen=True, slots=True)
class Allocated:
    """A receipt, the loan it was allocated to, and how it was split."""

    line: StatementLine
    loan: Loan
    split: Split


def allocate(*, pool: Pool, at: datetime) -> list[Allocated]:
    """
    Allocate every receipt that names a loan, oldest first, each in a transaction of its own.

    What names no loan, or one that cannot take it, stays unallocated: ``waiting`` says why. So
    does what came in on a day that the loan is closed for: a person proposes it (``servicing``).
    """
    done = []
    for one in waiting(pool):
        if one.loan is None or one.reason:
            continue
        try:
            done.append(_allocate(line=one.line, loan=one.loan, by=None, at=at))
        except NotAllocatable as refused:
            # Somebody else allocated it meanwhile, or an earlier receipt changed the loan.
            log.info("receipt.not_allocated", line=one.line.entry_id, reason=str(refused))
    return done


def assign(*, line: StatementLine, loan: Loan, by: Person, at: datetime) -> Allocated:
    """
    Allocate a receipt to a loan that its reference does not name.

    :raises NotAllocatable: if the loan cannot take it, or it is allocated already
    """
    people.demand(by, "loans.write")
    return _allocate(line=line, loan=loan, by=by, at=at)


@transaction.atomic(durable=True)
def _allocate(*, line: StatementLine, loan: Loan, by: Person | None, at: datetime) -> Allocated:
    loan = books.locked(loan)
    line = StatementLine.objects.select_for_update(of=("self",)).get(pk=line.pk)
    _demand_allocatable(line, loan)
    on = line.booked_at.date()
    day = max(books_day(loan) or on, on)
    event = incoming(loan, on, line.amount)
    event.line, event.recorded_at = line, at
    event = books.append(event, by=by)
    step = books.bring(
        loan,
        event=f"event:{event.sequence}",
        kind="LOAN_RECEIPT",
        on=day,
        as_of=day,
        life=life_of(loan),
        narrative=f"Receipt {line.entry_id} for loan {loan.number}",
    )
    found = split(loan, step.was, step.now)
    record(
        what="loan.receipt_allocated",
        subject=loan.number,
        by=by,
        at=at,
        details={
            "line": line.entry_id,
            "on": on.isoformat(),
            "amount": str(found.amount),
            "principal": str(found.principal),
            "interest": str(found.interest),
            "charges": str(found.charges),
            "overpaid": str(found.overpaid),
        },
    )
    return Allocated(line, loan, found)


def _demand_allocatable(line: StatementLine, loan: Loan) -> None:
    if not line.is_receipt or line.pool_id != loan.pool_id:
        raise NotAllocatable(f"line {line.entry_id} is no receipt of the pool of {loan.number}")
    if is_allocated(line):
        raise NotAllocatable(f"line {line.entry_id} is allocated already")
    try:
        why = reason(line, loan.number, loan)
    except Fault as fault:
        why = fault.message
    if why:
        raise NotAllocatable(f"line {line.entry_id}: {why}")
