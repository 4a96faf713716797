"""The ageing of breaks: lines of statements that nothing explains, the oldest first."""

from collections import defaultdict
from datetime import UTC

from together.console.queries.reports.asked import Asked
from together.controls.formats.reports import Column, Lead, Report, Row
from together.ledger.rules.money import Money
from together.treasury.queries.breaks import AGES, Break, breaks

PARAMETERS = ("through", "pool")


def ageing(asked: Asked) -> Report:
    """Give each break with its age, and how many there are of each age and pool."""
    found = breaks(asked.through, asked.pool)
    rows = [_row(one) for one in found]
    return Report(
        name="break-ageing",
        title="Ageing of breaks",
        question="Which lines of statements are unexplained, and for how long?",
        through=asked.through,
        parameters=asked.words(PARAMETERS),
        columns=(
            *(
                Column("Age"),
                Column("Days", "number"),
                Column("Pool"),
                Column("Account"),
                Column("Line"),
            ),
            *(Column("Booked", "date"), Column("Type"), Column("Reference")),
            *(Column("Counterparty"), Column("Reason"), Column("Asset")),
            *(Column("Lines", "number"), Column("Amount", "money")),
        ),
        rows=rows,
        totals=_totals(found),
        notes=("What is a break now and was booked by the day; money in is above zero.",),
        source="Lines of statements in the state break.",
        empty="No line of a statement is unexplained.",
    )


def _row(one: Break) -> Row:
    line = one.line
    cells = (
        *(one.age, one.days, line.pool_id, line.account_id, line.entry_id),
        *(line.booked_at.astimezone(UTC).date(), line.type, line.reference),
        *(line.counterparty, line.reason),
        *(one.money.asset, None, one.money),
    )
    return Row(cells, leads={4: Lead("treasury_statementline", (("pk", str(line.pk)),))})


def _totals(found: list[Break]) -> list[Row]:
    """Count and add up each age of each pool, the oldest first."""
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for one in found:
        groups[one.line.pool_id, one.money.asset, one.age].append(one.money.minor_units)
    order = [name for name, _ in reversed(AGES)]
    rows = []
    for pool, asset, age in sorted(groups, key=lambda k: (*k[:2], order.index(k[2]))):
        amounts = groups[pool, asset, age]
        empty = ("", "", None, "", "", "", "")
        cells = (age, None, pool, *empty, asset, len(amounts), Money(sum(amounts), asset))
        rows.append(Row(cells))
    return rows
