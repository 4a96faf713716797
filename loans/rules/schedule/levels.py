"""Levels: setting the equal payment or the equal split anew from a row on."""

from itertools import pairwise

from loans.rules.exact import Fraction
from loans.rules.faults import bad_terms
from loans.rules.level_payment import level_payment
from loans.rules.rounding import rounded
from loans.rules.schedule.book import ZERO, Book
from loans.rules.schedule.rows import Row, rows
from loans.rules.schedule.totals import Totals

MOST_TRIES = 3


def relevel(book: Book, row: int | None) -> None:
    """
    Compute the payment (or equal split) for the rows from one on; earlier ones stay.

    Grace without principal, or with capitalised interest, puts the first row off. Loans whose
    payments are given are left alone.
    """
    terms = book.terms
    if row is None or book.count is None or terms.principal_payment is not None:
        return
    first = max(row, terms.grace.principal)
    if terms.grace.capitalises:
        first = max(first, terms.grace.interest)
    count = book.count - first
    if count < 1:
        return
    if terms.method == "equal_principal" or terms.flat_is_even:
        principal, _ = _principal_from(book, first)
        split = rounded((principal - terms.balloon) / count, terms.unit, terms.rounding)
        book.levels.append((first, split))
    elif terms.method == "level_payment":
        book.levels.append((first, _payment(book, first, count)))
        if terms.is_smoothed and not terms.is_flat:
            smooth(book, first, count)


def _principal_from(book: Book, first: int) -> tuple[Fraction, Fraction]:
    """Give the balance before a row with all drawn inside it, and the interest carried in."""
    planned = rows(book, most=first + 1)
    repaid = sum((row.principal for row in planned[:first]), ZERO)
    extra, _ = book.extra_of(first)
    return Totals(book).drawn_for(first) - extra - repaid, planned[first].carried


def _payment(book: Book, first: int, count: int) -> Fraction:
    terms = book.terms
    principal, carried = _principal_from(book, first)
    if terms.is_flat:
        planned = rows(book)[first:]
        interest = sum((row.interest for row in planned), ZERO)
        return as_payment(book, (principal - terms.balloon + interest) / count)
    if book.on_balance:
        principal += carried
    per_unit = (_interest_per_unit(book, row) for row in range(first, first + count))
    try:
        return as_payment(book, level_payment(principal, per_unit, terms.balloon))
    except ZeroDivisionError:
        raise bad_terms("terms.rate", "leaves no payment that repays the principal") from None


def _interest_per_unit(book: Book, row: int) -> Fraction:
    """Give the interest on one unit of balance over a row's whole period."""
    if row < book.terms.grace.interest_free:
        return ZERO
    period = book.period(row)
    inside = {day for day, _ in book.rates if period.start < day < period.end}
    if not inside:
        return book.rate_on(period.start) * book.year_part(row, period.start, period.end)
    days = sorted({period.start, period.end, *inside})
    return sum((book.rate_on(x) * book.year_part(row, x, y) for x, y in pairwise(days)), ZERO)


def as_payment(book: Book, payment: Fraction) -> Fraction:
    """Round a payment to the unit, then to the multiple unless that would give zero."""
    terms = book.terms
    payment = rounded(payment, terms.unit, terms.payment_rounding)
    if terms.payment_multiple is None:
        return payment
    return rounded(payment, terms.payment_multiple, terms.payment_rounding) or payment


def smooth(book: Book, first: int, count: int) -> None:
    """
    Spread the residue of the last instalment over all, at most three times.

    gap = due of the last, less the balloon, - due of the one before. The new payment is the old
    plus gap / n, rounded; it is kept only if the gap gets smaller (contract, section 6.5).
    """
    terms = book.terms
    if count < 2:
        return
    gap = _gap(book, rows(book))
    for _ in range(MOST_TRIES):
        if gap == 0 or abs(gap) / terms.unit <= count // 2:
            return
        payment = book.levels[-1][1]
        tried = as_payment(book, payment + rounded(gap / count, terms.unit, terms.rounding))
        if tried == payment:
            return
        book.levels[-1] = (first, tried)
        new_gap = _gap(book, rows(book))
        if abs(new_gap) >= abs(gap):
            book.levels[-1] = (first, payment)
            return
        gap = new_gap


def _gap(book: Book, planned: list[Row]) -> Fraction:
    last, before = planned[-1], planned[-2]
    return last.principal + last.interest - book.terms.balloon - before.principal - before.interest
