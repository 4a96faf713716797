"""Every debit and credit of the loans, one function per event."""

from dataclasses import dataclass
from datetime import date

from loans.rules.target import Target
from together.ledger.rules.money import Money
from together.ledger.rules.movements import Movement, Posting, credit, debit

# A loss stands in these beside the accounts that it is taken off.
LOSSES = ("expense.impairment", "fund.impaired")


@dataclass(frozen=True, slots=True)
class Bringing:
    """
    One step of a loan's books: from what they say to what they must say.

    ``key`` and ``kind`` name the event, ``on`` is the day it is booked for.
    """

    key: str
    kind: str
    on: date
    loan: str
    pool: str
    asset: str
    narrative: str = ""


def committed(*, loan: str, pool: str, money: Money, on: date) -> Posting:
    """A loan was approved: the pool keeps its amount for nobody else."""
    return Posting(
        key=f"loan:{loan}:committed",
        kind="LOAN_COMMITTED",
        on=on,
        movements=(debit("fund.available", pool, money), credit("fund.committed", loan, money)),
        narrative=f"Commitment of loan {loan}",
    )


def cancelled(*, number: str, loan: str, pool: str, money: Money, on: date) -> Posting:
    """A commitment, or a part of it, will not be drawn: the pool may give it to somebody else."""
    return Posting(
        key=f"cancellation:{number}",
        kind="LOAN_CANCELLED",
        on=on,
        movements=(debit("fund.committed", loan, money), credit("fund.available", pool, money)),
        narrative=f"Cancellation {number} of the commitment of loan {loan}",
    )


def brought(step: Bringing, was: Target, now: Target) -> Posting | None:
    """
    Something happened to a drawn loan: its accounts move from one target to the next.

    * a drawdown: principal outstanding against what the pool lent;
    * interest earned: interest accrued against income; charges likewise;
    * money in: from what was unallocated to interest, charges, principal and overpaid; repaid
      principal comes back from lent to available;
    * a loss: principal that is written off or credited is an expense, and impaired in the pool;
      what is recovered of it takes both back;
    * a backdated event: the difference of all of these.

    None if nothing moves.
    """
    principal = now.principal - was.principal
    repaid = (now.drawn - was.drawn) - principal
    lost = now.lost - was.lost
    amounts = (
        ("loan.principal", step.loan, principal),
        ("fund.lent", step.pool, -principal),
        ("fund.available", step.pool, -repaid),
        *((code, step.pool, amount) for code, amount in zip(LOSSES, (lost, -lost), strict=True)),
        ("loan.interest", step.loan, now.interest - was.interest),
        ("income.interest", step.pool, was.earned - now.earned),
        ("loan.charges", step.loan, now.charges - was.charges),
        ("income.charges", step.pool, was.charged - now.charged),
        ("loan.overpaid", step.loan, was.overpaid - now.overpaid),
        ("receipts.unallocated", step.pool, now.received - was.received),
    )
    movements = tuple(
        Movement(code, subject, step.asset, amount) for code, subject, amount in amounts if amount
    )
    if not movements:
        return None
    return Posting(step.key, step.kind, step.on, movements, step.narrative)


def accrued(step: Bringing, interest: int) -> Posting | None:
    """A day of interest, in minor units, below zero where it falls; None if there is none."""
    return brought(step, Target(), Target(interest=interest, earned=interest))


def accrual() -> tuple[Movement, ...]:
    """
    The lines of one minor unit of a day's interest, for many loans at once.

    The subject says whose account it is: "loan" or "pool". They are those of :func:`accrued`.
    """
    step = Bringing(key="", kind="", on=date.min, loan="loan", pool="pool", asset="")
    entry = accrued(step, 1)
    return entry.movements if entry is not None else ()


def impaired(
    *, key: str, loan: str, pool: str, on: date, lost: Money, held: Money
) -> Posting | None:
    """
    The loss allowance of a loan, and its interest in suspense, move to what was assessed.

    ``lost`` and ``held`` are by how much each grows: an expense of the pool against the allowance,
    and less income against what is in suspense. None if nothing moves.
    """
    amounts = (
        ("expense.allowance", pool, lost.minor_units),
        ("loan.allowance", loan, -lost.minor_units),
        ("income.suspended", pool, held.minor_units),
        ("loan.suspended", loan, -held.minor_units),
    )
    movements = tuple(
        Movement(code, subject, lost.asset, amount) for code, subject, amount in amounts if amount
    )
    if not movements:
        return None
    return Posting(key, "LOAN_IMPAIRMENT", on, movements, f"Loss allowance of loan {loan}")
