"""Every debit and credit of the treasury, one function per event."""

from dataclasses import dataclass
from datetime import date

from together.ledger.rules.money import Money
from together.ledger.rules.movements import Posting, credit, debit
from together.treasury.rules.resolutions import WAYS


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a statement line to book: ``amount`` in minor units, negative when money left."""

    match: int
    account: str
    pool: str
    asset: str
    amount: int
    on: date
    entry_id: str


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
    *, statement: int, first_match: int, batch: str, account: str, money: Money, on: date
) -> Posting:
    """Payments of a batch stand on a statement: they have left the account."""
    return Posting(
        key=f"statement:{account}:{statement}:batch:{batch}:match:{first_match}",
        kind="PAYMENTS_ON_STATEMENT",
        on=on,
        movements=(debit("clearing.out", batch, money), credit("cash", account, money)),
        narrative=f"Payments of batch {batch} on statement {statement}",
    )


def returned(line: Line) -> Posting:
    """A payment came back: cash again, owed to who it was for until somebody decides."""
    return _of_line(line, "PAYMENT_RETURNED", "payments.returned")


def given_back(
    *, remedy: str, source: tuple[str, str], pool: str, money: Money, on: date
) -> Posting:
    """A payment that was refused or came back is not paid again: the pool has its money again."""
    return Posting(
        key=f"remedy:{remedy}",
        kind="PAYMENT_GIVEN_BACK",
        on=on,
        movements=(debit(*source, money), credit("fund.available", pool, money)),
        narrative=f"Remedy {remedy}",
    )


def received(line: Line) -> Posting:
    """Money came in that a programme has yet to allocate."""
    return _of_line(line, "MONEY_RECEIVED", "receipts.unallocated")


def charged(line: Line) -> Posting:
    """The servicer of an account took charges, or gave them back."""
    return _of_line(line, "CHARGED", "expense.charges")


def _of_line(line: Line, kind: str, against: str, subject: str = "") -> Posting:
    """Money of a part of a line came in, or left, against an account of the pool."""
    cash, other = ("cash", line.account), (against, subject or line.pool)
    come, gone = (cash, other) if line.amount > 0 else (other, cash)
    money = Money(abs(line.amount), line.asset)
    return Posting(
        key=f"match:{line.match}:{kind.lower()}",
        kind=kind,
        on=line.on,
        movements=(debit(*come, money), credit(*gone, money)),
        narrative=f"Line {line.entry_id} of {line.account}",
    )


def conversion_leg(line: Line) -> Posting:
    """A leg of a conversion stands on the statement of its account."""
    return _of_line(line, "CONVERSION_ON_STATEMENT", "clearing.conversion", line.account)


def converted(
    *,
    number: str,
    pool: str,
    sold: tuple[str, Money],
    bought: tuple[str, Money],
    rate: str,
    on: date,
) -> Posting:
    """Money of a pool was sold on one account for another asset on another one (decision 28)."""
    (from_, out), (to, come) = sold, bought
    return Posting(
        key=f"conversion:{number}",
        kind="CONVERTED",
        on=on,
        movements=(
            debit("fund.available", pool, out),
            credit("clearing.conversion", from_, out),
            debit("clearing.conversion", to, come),
            credit("fund.available", pool, come),
        ),
        narrative=f"Conversion {number} at {rate}",
    )


def payment_off_statement(line: Line, *, batch: str) -> Posting:
    """A payment was matched to the wrong line: it is in clearing again, and the line is a break."""
    money = Money(abs(line.amount), line.asset)
    return Posting(
        key=f"match:{line.match}:payment_undone",
        kind="PAYMENT_OFF_STATEMENT",
        on=line.on,
        movements=(debit("cash", line.account, money), credit("clearing.out", batch, money)),
        narrative=f"Line {line.entry_id} of {line.account}",
    )


def resolved(line: Line, kind: str) -> Posting:
    """A person said what a break is, and another agreed."""
    return _of_line(line, "BREAK_RESOLVED", WAYS[kind].account)


OF_LINES = {
    "return": returned,
    "receipt": received,
    "charge": charged,
    "conversion": conversion_leg,
}
