"""
Rows: principal and interest of each instalment, planned, or seen on a day of a loan's life.

See Note [the view at a day]: on a piece of time before that day the balance is the real one, from
it on the planned one. A plan is the view before everything, with nothing paid.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from loans.rules.faults import bad_terms
from loans.rules.rounding import rounded
from loans.rules.schedule.book import ZERO, Book
from loans.rules.schedule.periods import Period


@dataclass(frozen=True, slots=True)
class Row:
    """One instalment; ``balance`` is what is left after it, ``carried`` the interest brought in."""

    period: Period
    principal: Fraction
    interest: Fraction
    balance: Fraction
    carried: Fraction = ZERO


def earned(book: Book, row: int, at: date | None, before: Fraction, until: date) -> Fraction:
    """
    Give the interest that a row's period earns up to a day, rounded once.

    ``before`` is the principal of all earlier rows in the view at ``at``.
    """
    if row < book.terms.grace.interest_free:
        return ZERO
    period = book.period(row)
    total = ZERO
    back = ZERO if book.on_balance else sum((e.principal for e in book.extras if e.row < row), ZERO)
    for x, y in pairwise(book.cuts(period.start, min(period.end, until), [at] if at else [])):
        if at is not None and x < at:
            repaid = sum((a for d, _, a in book.movements if d <= x), ZERO)
        else:
            repaid = before + sum((a for d, r, a in book.movements if d <= x and r >= row), ZERO)
        if book.terms.is_flat:
            repaid = ZERO
        balance = book.earning_by(x) - repaid + back
        total += balance * book.rate_on(x) * book.year_part(row, x, y)
    return rounded(total, book.terms.unit, book.terms.interest_rounding)


def rows(book: Book, at: date | None = None) -> list[Row]:
    """
    Compute the rows of a loan as seen on a day, or planned (without a day).

    :raises Fault: ``invalid_terms`` if an open-ended loan never ends
    """
    found: list[Row] = []
    before, carried = ZERO, ZERO
    even = even_interest(book) if book.terms.flat_is_even else []
    for row in book.rows():
        period = book.period(row)
        carried = book.brought.get(row, carried)
        own = even[row] if even else earned(book, row, at, before, period.end)
        interest = own + carried
        left = book.drawn_for(row) - before
        principal, paid_now, onward = _split(book, row, interest, left)
        before += principal
        found.append(Row(period, principal, paid_now, left - principal, carried))
        carried = onward
        if book.count is None and left == principal and _all_drawn(book, period):
            return found
    if book.count is None:
        field = "payment" if book.terms.payment else "principal_payment"
        raise bad_terms(f"terms.{field}", "is too small: the loan would never end")
    return found


def _all_drawn(book: Book, period: Period) -> bool:
    return book.drawn[-1][0] < period.end or book.drawn[-1][0] <= book.period(0).start


def _split(
    book: Book, row: int, interest: Fraction, left: Fraction
) -> tuple[Fraction, Fraction, Fraction]:
    """Give principal and interest due of a row, and the interest carried on."""
    more_principal, more_interest = book.extra_of(row)
    if row in book.closed:
        principal, paid = book.closed[row]
        return principal + more_principal, paid + more_interest, max(interest - paid, ZERO)
    if row == book.last_open:
        rest = max(left - _reserved(book, row), book.principal_paid(row))
        return rest, interest + more_interest, ZERO
    grace = book.terms.grace
    if row < grace.interest and grace.capitalises:
        return -interest, interest, ZERO
    due = ZERO if row < grace.interest else interest
    principal, due = _by_method(book, row, due, left - more_principal)
    principal = _within(book, row, principal + more_principal, left)
    return principal, due + more_interest, interest - due


def _within(book: Book, row: int, principal: Fraction, left: Fraction) -> Fraction:
    """Keep principal between what is paid on a row and what later rows leave to it."""
    principal = min(principal, left - _reserved(book, row))
    if principal < 0 and (book.terms.capitalises_unpaid or book.terms.grace.capitalises):
        return principal
    return max(principal, book.principal_paid(row))


def _reserved(book: Book, row: int) -> Fraction:
    """Give the principal already paid on later rows, without what came back into them."""
    total = ZERO
    for later in {r for _, r, _ in book.movements if r > row}:
        if later in book.closed:
            total += book.closed[later][0]
        else:
            own = book.principal_paid(later) - book.extra_of(later)[0]
            total += max(own, book.settled.get(later, ZERO))
    return total


def _by_method(
    book: Book, row: int, interest: Fraction, left: Fraction
) -> tuple[Fraction, Fraction]:
    """Give principal and the interest due now, by the method of the terms."""
    payment = payment_of(book, row)
    if payment is None:
        return min(planned_principal(book, row), left), interest
    if interest <= payment or book.terms.capitalises_unpaid:
        return min(payment - interest, left), interest
    due = min(interest, max(payment, book.interest_paid.get(row, ZERO)))
    return payment - due, due


def payment_of(book: Book, row: int) -> Fraction | None:
    """Give the payment that a row is held to, or None if its principal is planned."""
    terms = book.terms
    if row < terms.grace.principal or terms.flat_is_even:
        return None
    if terms.method == "fixed_payment":
        return terms.payment
    if terms.method == "level_payment":
        return book.level(row)
    if terms.method == "custom":
        return terms.rows[row].payment
    return None


def planned_principal(book: Book, row: int) -> Fraction:
    """Give the principal that a row without a payment repays."""
    terms = book.terms
    if row < terms.grace.principal or terms.method == "bullet":
        return ZERO
    if terms.method == "custom":
        return terms.rows[row].principal or ZERO
    if terms.principal_payment is not None:
        return terms.principal_payment
    if not terms.flat_is_even:
        return book.level(row)
    return _even_principal(book, row)


def even_interest(book: Book) -> list[Fraction]:
    """Give the interest of each row if the interest of the whole life is spread evenly."""
    count = book.count or 0
    terms = book.terms
    each = _even_total(book) / count
    each = rounded(each, terms.unit, terms.rounding)
    return [each] * (count - 1) + [_even_total(book) - each * (count - 1)]


def _even_total(book: Book) -> Fraction:
    total = ZERO
    for row in range(book.terms.grace.interest_free, book.count or 0):
        period = book.period(row)
        for x, y in pairwise(book.cuts(period.start, period.end)):
            total += book.drawn_by(x) * book.rate_on(x) * book.year_part(row, x, y)
    return rounded(total, book.terms.unit, book.terms.interest_rounding)


def _even_principal(book: Book, row: int) -> Fraction:
    terms = book.terms
    multiple = terms.payment_multiple
    if multiple is None:
        return book.level(row)
    count = book.count or 1
    interest = _even_total(book) / count
    rounded_interest = rounded(interest, multiple, terms.payment_rounding)
    rounded_principal = rounded(book.level(row), multiple, terms.payment_rounding)
    shown = rounded(interest, terms.unit, terms.rounding)
    return rounded_principal + rounded_interest - shown
