"""The cash forecast: what is to come in and go out of each pool, week by week."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from loans.queries.coming import Expected, expected
from together.console.queries.reports.asked import Asked
from together.console.queries.reports.shared import (
    BOOKS,
    by_asset,
    closings,
    ledger,
    owners,
)
from together.controls.formats.reports import Column, Lead, Report, Row
from together.ledger.rules.money import Money
from together.treasury.queries.flows import Flow, flows

PARAMETERS = ("through", "pool")
WEEKS = 13
# What may leave at any time, so it is expected in the first week.
WAITING = {
    "clearing.out": "In clearing, not yet on a statement",
    "allotment": "Instructions that wait",
    "fund.awarded": "Awards not yet instructed",
    "fund.committed": "Loans committed, not yet drawn",
    "payments.returned": "Returned payments, to be paid again",
    "loan.overpaid": "Overpaid by borrowers, to go back",
}
COLUMNS = (
    *(Column("Pool"), Column("Asset"), Column("From", "date"), Column("Through", "date")),
    Column("What"),
    *(Column(name, "money") for name in ("In", "Out", "Balance")),
)
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is expected in a week: money in (positive) or out, in minor units."""

    week: int
    what: str
    amount: int
    lead: Lead


def forecast(asked: Asked) -> Report:
    """Give opening cash, what is expected in each of thirteen weeks, and the balance after it."""
    held = flows(
        codes=("cash", *WAITING),
        since=asked.through,
        through=asked.through,
        by="period",
        owners=owners(),
    )
    mine = [flow for flow in held if flow.pool and asked.pool in ("", flow.pool)]
    loans = expected(asked.through, asked.pool)
    cash: dict[Key, int] = {}
    items: dict[Key, list[Item]] = defaultdict(list)
    for key, codes in _balances(mine).items():
        cash[key] = codes.get("cash", 0)
        items[key] += _going(asked, key, codes)
    for one in loans:
        items[one.loan.pool_id, one.loan.pool.asset] += _coming(one, asked.through)
    rows = [row for key in sorted(items) for row in _rows(asked, key, cash.get(key, 0), items[key])]
    return Report(
        name="cash-forecast",
        title="Cash forecast",
        question="Will each pool have the cash it needs in the next thirteen weeks?",
        through=asked.through,
        parameters=asked.words(PARAMETERS),
        columns=COLUMNS,
        rows=rows,
        totals=_check(asked, held) if rows else (),
        notes=(*_notes(), *_late(loans, asked.through)),
        source=f"{BOOKS} Instalments by the replay of each loan as of the day.",
        empty="No pool had money up to this day.",
    )


def _balances(held: Sequence[Flow]) -> dict[Key, dict[str, int]]:
    found: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for flow in held:
        found[flow.pool, flow.asset][flow.code] += flow.amount
    return found


def _going(asked: Asked, key: Key, codes: dict[str, int]) -> list[Item]:
    """Give what the books hold for others, in the order of how soon it leaves."""
    pool, asset = key
    return [
        Item(0, what, -codes[code], ledger(asked, code, asset, pool))
        for code, what in WAITING.items()
        if codes.get(code)
    ]


def _coming(one: Expected, as_of: date) -> list[Item]:
    """Give the open instalments of a loan that are due from the day on; what is late is not."""
    lead = Lead("loans_loan", (("pk", str(one.loan.pk)),))
    found = []
    for instalment in one.instalments:
        week = max((instalment.due_on - as_of).days - 1, 0) // 7
        if instalment.due_on >= as_of and week < WEEKS:
            what = f"Instalment of loan {one.loan.number}, due {instalment.due_on}"
            found.append(Item(week, what, instalment.total.minor_units, lead))
    return found


def _rows(asked: Asked, key: Key, opening: int, items: Sequence[Item]) -> list[Row]:
    """Give the weeks of one pool, each with what is expected in it and the balance after it."""
    pool, asset = key
    balance = Money(opening, asset)
    lead = {7: ledger(asked, "cash", asset, pool)}
    opened = (pool, asset, None, asked.through, "Cash in the books", None, None, balance)
    rows = [Row(opened, "subtotal", lead)]
    for week in range(WEEKS):
        first = asked.through + timedelta(days=7 * week + 1)
        last = first + timedelta(days=6)
        due = [item for item in items if item.week == week]
        for item in due:
            amount = Money(item.amount, asset)
            balance += amount
            sides = (amount, None) if item.amount > 0 else (None, -amount)
            cells = (pool, asset, first, last, item.what, *sides, balance)
            rows.append(Row(cells, leads={4: item.lead}))
        if not due:
            nothing = (pool, asset, first, last, "Nothing known", None, None, balance)
            rows.append(Row(nothing))
    parts = {True: 0, False: 0}
    for item in items:
        parts[item.amount > 0] += abs(item.amount)
    come, go = (Money(parts[is_in], asset) for is_in in (True, False))
    closed = (pool, asset, None, last, "After thirteen weeks", come, go, balance)
    return [*rows, Row(closed, "subtotal")]


def _check(asked: Asked, held: Sequence[Flow]) -> list[Row]:
    """Compare the opening cash of all pools with the trial balance."""
    books = closings(asked)
    rows = []
    cash = by_asset(flow.money for flow in held if flow.pool and flow.code == "cash")
    for asset, amount in cash.items():
        known = books[("cash", asset)].closing
        cells = (None, None, "Opening cash less the trial balance", None, None, amount - known)
        rows.append(Row(("Check", asset, *cells), "check"))
    return rows


def _notes() -> tuple[str, ...]:
    return (
        "In: open instalments of drawn loans with the interest of their plan, on their due days.",
        "Out: what the books hold for others has no day of its own and is expected in the first"
        " week. Reserves and what is set aside for claims on hold are not expected to leave.",
    )


def _late(loans: Sequence[Expected], as_of: date) -> tuple[str, ...]:
    late = by_asset(loan.past_due(as_of) for loan in loans)
    return tuple(
        f"Past due and not counted: {amount}." for amount in late.values() if amount.minor_units
    )
