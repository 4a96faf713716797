"""The chart of accounts: every account the books know, on one page."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["asset", "liability", "equity", "income", "expense"]


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """
    One account of the chart.

    ``subject`` says what its sub-accounts are kept by ("" means there is only one).
    ``may_overdraw`` is false where the balance must stay on its normal side whatever happens;
    the database refuses the entry that would break it.
    """

    code: str
    name: str
    kind: Kind
    subject: str = ""
    may_overdraw: bool = False

    @property
    def side(self) -> int:
        """Give the normal side: +1 debit (assets, expenses), -1 credit (the others)."""
        return 1 if self.kind in ("asset", "expense") else -1


CHART: tuple[ChartAccount, ...] = (
    # What the initiative owns.
    ChartAccount("cash", "Cash on an account of the pool", "asset", "account"),
    ChartAccount("cash.claimed", "Money that left in error, claimed back", "asset", "pool"),
    ChartAccount("loan.principal", "Loans: principal outstanding", "asset", "loan"),
    ChartAccount("loan.interest", "Loans: interest accrued, not yet paid", "asset", "loan"),
    ChartAccount("loan.charges", "Loans: fees and penalties due", "asset", "loan"),
    # What is expected to be lost of it: taken off the three above wherever they are shown.
    ChartAccount("loan.allowance", "Loans: loss allowance", "liability", "loan"),
    ChartAccount("loan.suspended", "Loans: interest and charges in suspense", "liability", "loan"),
    # What it owes, or holds for somebody.
    ChartAccount(
        "clearing.out", "Payments the rail took, not yet on a statement", "liability", "batch"
    ),
    ChartAccount(
        "clearing.conversion",
        "Conversions: legs that are on no statement yet",
        "liability",
        "account",
        may_overdraw=True,
    ),
    ChartAccount("receipts.unallocated", "Money in, not yet allocated", "liability", "pool"),
    ChartAccount("loan.overpaid", "Loans: overpaid by the borrower", "liability", "loan"),
    ChartAccount("payments.returned", "Payments that came back and wait", "liability", "pool"),
    # What the pools were given for, step by step. Each step takes from the one before it.
    ChartAccount("fund.available", "Pool: available", "equity", "pool"),
    ChartAccount("fund.reserved", "Pool: reserved (appeals)", "equity", "pool"),
    ChartAccount("fund.awarded", "Pool: awarded, not yet instructed", "equity", "run"),
    ChartAccount("fund.escrowed", "Pool: set aside for claims on hold", "equity", "run"),
    ChartAccount("fund.committed", "Pool: committed to a loan, not yet drawn", "equity", "loan"),
    ChartAccount("allotment", "Funded allotment of a payment batch", "equity", "batch"),
    ChartAccount("fund.paid", "Pool: paid for good", "equity", "pool"),
    ChartAccount("fund.lent", "Pool: lent, to come back", "equity", "pool"),
    ChartAccount("fund.impaired", "Pool: lent and lost", "equity", "pool"),
    # What it earns and loses.
    ChartAccount("income.interest", "Interest income", "income", "pool", may_overdraw=True),
    ChartAccount("income.charges", "Fee and penalty income", "income", "pool", may_overdraw=True),
    ChartAccount(
        "income.suspended",
        "Interest and charges put in suspense",
        "income",
        "pool",
        may_overdraw=True,
    ),
    ChartAccount("income.cash", "Interest on cash", "income", "pool", may_overdraw=True),
    ChartAccount("expense.charges", "Charges of servicers", "expense", "pool", may_overdraw=True),
    ChartAccount("expense.awards", "Awards paid to the liquidated", "expense", "pool"),
    ChartAccount("expense.impairment", "Principal written off or credited", "expense", "pool"),
    ChartAccount(
        "expense.allowance", "Change of the loss allowance", "expense", "pool", may_overdraw=True
    ),
)

BY_CODE: dict[str, ChartAccount] = {account.code: account for account in CHART}
