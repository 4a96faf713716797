"""
Rows: principal and interest of each instalment, planned, or seen on a day of a loan's life.

See Note [the view at a day]: on a piece of time before that day the balance is the real one, from
it on the planned one. A plan is the view before everything, with nothing paid.
"""

from datetime import date
from itertools import pairwise
from typing import NamedTuple

from loans.rules.exact import Fraction
from loans.rules.faults import bad_terms
from loans.rules.rounding import MOST_BITS, rounded
from loans.rules.schedule.book import ZERO, Book
from loans.rules.schedule.methods import by_method, even_interest
from loans.rules.schedule.periods import Period
from loans.rules.schedule.totals import Totals
from loans.rules.terms import MOST_INSTALMENTS


class Row(NamedTuple):
    """One instalment; ``balance`` is what is left after it, ``carried`` the interest brought in."""

    period: Period
    principal: Fraction
    interest: Fraction
    balance: Fraction
    carried: Fraction = ZERO


def earned(
    book: Book,
    row: int,
    at: date | None,
    before: Fraction,
    until: date,
    *,
    totals: Totals | None = None,
) -> Fraction:
    """Give the interest that a row's period earns up to a day, rounded once."""
    exact = earned_exactly(book, row, at, before, until, totals=totals)
    return rounded(exact, book.terms.unit, book.terms.interest_rounding)


def earned_exactly(
    book: Book,
    row: int,
    at: date | None,
    before: Fraction,
    until: date,
    *,
    totals: Totals | None = None,
) -> Fraction:
    """
    Give the interest that a row's period earns up to a day, before it is rounded.

    ``before`` is the principal of all earlier rows in the view at ``at``, ``totals`` those of the
    book as it stands.
    """
    if row < book.terms.grace.interest_free:
        return ZERO
    totals = totals or Totals(book)
    period = book.period(row)
    total = ZERO
    back = ZERO
    if book.extras and not book.on_balance and not book.terms.is_flat:
        back = sum((e.principal for e in book.extras if e.row < row), ZERO)
    for x, y in pairwise(totals.cuts(period.start, min(period.end, until), at)):
        balance = totals.earning_by(x)
        if book.terms.is_flat:
            pass
        elif at is not None and x < at:
            balance -= totals.repaid_by(x)
        else:
            balance -= before + totals.repaid_from(row, x)
        if balance or back:
            total += (balance + back) * (book.rate_on(x) * book.year_part(row, x, y))
    return total


def rows(book: Book, at: date | None = None, most: int | None = None) -> list[Row]:
    """
    Compute the rows of a loan as seen on a day, or planned (without a day).

    ``most`` is how many rows are asked for, if not all.

    :raises Fault: ``invalid_terms`` if an open-ended loan never ends
    """
    found: list[Row] = []
    before, carried = ZERO, ZERO
    even = even_interest(book) if book.terms.flat_is_even else []
    totals, last_open = Totals(book), book.last_open
    quiet_from, quiet_day = _quiet_from(book, totals), max(totals.last_day, at or totals.last_day)
    for row in book.rows()[:most]:
        period = book.period(row)
        # What is drawn on the day of an empty period belongs to a later one.
        if row >= quiet_from and quiet_day <= period.start < period.end:
            return found + _quiet_rows(book, totals, row, before, carried, most=most)
        carried = book.brought.get(row, carried)
        own = even[row] if even else earned(book, row, at, before, period.end, totals=totals)
        interest = _with_paid(book, row, own + carried if carried else own)
        left = totals.drawn_for(row) - before
        if row == last_open and row not in book.closed:
            # All that was drawn, even after its period, if later rows are closed already.
            rest = totals.all_for(row) - before
            principal, paid_now = _last(book, row, interest, rest, totals)
            onward = ZERO
        else:
            principal, paid_now, onward = _split(book, row, interest, left, totals)
        before += principal
        found.append(Row(period, principal, paid_now, left - principal, carried))
        carried = onward
        _demand_bounded(left)
        if book.count is None and left == principal and _all_drawn(book, period):
            return found
        if book.count is None and most is None and _is_endless(book, row, left - principal):
            break
    if book.count is None and most is None:
        field = "payment" if book.terms.payment else "principal_payment"
        raise bad_terms(f"terms.{field}", "is too small: the loan would never end")
    return found


def _is_endless(book: Book, row: int, left: Fraction) -> bool:
    """Say whether all payments that may still come would not repay what is left after a row."""
    if min((rate for _, rate in book.rates), default=book.terms.rate) < 0 or book.terms.rate < 0:
        return False
    each = book.terms.payment or book.terms.principal_payment or ZERO
    return left > each * (MOST_INSTALMENTS - row)


def _with_paid(book: Book, row: int, interest: Fraction) -> Fraction:
    """Let what was paid stay due: a changed plan does not turn it into a debt of the lender."""
    if row not in book.interest_paid or row in book.closed:
        return interest
    return max(interest, book.interest_paid[row] - book.extra_of(row)[1])


def _demand_bounded(left: Fraction) -> None:
    if abs(left.numerator).bit_length() > MOST_BITS:
        raise OverflowError("interest upon interest grows beyond all figures")


def _all_drawn(book: Book, period: Period) -> bool:
    return book.drawn[-1][0] < period.end or book.drawn[-1][0] <= book.period(0).start


def _last(
    book: Book, row: int, interest: Fraction, left: Fraction, totals: Totals
) -> tuple[Fraction, Fraction]:
    """Give principal and interest of the last open row: all that is left."""
    rest = max(left - totals.held_after(row), totals.paid_on(row))
    return rest, interest + book.extra_of(row)[1]


def _split(
    book: Book, row: int, interest: Fraction, left: Fraction, totals: Totals
) -> tuple[Fraction, Fraction, Fraction]:
    """Give principal and interest due of a row, and the interest carried on."""
    more_principal, more_interest = book.extra_of(row)
    if row in book.closed:
        principal, paid = book.closed[row]
        return principal + more_principal, paid + more_interest, max(interest - paid, ZERO)
    grace = book.terms.grace
    if row < grace.interest and grace.capitalises:
        return -interest, interest, ZERO
    due = ZERO if row < grace.interest else interest
    if more_principal or more_interest:
        principal, due = by_method(book, row, due, left - more_principal)
        principal = _within(book, row, principal + more_principal, left, totals)
        return principal, due + more_interest, interest - due
    principal, due = by_method(book, row, due, left)
    return _within(book, row, principal, left, totals), due, interest - due


def _within(book: Book, row: int, principal: Fraction, left: Fraction, totals: Totals) -> Fraction:
    """Keep principal between what is paid on a row and what later rows leave to it."""
    held = totals.held_after(row)
    principal = min(principal, left - held if held else left)
    if principal < 0 and book.terms.capitalises_unpaid:
        return principal
    return max(principal, totals.paid_on(row) + book.given_up.get(row, ZERO))


def _quiet_from(book: Book, totals: Totals) -> int:
    """Give the row from which on nothing is paid, closed, spared or brought in."""
    if book.count is None or book.extras or book.terms.is_flat:
        return MOST_INSTALMENTS
    touched = (book.interest_paid, book.closed, book.brought, book.settled, book.given_up)
    rows_touched = [max(rows_of) for rows_of in touched if rows_of]
    grace = book.terms.grace
    return max(grace.interest, grace.interest_free, 1 + max([totals.last_row, *rows_touched]))


def _quiet_rows(
    book: Book, totals: Totals, first: int, before: Fraction, carried: Fraction, *, most: int | None
) -> list[Row]:
    """
    Compute rows to come of which nothing has happened yet: most of any view.

    The balance is planned and the same for the whole period, so that :func:`earned` and
    :func:`_within` come down to one product and one bound.
    """
    terms, last = book.terms, (book.count or 0) - 1
    left, rate = totals.drawn_in_all - before, book.rate_on(book.period(first).start)
    least = None if terms.capitalises_unpaid else ZERO
    found: list[Row] = []
    for row in range(first, last + 1 if most is None else min(most, last + 1)):
        period, brought = book.period(row), carried
        own = left * rate * book.whole_part(row)
        interest = rounded(own, terms.unit, terms.interest_rounding) + brought
        if row == last:
            principal, due, carried = left, interest, ZERO
        else:
            principal, due = by_method(book, row, interest, left)
            principal = min(principal, left) if least is None else max(least, min(principal, left))
            carried = interest - due
        left -= principal
        found.append(Row(period, principal, due, left, brought))
        if principal < 0:
            _demand_bounded(left)
    return found
