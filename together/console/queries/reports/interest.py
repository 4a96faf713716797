"""The interest income of each month and pool: earned, given up, received, outstanding."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from loans.rules.due_dates import Step, stepped
from together.console.queries.reports.asked import Asked
from together.console.queries.reports.shared import BOOKS, by_asset, closings, ledger, owners
from together.controls.formats.reports import Column, Report, Row
from together.ledger.rules.money import Money
from together.treasury.queries.flows import Flow, flows

PARAMETERS = ("since", "through", "pool")
# Entries that give interest up: nobody pays it any more.
GIVEN_UP = (
    "LOAN_WRITE_OFF",
    "LOAN_ACCRUAL_WAIVER",
    "LOAN_INTEREST_WAIVER",
    "LOAN_GOODWILL_CREDIT",
)


@dataclass(slots=True)
class Interest:
    """Interest of a pool in one month, in minor units."""

    accrued: int = 0
    earned: int = 0
    given_up: int = 0

    @property
    def received(self) -> int:
        """Give what was paid: whatever was earned and kept, and is not outstanding any more."""
        return self.earned - self.given_up - self.accrued


def income(asked: Asked) -> Report:
    """Give the interest of each month and pool: earned, given up, received, outstanding."""
    found = flows(
        codes=("loan.interest", "income.interest"),
        since=asked.since,
        through=asked.through,
        by="month",
        owners=owners(),
    )
    groups: dict[tuple[str, str], list[Flow]] = defaultdict(list)
    for flow in found:
        if flow.pool and asked.pool in ("", flow.pool):
            groups[flow.pool, flow.asset].append(flow)
    rows = [row for key in sorted(groups) for row in _months(asked, key, groups[key])]
    money = ("Outstanding before", "Earned", "Given up", "Received", "Outstanding after")
    return Report(
        name="interest-income",
        title="Interest income",
        question="What interest did each pool earn, receive and give up, month by month?",
        through=asked.through,
        parameters=asked.words(PARAMETERS),
        columns=(
            *(Column("Month", "date"), Column("Pool"), Column("Asset")),
            *(Column(name, "money") for name in money),
        ),
        rows=rows,
        totals=_income_check(asked, found) if rows else (),
        notes=(
            "Outstanding before + earned - given up - received = outstanding after. Earned is after"
            " corrections; given up is what was waived, credited or written off.",
            "The check takes all pools together: earned less given up, and outstanding, less the"
            " trial balance.",
        ),
        source=BOOKS,
        empty="No interest was booked up to this day.",
    )


def _months(asked: Asked, key: tuple[str, str], mine: Sequence[Flow]) -> list[Row]:
    pool, asset = key
    months: dict[date | None, Interest] = defaultdict(Interest)
    for flow in mine:
        month = months[flow.on]
        if flow.code == "loan.interest":
            month.accrued += flow.amount
        elif flow.kind in GIVEN_UP:
            month.given_up -= flow.amount
        else:
            month.earned += flow.amount
    before = months.pop(None, Interest()).accrued
    rows = []
    for first in sorted(day for day in months if day):
        one = months[first]
        after = before + one.accrued
        figures = (before, one.earned, one.given_up, one.received, after)
        in_month = Asked(first, min(_month_end(first), asked.through))
        leads = {
            n: ledger(in_month, code, asset, pool)
            for n, code in ((4, "income.interest"), (6, "loan.interest"), (7, "loan.interest"))
        }
        amounts = (Money(units, asset) for units in figures)
        rows.append(Row((first, pool, asset, *amounts), leads=leads))
        before = after
    return rows


def _month_end(first: date) -> date:
    return stepped(first.replace(day=1), Step(1, "month"), 1) - timedelta(days=1)


def _income_check(asked: Asked, found: Sequence[Flow]) -> list[Row]:
    books, rows = closings(asked), []
    for asset in by_asset(flow.money for flow in found):
        mine = [flow for flow in found if flow.asset == asset and flow.pool]
        earned = sum(f.amount for f in mine if f.code == "income.interest" and f.on)
        left = sum(f.amount for f in mine if f.code == "loan.interest")
        known = books.get(("income.interest", asset))
        if known:
            earned -= (known.credits_ - known.debits).minor_units
        open_ = books.get(("loan.interest", asset))
        if open_:
            left -= open_.closing.minor_units
        cells = (None, Money(earned, asset), None, None, Money(left, asset))
        rows.append(Row((None, "Check", asset, *cells), "check"))
    return rows
