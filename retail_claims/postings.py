"""Every debit and credit of the retail programme, one function per event."""

from datetime import date

from together.ledger.rules.money import Money
from together.ledger.rules.movements import Posting, credit, debit


def published(
    *, run: str, pool: str, payable: Money, escrow: Money, reserve: Money, on: date
) -> Posting:
    """A run was published: its awards, what is escrowed and the appeals reserve leave the pool."""
    steps = [
        (payable, ("fund.awarded", run)),
        (escrow, ("fund.escrowed", run)),
        (reserve, ("fund.reserved", pool)),
    ]
    total = Money(sum(money.minor_units for money, _ in steps), payable.asset)
    return Posting(
        key=f"run:{run}:published",
        kind="RUN_PUBLISHED",
        on=on,
        movements=(
            debit("fund.available", pool, total),
            *(credit(*account, money) for money, account in steps if money.minor_units),
        ),
        narrative=f"Awards of run {run}",
    )


def awards_expired(*, run: str, upto: int, pool: str, money: Money, on: date) -> Posting:
    """Awards of a run waited for acceptance until they expired: the pool has their money again."""
    return Posting(
        key=f"run:{run}:expired:{upto}",
        kind="AWARDS_EXPIRED",
        on=on,
        movements=(debit("fund.awarded", run, money), credit("fund.available", pool, money)),
        narrative=f"Expired awards of run {run}",
    )


def awards_paid(*, batch: str, upto: int, pool: str, money: Money, on: date) -> Posting:
    """Awards of a batch were settled: the expense, against the part of the pool paid for good."""
    return Posting(
        key=f"batch:{batch}:paid:{upto}",
        kind="AWARDS_PAID",
        on=on,
        movements=(debit("expense.awards", pool, money), credit("fund.paid", pool, money)),
        narrative=f"Awards of batch {batch}",
    )


def awards_returned(*, batch: str, upto: int, pool: str, money: Money, on: date) -> Posting:
    """Paid awards of a batch came back: they were no expense; the money waits in the treasury."""
    return Posting(
        key=f"batch:{batch}:returned:{upto}",
        kind="AWARDS_RETURNED",
        on=on,
        movements=(debit("fund.paid", pool, money), credit("expense.awards", pool, money)),
        narrative=f"Returned awards of batch {batch}",
    )
