"""The plan of a loan: instalments with their fees, from terms, drawdowns and agreed changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from loans.rules.exact import Fraction
from loans.rules.schedule import changes
from loans.rules.schedule.book import ZERO, Book, opened
from loans.rules.schedule.changes import Change
from loans.rules.schedule.levels import relevel
from loans.rules.schedule.periods import Period
from loans.rules.schedule.rows import Row, rows
from loans.rules.terms import Terms, check


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee or a penalty with its due date."""

    on: date
    amount: Fraction
    is_penalty: bool = False


class Instalment(NamedTuple):
    """One instalment of a plan; ``due`` is the sum of its four components."""

    number: int
    period: Period
    principal: Fraction
    interest: Fraction
    fees: Fraction
    penalties: Fraction
    balance: Fraction

    @property
    def due(self) -> Fraction:
        """Add the components up."""
        return self.principal + self.interest + self.fees + self.penalties


def schedule(
    terms: Terms,
    drawdowns: Sequence[tuple[date, Fraction]],
    fees: Sequence[Fee] = (),
    agreed: Sequence[Change] = (),
) -> list[Instalment]:
    """
    Give the repayment plan (contract, section 6).

    Drawdowns are (day, amount), at least one. Example: 1,000.00 on 2024-01-01 at 12 %, three
    monthly level payments by 30/360 PERIOD: 340.02, 340.02 and 340.03.

    >>> terms = Terms("level_payment", "30/360 PERIOD", Fraction("0.12"), instalments=3)
    >>> [float(one.due) for one in schedule(terms, [(date(2024, 1, 1), Fraction(1000))])]
    [340.02, 340.02, 340.03]

    :raises Fault: ``invalid_terms`` if terms, drawdowns and changes make no sense together
    """
    start = terms.start or min(day for day, _ in drawdowns)
    check(terms, start, for_replay=False)
    book = opened(terms, start)
    order = sorted(range(len(drawdowns)), key=lambda n: drawdowns[n][0])
    for n in order:
        changes.draw(book, *drawdowns[n], f"drawdowns[{n}].date")
    for n, change in enumerate(agreed):
        relevel(book, changes.apply(book, change, f"changes[{n}]"))
    return with_fees(book, rows(book), fees)


def with_fees(book: Book, planned: Sequence[Row], fees: Sequence[Fee]) -> list[Instalment]:
    """Add each fee to the first instalment due on or after it, or to one more row."""
    sums: dict[tuple[int, bool], Fraction] = {}
    late: list[Fee] = []
    for fee in fees:
        row = next((n for n, r in enumerate(planned) if r.period.due_on >= fee.on), len(planned))
        if row == len(planned):
            late.append(fee)
        sums[row, fee.is_penalty] = sums.get((row, fee.is_penalty), ZERO) + fee.amount
    shown = list(planned)
    if late:
        shown.append(extra_row(planned, max(fee.on for fee in late)))
    return [
        Instalment(
            number=n + 1,
            period=row.period,
            principal=row.principal,
            interest=row.interest,
            fees=sums.get((n, False), ZERO),
            penalties=sums.get((n, True), ZERO),
            balance=row.balance,
        )
        for n, row in enumerate(shown)
    ]


def extra_row(planned: Sequence[Row], due_on: date) -> Row:
    """Make the row that holds what is due after the last due date."""
    end = planned[-1].period.end
    return Row(Period(end, max(due_on, end), due_on), ZERO, ZERO, planned[-1].balance)
