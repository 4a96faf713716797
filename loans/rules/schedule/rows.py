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
from loans.rules.rounding import MOST_BITS, rounded
from loans.rules.schedule.book import ZERO, Book
from loans.rules.schedule.periods import Period
from loans.rules.schedule.totals import Totals
from loans.rules.terms import MOST_INSTALMENTS


@dataclass(frozen=True, slots=True)
class Row:
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
    """
    Give the interest that a row's period earns up to a day, rounded once.

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
    return rounded(total, book.terms.unit, book.terms.interest_rounding)


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
    for row in book.rows()[:most]:
        period = book.period(row)
        carried = book.brought.get(row, carried)
        own = even[row] if even else earned(book, row, at, before, period.end, totals=totals)
        interest = own + carried if carried else own
        if row in book.interest_paid and row not in book.closed:
            # What was paid stays due: a changed plan does not turn it into a debt of the lender.
            interest = max(interest, book.interest_paid[row] - book.extra_of(row)[1])
        left = totals.drawn_for(row) - before
        if row == last_open and row not in book.closed:
            principal, paid_now = _last(book, row, interest, left, totals)
            onward = ZERO
        else:
            principal, paid_now, onward = _split(book, row, interest, left, totals)
        before += principal
        found.append(Row(period, principal, paid_now, left - principal, carried))
        carried = onward
        if abs(left.numerator).bit_length() > MOST_BITS:
            raise OverflowError("interest upon interest grows beyond all figures")
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
        principal, due = _by_method(book, row, due, left - more_principal)
        principal = _within(book, row, principal + more_principal, left, totals)
        return principal, due + more_interest, interest - due
    principal, due = _by_method(book, row, due, left)
    return _within(book, row, principal, left, totals), due, interest - due


def _within(book: Book, row: int, principal: Fraction, left: Fraction, totals: Totals) -> Fraction:
    """Keep principal between what is paid on a row and what later rows leave to it."""
    held = totals.held_after(row)
    principal = min(principal, left - held if held else left)
    if principal < 0 and (book.terms.capitalises_unpaid or book.terms.grace.capitalises):
        return principal
    return max(principal, totals.paid_on(row) + book.given_up.get(row, ZERO))


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
    total, totals = ZERO, Totals(book)
    for row in range(book.terms.grace.interest_free, book.count or 0):
        period = book.period(row)
        for x, y in pairwise(totals.cuts(period.start, period.end, None)):
            total += totals.earning_by(x) * book.rate_on(x) * book.year_part(row, x, y)
    return rounded(total, book.terms.unit, book.terms.interest_rounding)


def _even_principal(book: Book, row: int) -> Fraction:
    terms = book.terms
    multiple = terms.payment_multiple
    if multiple is None:
        return book.level(row)
    count = book.count or 1
    shown = rounded(_even_total(book) / count, terms.unit, terms.rounding)
    rounded_interest = rounded(shown, multiple, terms.payment_rounding)
    rounded_principal = rounded(book.level(row), multiple, terms.payment_rounding)
    return rounded_principal + rounded_interest - shown
