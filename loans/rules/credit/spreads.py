"""Spreads: an applicant's accounts in one template, and what must hold between its lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from together.ledger.rules.money import shown

# Whole cents below it fit every column and every sum of them.
MOST_CENTS = 10**15
# Who has looked at accounts before they came to us.
BASES: tuple[tuple[str, str], ...] = (
    ("audited", "audited"),
    ("reviewed", "reviewed by an accountant"),
    ("management", "management accounts"),
)
SECTIONS: tuple[tuple[str, str], ...] = (
    ("balance", "Balance sheet"),
    ("income", "Income"),
    ("cash_flow", "Cash flow"),
    ("exposure", "Exposure to exchanges"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """
    One line of the template.

    ``section`` is the part of the accounts whose evidence shows it. ``side`` is ``assets`` or
    ``funding`` for what stands on the balance sheet; only what ``may_be_negative`` goes below zero.
    """

    name: str
    title: str
    section: str
    side: str = ""
    may_be_negative: bool = False


LINES: tuple[Line, ...] = (
    Line("cash", "Cash and stablecoins in own custody or at banks", "balance", "assets"),
    Line("own_custody", "Other digital assets in own custody", "balance", "assets"),
    Line("held_on_exchanges", "Assets held on exchanges", "exposure", "assets"),
    Line("receivables", "Receivables", "balance", "assets"),
    Line("other_assets", "Other assets", "balance", "assets"),
    Line("short_term_debt", "Debt due within a year", "balance", "funding"),
    Line("long_term_debt", "Debt due later", "balance", "funding"),
    Line("other_liabilities", "Other liabilities", "balance", "funding"),
    Line("equity", "Equity", "balance", "funding", may_be_negative=True),
    Line("revenue", "Revenue", "income", may_be_negative=True),
    Line("operating_costs", "Operating costs", "income"),
    Line("depreciation", "Depreciation and amortisation", "income"),
    Line("interest_expense", "Interest expense", "income"),
    Line("crash_losses", "Losses of 10 and 11 October 2025", "income"),
    Line("tax", "Tax", "income", may_be_negative=True),
    Line("opening_cash", "Cash at the beginning", "cash_flow"),
    Line("operating_cash_flow", "Cash from operations", "cash_flow", may_be_negative=True),
    Line("investing_cash_flow", "Cash from investing", "cash_flow", may_be_negative=True),
    Line("financing_cash_flow", "Cash from financing", "cash_flow", may_be_negative=True),
    Line("claims_on_exchanges", "of receivables: claims on exchanges", "exposure"),
    Line("largest_exchange", "of both: on the largest exchange", "exposure"),
)
BY_NAME = MappingProxyType({line.name: line for line in LINES})
Amounts = Mapping[str, int]


def total_assets(amounts: Amounts) -> int:
    """Give the sum of the assets, in cents."""
    return sum(amounts[line.name] for line in LINES if line.side == "assets")


def faults(amounts: Mapping[str, object], ends_on: date, months: int, today: date) -> list[str]:
    """
    Say what is wrong with accounts of some months up to a day: field, value and rule of each.

    ``amounts`` are whole cents by line. The balance sheet balances; opening cash and the three
    flows give the cash of the balance sheet; claims on exchanges are receivables; the largest
    exchange has no more than all of the exposure. Example: assets of 100 on 90 of debt and
    equity: "equity: assets of 1.00 are not debt and equity of 0.90".
    """
    found = []
    if not 1 <= months <= 18:
        found.append(f"months: {months} is not between 1 and 18")
    if ends_on > today:
        found.append(f"ends_on: {ends_on} is after {today}")
    found += [f"{name}: is no line of the template" for name in amounts if name not in BY_NAME]
    wrong = [fault for line in LINES if (fault := _fault(line, amounts.get(line.name)))]
    if wrong or found:
        return found + wrong
    return _between({name: int(str(value)) for name, value in amounts.items()})


def _fault(line: Line, value: object) -> str:
    if type(value) is not int:
        return f"{line.name}: {value!r} is no whole number of cents"
    if abs(value) > MOST_CENTS:
        return f"{line.name}: {cents(value)} is beyond {cents(MOST_CENTS)}"
    if value < 0 and not line.may_be_negative:
        return f"{line.name}: {cents(value)} is below zero"
    return ""


def _between(amounts: Amounts) -> list[str]:
    found = []
    assets = total_assets(amounts)
    funding = sum(amounts[line.name] for line in LINES if line.side == "funding")
    if assets != funding:
        found.append(
            f"equity: assets of {cents(assets)} are not debt and equity of {cents(funding)}"
        )
    flows = ("opening_cash", "operating_cash_flow", "investing_cash_flow", "financing_cash_flow")
    closing = sum(amounts[name] for name in flows)
    if closing != amounts["cash"]:
        found.append(
            f"cash: {cents(amounts['cash'])} on the balance sheet is not {cents(closing)}, opening"
            " cash and the three flows"
        )
    claims, others = amounts["claims_on_exchanges"], amounts["receivables"]
    if claims > others:
        found.append(
            f"claims_on_exchanges: {cents(claims)} is more than receivables of {cents(others)}"
        )
    exposed = claims + amounts["held_on_exchanges"]
    if amounts["largest_exchange"] > exposed:
        found.append(
            f"largest_exchange: {cents(amounts['largest_exchange'])} is more than the exposure of"
            f" {cents(exposed)}"
        )
    return found


def cents(value: int) -> str:
    """
    Write cents of USD, grouped.

    >>> cents(-123456789)
    '-1,234,567.89'
    """
    return shown(value, "USD")
