"""Reports of what is lent: maturity ladder and ageing of arrears."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from loans.queries.coming import Expected, expected
from loans.rules.due_dates import Step, stepped
from loans.rules.products import BUCKET_NAMES
from together.console.queries.reports.asked import Asked
from together.console.queries.reports.shared import BOOKS, by_asset, closings, ledger, owners
from together.controls.formats.reports import Column, Lead, Report, Row
from together.ledger.rules.money import Money
from together.treasury.queries.flows import flows

PARAMETERS = ("through", "pool")
PRINCIPAL = "loan.principal"
REPLAYED = "Instalments by the replay of each loan as of the day."
# Remaining time of a rung, and where it ends: days, or months by the calendar.
RUNGS: tuple[tuple[str, Step], ...] = (
    ("overnight", Step(1, "day")),
    ("2 to 7 days", Step(7, "day")),
    ("8 days to 1 month", Step(1, "month")),
    ("1 to 3 months", Step(3, "month")),
    ("3 to 6 months", Step(6, "month")),
    ("6 months to 1 year", Step(12, "month")),
    ("1 to 2 years", Step(24, "month")),
    ("2 to 5 years", Step(60, "month")),
)
LATE, LONGER = "past due", "over 5 years"
TIES = (
    "The check is the principal of all these loans less the books; it is more than nothing where"
    " an event was booked on a later day than it counts from."
)


def ladder(asked: Asked) -> Report:
    """Give the principal that is to come by how long it remains, each instalment in its rung."""
    loans = expected(asked.through, asked.pool)
    rungs: dict[tuple[str, str, str], list[tuple[str, int]]] = defaultdict(list)
    for one in loans:
        for instalment in one.instalments:
            if instalment.principal.minor_units:
                rung = rung_of(instalment.due_on, asked.through)
                key = (one.loan.pool_id, one.loan.pool.asset, rung)
                rungs[key].append((one.loan.number, instalment.principal.minor_units))
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for (pool, asset, _), parts in rungs.items():
        sums[pool, asset] += sum(units for _, units in parts)
    names = (LATE, *(name for name, _ in RUNGS), LONGER)
    rows = [
        _rung((*key, name), rungs[*key, name], sums[key]) for key in sorted(sums) for name in names
    ]
    return Report(
        name="maturity-ladder",
        title="Maturity ladder",
        question="When does the principal that is lent come back?",
        through=asked.through,
        parameters=asked.words(PARAMETERS),
        columns=(
            *(Column("Pool"), Column("Asset"), Column("Remaining time")),
            *(Column("Loans", "number"), Column("Instalments", "number")),
            *(Column("Principal", "money"), Column("Share", "percent")),
        ),
        rows=rows,
        totals=[*_sum_rows(asked, loans), *_principal_check(asked, loans)],
        notes=(TIES,),
        source=f"{REPLAYED} {BOOKS}",
        empty="No principal was lent on this day.",
    )


def rung_of(due_on: date, as_of: date) -> str:
    """Give the rung of the ladder that a due date stands on, seen from a day."""
    if due_on < as_of:
        return LATE
    return next((name for name, step in RUNGS if due_on <= stepped(as_of, step, 1)), LONGER)


def _rung(key: tuple[str, str, str], parts: Sequence[tuple[str, int]], whole: int) -> Row:
    units = sum(part for _, part in parts)
    # A share is for reading: rounded to a hundredth of a percent, half to even.
    share = (Decimal(units) / whole).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
    loans = len({number for number, _ in parts})
    return Row((key[0], key[1], key[2], loans, len(parts), Money(units, key[1]), share))


def _sum_rows(asked: Asked, loans: Sequence[Expected]) -> list[Row]:
    rows = []
    for asset, amount in by_asset(one.principal for one in loans).items():
        mine = [one for one in loans if one.loan.pool.asset == asset and one.principal.minor_units]
        count = sum(1 for one in mine for part in one.instalments if part.principal.minor_units)
        lead = {5: ledger(asked, PRINCIPAL, asset, asked.pool)}
        rows.append(Row(("Sum", asset, "", len(mine), count, amount, None), leads=lead))
    return rows


def _principal_check(asked: Asked, loans: Sequence[Expected]) -> list[Row]:
    rows = []
    for asset, difference in principal_differences(asked, loans).items():
        rows.append(
            Row(("Check", asset, "Principal less the books", None, None, difference, None), "check")
        )
    return rows


def principal_differences(asked: Asked, loans: Sequence[Expected]) -> dict[str, Money]:
    """Give what the replays say of principal less what the books say, by asset."""
    known = in_books(asked, PRINCIPAL)
    replayed = by_asset(one.principal for one in loans)
    return {
        asset: replayed.get(asset, Money(0, asset)) - known.get(asset, Money(0, asset))
        for asset in dict.fromkeys((*replayed, *known))
    }


def in_books(asked: Asked, code: str) -> dict[str, Money]:
    """Give what a control account of the loans holds, of the pool asked for or of all, by asset."""
    if not asked.pool:
        return {asset: one.closing for (of, asset), one in closings(asked).items() if of == code}
    held = flows(
        codes=(code,), since=asked.through, through=asked.through, by="period", owners=owners()
    )
    return by_asset(flow.money for flow in held if flow.pool == asked.pool)


def arrears(asked: Asked) -> Report:
    """Give each loan that is past due, by bucket, the latest first."""
    loans = expected(asked.through, asked.pool)
    buckets: dict[tuple[str, str, str], list[Expected]] = defaultdict(list)
    for one in loans:
        if one.principal.minor_units or one.past_due(asked.through).minor_units:
            buckets[one.loan.pool_id, one.loan.pool.asset, one.bucket].append(one)
    rows = []
    for pool, asset in sorted({key[:2] for key in buckets}):
        others = sorted({key[2] for key in buckets} - set(BUCKET_NAMES))
        for bucket in (*BUCKET_NAMES, *others):
            rows += _bucket(asked, (pool, asset, bucket), buckets[pool, asset, bucket])
    return Report(
        name="arrears-ageing",
        title="Ageing of arrears",
        question="Which loans are late, how late, and how much is past due?",
        through=asked.through,
        parameters=asked.words(PARAMETERS),
        columns=(
            *(Column("Pool"), Column("Asset"), Column("Bucket"), Column("Loan")),
            *(Column("Institution"), Column("Days", "number"), Column("Loans", "number")),
            *(Column("Past due", "money"), Column("Principal", "money")),
        ),
        rows=rows,
        totals=_arrears_totals(asked, loans),
        notes=("Days count from the due day of the oldest open instalment.", TIES),
        source=f"{REPLAYED} {BOOKS}",
        empty="No loan was drawn by this day.",
    )


def _bucket(asked: Asked, key: tuple[str, str, str], mine: Sequence[Expected]) -> list[Row]:
    """Give the sum of a bucket, and its loans unless they are on time."""
    pool, asset, bucket = key
    late, principal = (
        Money(sum(amount.minor_units for amount in amounts), asset)
        for amounts in (
            [one.past_due(asked.through) for one in mine],
            [one.principal for one in mine],
        )
    )
    rows = [Row((pool, asset, bucket, "", "", None, len(mine), late, principal), "subtotal")]
    if bucket == BUCKET_NAMES[0]:
        return rows
    for one in sorted(mine, key=lambda one: (-one.days_past_due, one.loan.number)):
        number, name = one.loan.number, one.loan.institution.legal_name
        amounts = (one.past_due(asked.through), one.principal)
        cells = (pool, asset, bucket, number, name, one.days_past_due, None, *amounts)
        rows.append(Row(cells, leads={3: Lead("loans_loan", (("pk", str(one.loan.pk)),))}))
    return rows


def _arrears_totals(asked: Asked, loans: Sequence[Expected]) -> list[Row]:
    rows = []
    past_due = by_asset(one.past_due(asked.through) for one in loans)
    for asset, amount in by_asset(one.principal for one in loans).items():
        mine = [one for one in loans if one.loan.pool.asset == asset and one.principal.minor_units]
        cells = ("Sum", asset, "", "", "", None, len(mine), past_due[asset], amount)
        rows.append(Row(cells, leads={8: ledger(asked, PRINCIPAL, asset, asked.pool)}))
    for asset, difference in principal_differences(asked, loans).items():
        words = ("", "", "Principal less the books")
        rows.append(Row(("Check", asset, *words, None, None, None, difference), "check"))
    return rows
