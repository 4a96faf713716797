"""The working list of arrears: who is late, with how much of what, and what is done next."""

from collections.abc import Iterable, Sequence

from loans.queries.coming import Coming
from loans.queries.lent import Lent, lent
from loans.rules.arrears import next_step
from loans.rules.states import LoanState
from together.console.queries.reports.asked import Asked
from together.console.queries.reports.portfolio import bucket, lead
from together.console.queries.reports.shared import by_asset, counted
from together.controls.formats.reports import Column, Report, Row
from together.ledger.rules.money import Money

PARAMETERS = ("through", "pool", "bucket")
COLUMNS = (
    *(Column("Loan"), Column("Institution"), Column("Bucket"), Column("Days", "number")),
    *(Column("Next step"), Column("Since", "date"), Column("Asset")),
    Column("Overdue principal", "money"),
    *(Column("Overdue interest", "money"), Column("Overdue charges", "money")),
    *(Column("Past due", "money"), Column("Principal", "money")),
    *(Column("Last receipt", "date"), Column("Amount of it", "money")),
)


def arrears(asked: Asked) -> Report:
    """Give each loan that is past due, the longest first, with what is overdue of it."""
    found = [
        one
        for one in lent(asked.through, asked.pool)
        if one.state == LoanState.ACTIVE and one.expected and one.expected.days_past_due
    ]
    late = [one for one in found if not asked.bucket or bucket(one) == asked.bucket]
    late.sort(key=lambda one: (-(one.expected.days_past_due if one.expected else 0), str(one.loan)))
    return Report(
        name="arrears",
        title="Arrears",
        question="Which loans are past due, by how much, and what is done next?",
        through=asked.through,
        parameters=asked.words(PARAMETERS),
        columns=COLUMNS,
        rows=[_row(one) for one in late],
        totals=_sums(late),
        notes=("Days count from the due day of the oldest open instalment.",),
        source="Instalments by the replay of each loan as of the day.",
        empty="No loan is past due on this day.",
    )


def overdue(one: Lent) -> tuple[Money, Money, Money]:
    """Give principal, interest and charges that are past due."""
    late = one.expected.late(one.as_of) if one.expected else ()
    return (
        _total((part.principal for part in late), one.asset),
        _total((part.interest for part in late), one.asset),
        _total((part.others for part in late), one.asset),
    )


def _row(one: Lent) -> Row:
    late: Sequence[Coming] = one.expected.late(one.as_of) if one.expected else ()
    days = one.expected.days_past_due if one.expected else 0
    last = one.last_receipt
    parts = overdue(one)
    cells = (
        *(one.loan.number, one.loan.institution.legal_name, bucket(one), days),
        *(next_step(days), late[0].due_on, one.asset, *parts, _total(parts, one.asset)),
        one.money(one.owed.principal),
        *(last or (None, None)),
    )
    return Row(cells, leads={0: lead(one)})


def _sums(late: Sequence[Lent]) -> list[Row]:
    rows = []
    for asset in by_asset(one.money(0) for one in late):
        mine = [one for one in late if one.asset == asset]
        parts = [_total(column, asset) for column in zip(*map(overdue, mine), strict=True)]
        principal = Money(sum(one.owed.principal for one in mine), asset)
        sums = (*parts, _total(parts, asset), principal)
        cells = ("Sum", counted(len(mine), "loan"), "", None, "", None, asset, *sums, None, None)
        rows.append(Row(cells))
    return rows


def _total(amounts: Iterable[Money], asset: str) -> Money:
    return Money(sum(amount.minor_units for amount in amounts), asset)
