"""The portfolio: every loan on a day, with totals that tie to the control accounts of the books."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from loans.queries.lent import OWED, Lent, lent
from loans.rules.exact import Fraction
from loans.rules.rounding import text
from loans.rules.states import LoanState
from together.console.queries.reports.asked import Asked
from together.console.queries.reports.lending import TIES, in_books
from together.console.queries.reports.shared import BOOKS, by_asset, counted, ledger
from together.controls.formats.reports import Column, Lead, Report, Row, Style
from together.ledger.rules.money import Money

PARAMETERS = ("through", "pool", "state", "bucket")
CONTROL = {name: f"loan.{name}" for name in OWED}
SOURCE = f"Each loan by its replay as of the day. {BOOKS}"
OPEN_DAY = (
    "What no end of day has booked yet is interest up to the day that the books of a loan do not"
    " hold; the control account holds the rest."
)
COLUMNS = (
    *(Column("Loan"), Column("Institution"), Column("Pool"), Column("State"), Column("Grade")),
    *(Column("Rate", "percent"), Column("Asset"), Column("Commitment", "money")),
    *(Column("Principal", "money"), Column("Interest accrued", "money")),
    *(Column("Charges", "money"), Column("Past due", "money"), Column("Days", "number")),
    *(Column("Bucket"), Column("LTV", "percent"), Column("Matures on", "date")),
)
CONTROL_ROW = "Control accounts"
Tied = tuple[str, str, tuple[Money, ...], Style]
AT = {"principal": 8, "interest": 9, "charges": 10}


def portfolio(asked: Asked) -> Report:
    """Give every loan that is not closed, with its standing; or those of one state or bucket."""
    loans = [one for one in lent(asked.through, asked.pool) if _is_asked(one, asked)]
    rows = [_row(one) for one in loans]
    is_whole = not asked.state and not asked.bucket
    return Report(
        name="portfolio",
        title="Portfolio",
        question="What is lent to whom, at which rate and grade, how late, how well secured, until"
        " when?",
        through=asked.through,
        parameters=asked.words(PARAMETERS),
        columns=COLUMNS,
        rows=rows,
        totals=[*_sums(loans), *(_check_rows(asked, loans) if is_whole else ())],
        notes=(OPEN_DAY, TIES) if is_whole else (),
        source=SOURCE,
        empty="No loan was committed or owed anything on this day.",
    )


def _is_asked(one: Lent, asked: Asked) -> bool:
    is_of_state = one.state == asked.state if asked.state else one.state != LoanState.CLOSED
    return is_of_state and (not asked.bucket or bucket(one) == asked.bucket)


def _row(one: Lent) -> Row:
    loan, expected = one.loan, one.expected
    owed = [one.money(getattr(one.owed, name)) for name in OWED]
    cells = (
        *(loan.number, loan.institution.legal_name, loan.pool_id),
        *(one.state.replace("_", " "), grade(one), share(one.rate), one.asset),
        one.money(loan.amount),
        *owed,
        expected.past_due(one.as_of) if expected else one.money(0),
        expected.days_past_due if expected else 0,
        bucket(one),
        None if one.loan_to_value is None else share(one.loan_to_value),
        expected.matures_on if expected else None,
    )
    return Row(cells, leads={0: lead(one)})


def lead(one: Lent) -> Lead:
    """Lead to the page of a loan."""
    return Lead("loans_loan", (("pk", str(one.loan.pk)),))


def grade(one: Lent) -> str:
    """Give the grade of a loan's newest worksheet."""
    return str(one.worksheet.loss.get("grade", "")) if one.worksheet else ""


def bucket(one: Lent) -> str:
    """Give the bucket of arrears of a loan; nothing before it is drawn and after it is lost."""
    return one.expected.bucket if one.expected and one.state == LoanState.ACTIVE else ""


def share(value: Fraction) -> Decimal:
    """Write a fraction for reading: rounded to a hundredth of a percent, halves to even."""
    return Decimal(text(value, 6)).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)


def _sums(loans: Sequence[Lent]) -> list[Row]:
    rows = []
    for asset in by_asset(one.money(0) for one in loans):
        mine = [one for one in loans if one.asset == asset]

        def total(amounts: Iterable[int], asset: str = asset) -> Money:
            return Money(sum(amounts), asset)

        past_due = [one.expected.past_due(one.as_of) for one in mine if one.expected]
        cells = (
            *("Sum", counted(len(mine), "loan"), "", "", "", None, asset),
            total(one.loan.amount for one in mine),
            *(total(getattr(one.owed, name) for one in mine) for name in OWED),
            total(amount.minor_units for amount in past_due),
            *(None, "", None, None),
        )
        rows.append(Row(cells))
    return rows


def _check_rows(asked: Asked, loans: Sequence[Lent]) -> list[Row]:
    rows = []
    for name, asset, amounts, style in checks(asked, loans):
        is_books = name == CONTROL_ROW
        leads = {AT[n]: ledger(asked, CONTROL[n], asset, asked.pool) for n in OWED}
        cells = (name, "", "", "", "", None, asset, None, *amounts, None, None, "", None, None)
        rows.append(Row(cells, style, leads if is_books else {}))
    return rows


def checks(asked: Asked, loans: Sequence[Lent]) -> list[Tied]:
    """
    Give the control accounts beside the totals: what is not booked yet, the books, what is left.

    Each with its asset, and principal, interest and charges.
    """
    known = {name: in_books(asked, CONTROL[name]) for name in OWED}
    assets = by_asset(
        [*(one.money(0) for one in loans), *(m for found in known.values() for m in found.values())]
    )
    rows: list[Tied] = []
    for asset in assets:
        mine = [one for one in loans if one.asset == asset]
        opened = [sum(getattr(one.owed - one.booked, n) for one in mine) for n in OWED]
        owed = [sum(getattr(one.owed, n) for one in mine) for n in OWED]
        booked = [known[n].get(asset, Money(0, asset)).minor_units for n in OWED]
        rest = [a - b - c for a, b, c in zip(owed, opened, booked, strict=True)]
        if any(opened):
            rows.append(_tied("Not booked yet", asset, opened, "line"))
        rows.append(_tied(CONTROL_ROW, asset, booked, "line"))
        rows.append(_tied("Check", asset, rest, "check"))
    return rows


def _tied(name: str, asset: str, units: Sequence[int], style: Style) -> Tied:
    return name, asset, tuple(Money(one, asset) for one in units), style
