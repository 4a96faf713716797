"""Methods: the principal that a row repays, and the interest it owes, by the method."""

from itertools import pairwise

from loans.rules.exact import Fraction
from loans.rules.rounding import rounded
from loans.rules.schedule.book import ZERO, Book
from loans.rules.schedule.totals import Totals


def by_method(
    book: Book, row: int, interest: Fraction, left: Fraction
) -> tuple[Fraction, Fraction]:
    """Give principal and the interest due now, by the method of the terms."""
    payment = payment_of(book, row)
    if payment is None:
        return min(planned_principal(book, row), left), interest
    if interest <= payment or book.terms.capitalises_unpaid:
        return min(payment - interest, left), interest
    # What was paid of interest that came back is not paid of the row's own.
    paid = book.interest_paid.get(row, ZERO)
    due = min(interest, max(payment, paid - book.extra_of(row)[1] if paid else ZERO))
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
    """Give the interest of the whole life; every row asks for the same one."""
    made_of = (tuple(book.drawn), tuple(book.rates), book.count, book.dates)
    if book.even_total is None or book.even_total[0] != made_of:
        book.even_total = made_of, _interest_of_all(book)
    return book.even_total[1]


def _interest_of_all(book: Book) -> Fraction:
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
