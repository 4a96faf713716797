"""What a payment finds: the principal, interest and charges that it may settle on a day."""

from dataclasses import dataclass, replace
from datetime import date

from loans.rules.exact import Fraction
from loans.rules.replay.life import Amounts, Life
from loans.rules.rounding import rounded
from loans.rules.schedule.book import ZERO
from loans.rules.schedule.methods import payment_of, planned_principal
from loans.rules.schedule.rows import Row, earned, earned_exactly
from loans.rules.schedule.totals import Totals
from loans.rules.terms import COMPONENTS, Terms
from loans.rules.waterfall import Open, timing

Found = tuple[list[Row], list[Amounts]]


def found(life: Life, at: date) -> Found:
    """
    Give the rows of the view at a day, and what a payment finds on each, the paid included.

    With planned interest all of the plan is owed. With interest on the balance the running row
    owes what it earned so far, and later rows owe principal only (contract, section 7.4).
    """
    view = life.view(at)
    charged = life.charged(view)
    if life.on_balance and life.seen_at is None:
        owed = _on_balance(life, view, at)
    else:
        owed = [(row.principal, row.interest) for row in view]
    return view, [
        {"principal": principal, "interest": interest, **charges}
        for (principal, interest), charges in zip(owed, charged, strict=True)
    ]


def _on_balance(life: Life, view: list[Row], at: date) -> list[tuple[Fraction, Fraction]]:
    book, before, in_all, totals = life.book, ZERO, ZERO, Totals(life.book)
    owed: list[tuple[Fraction, Fraction]] = []
    count = book.count or 0
    # From the next row on nothing is paid and nothing came back: most rows are later ones.
    touched = max(totals.last_row, *book.interest_paid, *(e.row for e in book.extras), -1)
    for n, row in enumerate(view):
        if row.period.due_on <= at or n in book.closed or n >= count:
            owed.append((row.principal, row.interest))
        elif n > touched and row.period.start >= at:
            payment = payment_of(book, n)
            owed.append((planned_principal(book, n) if payment is None else payment, ZERO))
        else:
            owed.append(_running(life, n, row, (at, before), totals))
        before += row.principal
        in_all += owed[-1][0]
    last = book.last_open
    if last is not None:
        principal, interest = owed[last]
        owed[last] = (max(principal, book.drawn_by(at) - (in_all - principal)), interest)
    return owed


def _running(
    life: Life, n: int, row: Row, seen: tuple[date, Fraction], totals: Totals
) -> tuple[Fraction, Fraction]:
    """
    Give what a row that is not due yet owes: principal of the plan, and interest earned.

    ``seen`` is the day, and the principal of all earlier rows in the view at it.
    """
    book, (at, before) = life.book, seen
    more_principal, more_interest = book.extra_of(n)
    interest = ZERO
    if row.period.start < at:
        interest = earned(book, n, at, before, at, totals=totals) + row.carried
    own = max(interest + more_interest, book.interest_paid.get(n, ZERO)) - more_interest
    payment = payment_of(book, n)
    principal = planned_principal(book, n) if payment is None else payment - own
    return max(principal + more_principal, totals.paid_on(n)), own + more_interest


def opened(life: Life, at: date, seen: Found | None = None) -> list[Open]:
    """Give what is open on a day, by row, timing and component; ``seen`` is what was found then."""
    view, owed = seen or found(life, at)
    settled = life.settled()
    last_settled = max((row for row, _ in settled), default=-1)
    result = []
    for n, (row, amounts) in enumerate(zip(view, owed, strict=True)):
        when = timing(row.period.due_on, at)
        due: Amounts = {}
        if when == "in_advance" and life.terms.charges_due_on_own_date:
            due = _due_on_own_date(life, n, view, at)
        if due or n <= last_settled:
            result.append(Open(n, _open_amounts(n, when, amounts, settled, due=due)))
        else:
            still = {(when, c): amount for c, amount in amounts.items() if amount > 0}
            result.append(Open(n, still))
    return result


def _open_amounts(
    n: int, when: str, amounts: Amounts, settled: dict[tuple[int, str], Fraction], *, due: Amounts
) -> dict[tuple[str, str], Fraction]:
    """Give what is open of a row, by timing and component; charges of ``due`` are due by then."""
    still: dict[tuple[str, str], Fraction] = {}
    for component in COMPONENTS:
        gone = settled.get((n, component), ZERO)
        rest = amounts[component] - gone
        if rest <= 0:
            continue
        early = min(rest, max(due[component] - gone, ZERO)) if component in due else ZERO
        if early:
            still["due", component] = early
        if rest != early:
            still[when, component] = rest - early
    return still


def _due_on_own_date(life: Life, n: int, view: list[Row], at: date) -> Amounts:
    """
    Give the charges of a later row that count as due because their own date has come.

    What came back into a row as a charge is due with the row.
    """
    due: Amounts = {}
    for charge in life.charges:
        if charge.row is None and charge.on <= at and life.row_of(charge, view) == n:
            due[charge.component] = due.get(charge.component, ZERO) + charge.amount
    return due


@dataclass(frozen=True, slots=True)
class Accrual:
    """
    Interest earned up to a day: what stands, and what runs from day to day.

    One thing runs at a time: a row, or default interest after the last of them. ``running`` is
    exact and is rounded by itself; ``brought`` is added to it, and together they count for at
    least ``least``, what was paid of them.
    """

    standing: Fraction
    running: Fraction
    brought: Fraction
    least: Fraction

    def amount(self, terms: Terms) -> Fraction:
        """Give all of it."""
        return self.standing + max(self.own(terms), self.least)

    def own(self, terms: Terms) -> Fraction:
        """Give what runs, rounded, with what was brought into it."""
        return rounded(self.running, terms.unit, terms.interest_rounding) + self.brought


def accrued(life: Life, at: date) -> Fraction:
    """
    Give the interest earned from the first day to a day, rounded row by row, the paid included.

    This is what the books show as income: it grows from day to day and does not depend on what is
    due when.
    """
    return accrual(life, at).amount(life.terms)


def accrual(life: Life, at: date) -> Accrual:
    """Give the interest earned up to a day in its parts; ``accrued`` is their sum."""
    view, book = life.view(at), life.book
    before, standing, totals = ZERO, ZERO, Totals(book)
    last, count = -1 if book.last_open is None else book.last_open, book.count or 0
    late = life.default_interest(view[:count], life.seen_at or at)
    found = Accrual(ZERO, late, book.extra_of(count)[1], life.interest_paid(count))
    for n, row in enumerate(view[:count]):
        paid = book.interest_paid.get(n, ZERO)
        # What a closed row earns is carried on; after the last open row there is no place for it.
        is_final = n > last and n in book.closed
        if is_final or row.period.end <= at or row.period.due_on <= at:
            standing += row.interest
        elif row.period.start <= at:
            # Planned interest follows the plan: what earlier instalments repay earns no more.
            seen = at if life.on_balance else None
            exact = earned_exactly(book, n, seen, before, at, totals=totals)
            standing += found.amount(life.terms)
            found = Accrual(ZERO, exact, row.carried + book.extra_of(n)[1], paid)
        else:
            standing += paid
        before += row.principal
    return replace(found, standing=standing)
