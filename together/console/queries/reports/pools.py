"""Reports of the pools: the roll-forward, and the position of each day."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from together.console.queries.reports.asked import Asked
from together.console.queries.reports.shared import (
    BOOKS,
    closings,
    ledger,
    on_normal_side,
    opening,
    owners,
    words,
)
from together.controls.formats.reports import Column, Report, Row
from together.ledger.queries.trial_balance import AccountBalance
from together.ledger.rules.money import Money
from together.treasury.queries.flows import Flow, flows
from together.treasury.queries.positions import STEPS

PARAMETERS = ("since", "through", "pool")
# The steps of a position, and what stands beside them: code of the chart by name.
CODES: dict[str, str] = {codes[0]: name for name, codes in STEPS} | {
    "receipts.unallocated": "received, not allocated",
    "cash": "cash",
}
Group = tuple[str, str, str]
ROLL_COLUMNS = (
    Column("Pool"),
    Column("Step"),
    Column("Movement"),
    Column("Asset"),
    Column("Amount", "money"),
    Column("Lines", "number"),
)


def roll_forward(asked: Asked) -> Report:
    """Give opening, movements by kind and closing of each step of money of each pool."""
    found = flows(
        codes=CODES, since=asked.since, through=asked.through, by="period", owners=owners()
    )
    rows = [
        row
        for group, mine in _grouped(found).items()
        if group[0] and asked.pool in ("", group[0])
        for row in _rolled(asked, group, mine)
    ]
    return Report(
        name="pool-roll-forward",
        title="Pool roll-forward",
        question="What moved each step of a pool's money, from opening to closing?",
        through=asked.through,
        parameters=asked.words(PARAMETERS),
        columns=ROLL_COLUMNS,
        rows=rows,
        totals=_differences(asked, found) if rows else (),
        notes=(
            "Amounts are on the normal side of their account: what a step holds is above zero.",
            "A check takes all pools together: opening, movement and closing less those of the"
            " trial balance, the largest of the three differences.",
        ),
        source=BOOKS,
        empty="No pool had money up to this day.",
    )


def _grouped(found: Sequence[Flow]) -> dict[Group, list[Flow]]:
    groups: dict[Group, list[Flow]] = defaultdict(list)
    for flow in found:
        groups[flow.pool, flow.asset, flow.code].append(flow)
    order = list(CODES)
    return {key: groups[key] for key in sorted(groups, key=lambda k: (*k[:2], order.index(k[2])))}


def _rolled(asked: Asked, group: Group, mine: Sequence[Flow]) -> list[Row]:
    """Give the rows of one step: opening, one for each kind of entry that moved it, closing."""
    pool, asset, code = group
    moved = [flow for flow in mine if flow.on]
    before = sum(flow.amount for flow in mine if not flow.on)
    closing = before + sum(flow.amount for flow in moved)

    def row(movement: str, units: int, kind: str = "", lines: int | None = None) -> Row:
        is_before = movement == "Opening"
        lead = (
            opening(asked, code, asset, pool)
            if is_before
            else ledger(asked, code, asset, pool, kind)
        )
        cells = (pool, CODES[code], movement, asset, Money(units, asset), lines)
        return Row(cells, "line" if lines else "subtotal", {4: lead})

    kinds = [row(words(flow.kind), flow.amount, flow.kind, flow.lines) for flow in moved]
    return [row("Opening", before), *kinds, row("Closing", closing)]


def _differences(asked: Asked, found: Sequence[Flow]) -> list[Row]:
    """Compare the sums of all pools with the trial balance, account by account."""
    books = closings(asked)
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for flow in found:
        if flow.pool:
            sums[flow.code, flow.asset][bool(flow.on)] += flow.amount
    rows = []
    for code, asset in sorted({*sums, *(key for key in books if key[0] in CODES)}):
        difference = _furthest(code, asset, sums[code, asset], books.get((code, asset)))
        cells = ("Check", CODES[code], f"All pools less {code}", asset, difference, None)
        rows.append(Row(cells, "check"))
    return rows


def _furthest(code: str, asset: str, sums: Sequence[int], known: AccountBalance | None) -> Money:
    """Give the largest difference in opening, movement and closing."""
    nothing = Money(0, asset)
    balances = (known.opening, known.closing) if known else (nothing, nothing)
    said = [on_normal_side(code, one).minor_units for one in balances]
    differences = (
        sums[0] - said[0],
        sums[1] - (said[1] - said[0]),
        sum(sums) - said[1],
    )
    return Money(max(differences, key=abs), asset)


def by_day(asked: Asked) -> Report:
    """Give sources and uses of each pool on each day, and its position in the evening."""
    found = flows(codes=CODES, since=asked.since, through=asked.through, by="day", owners=owners())
    groups: dict[tuple[str, str], list[Flow]] = defaultdict(list)
    for flow in found:
        if flow.pool and asked.pool in ("", flow.pool):
            groups[flow.pool, flow.asset].append(flow)
    rows = [row for key in sorted(groups) for row in _days(asked, key, groups[key])]
    steps = tuple(Column(name.capitalize(), "money") for name in CODES.values())
    return Report(
        name="position-by-day",
        title="Position by day",
        question="Where did each pool's money come from and go to, day by day?",
        through=asked.through,
        parameters=asked.words(PARAMETERS),
        columns=(
            *(Column("Day", "date"), Column("Pool"), Column("Asset")),
            *(Column("Sources", "money"), Column("Uses", "money")),
            *steps,
        ),
        rows=rows,
        totals=_evening(asked, found) if rows else (),
        notes=(
            "Sources are what came into the available money of the pool on the day, uses what was"
            " taken from it; the steps are balances in the evening.",
            "A check is the last evening of all pools less the trial balance.",
        ),
        source=BOOKS,
        empty="No pool had money up to this day.",
    )


def _evening(asked: Asked, found: Sequence[Flow]) -> list[Row]:
    """Compare the last evening of all pools with the trial balance, step by step."""
    books = closings(asked)
    rows = []
    for asset in dict.fromkeys(flow.asset for flow in found if flow.pool):
        figures = []
        for code in CODES:
            mine = (
                flow for flow in found if flow.pool and (flow.code, flow.asset) == (code, asset)
            )
            held = Money(sum(flow.amount for flow in mine), asset)
            known = books.get((code, asset))
            figures.append(held - on_normal_side(code, known.closing) if known else held)
        rows.append(Row((None, "Check", asset, None, None, *figures), "check"))
    return rows


def _days(asked: Asked, key: tuple[str, str], mine: Sequence[Flow]) -> list[Row]:
    pool, asset = key
    balance: dict[str, int] = dict.fromkeys(CODES, 0)
    moved: dict[date, list[Flow]] = defaultdict(list)
    for flow in mine:
        if flow.on:
            moved[flow.on].append(flow)
        else:
            balance[flow.code] += flow.amount
    rows = []
    for n in range((asked.through - asked.since).days + 1):
        day = asked.since + timedelta(days=n)
        today = [flow for flow in moved[day] if flow.code == "fund.available"]
        for flow in moved[day]:
            balance[flow.code] += flow.amount
        figures = (
            sum(flow.credits_ for flow in today),
            sum(flow.debits for flow in today),
            *balance.values(),
        )
        on_day = Asked(day, day)
        leads = {5 + m: ledger(on_day, code, asset, pool) for m, code in enumerate(CODES)}
        leads |= dict.fromkeys((3, 4), ledger(on_day, "fund.available", asset, pool))
        rows.append(
            Row((day, pool, asset, *(Money(units, asset) for units in figures)), leads=leads)
        )
    return rows
