"""Reports of the pools: the roll-forward, and the position of each day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
from together.controls.formats.reports import Column, Report, Row, Style
from together.ledger.queries.trial_balance import AccountBalance
from together.ledger.rules.money import Money
from together.treasury.queries.flows import Flow, flows
from together.treasury.queries.positions import CAME_BACK, STEPS

PARAMETERS = ("since", "through", "pool")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a pool: an account of the chart, or what one kind of entry moved in it."""

    name: str
    code: str
    kind: str = ""

    def of(self, flows_: Iterable[Flow]) -> list[Flow]:
        """Give the flows that it is made of."""
        return [f for f in flows_ if f.code == self.code and self.kind in ("", f.kind)]


FIGURES: tuple[Figure, ...] = (
    *(Figure(name, codes[0]) for name, codes in STEPS),
    Figure("received, not allocated", "receipts.unallocated"),
    # The chart of a position stacks what stands before the cash.
    Figure("cash", "cash"),
    Figure("interest receivable", "loan.interest"),
    Figure("charges receivable", "loan.charges"),
    *(Figure(*one) for one in CAME_BACK),
)
CODES = tuple(dict.fromkeys(figure.code for figure in FIGURES))
Group = tuple[str, str, Figure]
NOTES = (
    "Impaired is principal that was written off or credited and not recovered; marking a loan as"
    " doubtful (charge-off) moves no money.",
    "Expired is what lapsed awards brought back: a part of what moved available, not beside it.",
)
ROLL_COLUMNS = (
    Column("Pool"),
    Column("Step"),
    Column("Movement"),
    Column("Asset"),
    Column("Amount", "money"),
    Column("Lines", "number"),
)


STYLES: dict[str, Style] = {"Opening": "heading", "Closing": "subtotal"}


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
            *NOTES,
            "A check takes all pools together: opening, movement and closing less those of the"
            " trial balance, the largest of the three differences.",
        ),
        source=BOOKS,
        empty="No pool had money up to this day.",
    )


def _grouped(found: Sequence[Flow]) -> dict[Group, list[Flow]]:
    groups: dict[Group, list[Flow]] = defaultdict(list)
    for figure in FIGURES:
        for flow in figure.of(found):
            groups[flow.pool, flow.asset, figure].append(flow)
    return {key: groups[key] for key in sorted(groups, key=lambda k: (*k[:2], FIGURES.index(k[2])))}


def _rolled(asked: Asked, group: Group, mine: Sequence[Flow]) -> list[Row]:
    """Give the rows of one step: opening, one for each kind of entry that moved it, closing."""
    pool, asset, figure = group
    moved = [flow for flow in mine if flow.on]
    before = sum(flow.amount for flow in mine if not flow.on)
    closing = before + sum(flow.amount for flow in moved)

    def row(movement: str, units: int, kind: str = "", lines: int | None = None) -> Row:
        lead = opening if movement == "Opening" else ledger
        cells = (pool, figure.name, movement, asset, Money(units, asset), lines)
        said = lead(asked, figure.code, asset, pool, kind or figure.kind)
        return Row(cells, "line" if lines else STYLES[movement], {4: said})

    kinds = [row(words(flow.kind), flow.amount, flow.kind, flow.lines) for flow in moved]
    return [row("Opening", before), *kinds, row("Closing", closing)]


def _differences(asked: Asked, found: Sequence[Flow]) -> list[Row]:
    """Compare the sums of all pools with the trial balance, figure by figure."""
    rows = []
    for figure, books in _books(asked):
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for flow in figure.of(found):
            if flow.pool:
                sums[flow.asset][bool(flow.on)] += flow.amount
        for asset in sorted({*sums, *(asset for code, asset in books if code == figure.code)}):
            difference = _furthest(figure.code, asset, sums[asset], books.get((figure.code, asset)))
            less = f"All pools less {figure.code}" + (f", {words(figure.kind)}" * bool(figure.kind))
            cells = ("Check", figure.name, less, asset, difference, None)
            rows.append(Row(cells, "check"))
    return rows


def _books(asked: Asked) -> list[tuple[Figure, dict[tuple[str, str], AccountBalance]]]:
    """Give the trial balance that each figure is compared with: of all entries, or of its kind."""
    by_kind = {kind: closings(asked, kind) for kind in {figure.kind for figure in FIGURES}}
    return [(figure, by_kind[figure.kind]) for figure in FIGURES]


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
    steps = tuple(Column(figure.name.capitalize(), "money") for figure in FIGURES)
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
            *NOTES,
            "A check is the last evening of all pools less the trial balance.",
        ),
        source=BOOKS,
        empty="No pool had money up to this day.",
    )


def _evening(asked: Asked, found: Sequence[Flow]) -> list[Row]:
    """Compare the last evening of all pools with the trial balance, figure by figure."""
    books, rows = _books(asked), []
    for asset in dict.fromkeys(flow.asset for flow in found if flow.pool):
        mine = [flow for flow in found if flow.pool and flow.asset == asset]
        figures = []
        for figure, balances in books:
            held = Money(sum(flow.amount for flow in figure.of(mine)), asset)
            known = balances.get((figure.code, asset))
            figures.append(held - on_normal_side(figure.code, known.closing) if known else held)
        rows.append(Row((None, "Check", asset, None, None, *figures), "check"))
    return rows


def _days(asked: Asked, key: tuple[str, str], mine: Sequence[Flow]) -> list[Row]:
    pool, asset = key
    moved: dict[date | None, list[Flow]] = defaultdict(list)
    for flow in mine:
        moved[flow.on].append(flow)
    balances = [sum(flow.amount for flow in figure.of(moved[None])) for figure in FIGURES]
    rows = []
    for n in range((asked.through - asked.since).days + 1):
        day = asked.since + timedelta(days=n)
        today = [flow for flow in moved[day] if flow.code == "fund.available"]
        for m, figure in enumerate(FIGURES):
            balances[m] += sum(flow.amount for flow in figure.of(moved[day]))
        sources = sum(flow.credits_ for flow in today), sum(flow.debits for flow in today)
        on_day = Asked(day, day)
        leads = {
            5 + m: ledger(on_day, figure.code, asset, pool, figure.kind)
            for m, figure in enumerate(FIGURES)
        }
        leads |= dict.fromkeys((3, 4), ledger(on_day, "fund.available", asset, pool))
        amounts = (Money(units, asset) for units in (*sources, *balances))
        rows.append(Row((day, pool, asset, *amounts), leads=leads))
    return rows
