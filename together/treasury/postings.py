"""Every debit and credit of the treasury, one function per event."""

from datetime import date

from together.ledger.rules.money import Money
from together.ledger.rules.movements import Posting, credit, debit


def funded(*, reference: str, account: str, pool: str, money: Money, on: date) -> Posting:
    """Money was put into a pool: cash against what the pool may give."""
    return Posting(
        key=f"funding:{reference}",
        kind="POOL_FUNDED",
        on=on,
        movements=(debit("cash", account, money), credit("fund.available", pool, money)),
        narrative=f"Funding {reference}",
    )


def batch_funded(*, batch: str, source: tuple[str, str], money: Money, on: date) -> Posting:
    """A released batch got its allotment: all that its instructions can ever spend."""
    return Posting(
        key=f"batch:{batch}:funded",
        kind="BATCH_FUNDED",
        on=on,
        movements=(debit(*source, money), credit("allotment", batch, money)),
        narrative=f"Allotment of batch {batch}",
    )


def instruction_settled(
    *, reference: str, batch: str, money: Money, on: date, undone: int = 0
) -> Posting:
    """The rail took a payment: it is spent from the allotment and on its way."""
    return Posting(
        key=_settlement(reference, undone),
        kind="PAYMENT_SETTLED",
        on=on,
        movements=(debit("allotment", batch, money), credit("clearing.out", batch, money)),
    )


def settlement_undone(
    *, reference: str, batch: str, money: Money, on: date, undone: int
) -> Posting:
    """A transfer fell out of its chain: the allotment has its money again. ``undone`` from 0 on."""
    key = _settlement(reference, undone)
    return Posting(
        key=f"{key}:undone",
        kind="SETTLEMENT_UNDONE",
        on=on,
        movements=(debit("clearing.out", batch, money), credit("allotment", batch, money)),
        reverses=key,
    )


def _settlement(reference: str, undone: int) -> str:
    """Name a settlement: the first one, or the one after so many that were undone."""
    return f"instruction:{reference}:settled" + (f":{undone + 1}" if undone else "")


def payments_on_statement(
    *, statement: int, first_line: int, batch: str, account: str, money: Money, on: date
) -> Posting:
    """Payments of a batch stand on a statement: they have left the account."""
    return Posting(
        key=f"statement:{account}:{statement}:batch:{batch}:line:{first_line}",
        kind="PAYMENTS_ON_STATEMENT",
        on=on,
        movements=(debit("clearing.out", batch, money), credit("cash", account, money)),
        narrative=f"Payments of batch {batch} on statement {statement}",
    )


def returned(*, entry_id: str, account: str, pool: str, money: Money, on: date) -> Posting:
    """A payment came back: cash again, owed to who it was for until somebody decides."""
    return Posting(
        key=f"line:{account}:{entry_id}:returned",
        kind="PAYMENT_RETURNED",
        on=on,
        movements=(debit("cash", account, money), credit("payments.returned", pool, money)),
    )


def received(*, entry_id: str, account: str, pool: str, money: Money, on: date) -> Posting:
    """Money came in that a programme has yet to allocate."""
    return Posting(
        key=f"line:{account}:{entry_id}:received",
        kind="MONEY_RECEIVED",
        on=on,
        movements=(debit("cash", account, money), credit("receipts.unallocated", pool, money)),
    )
