"""
Columns: the plans of many like loans at once, exact, in whole units.

One column a loan, one row an instalment. The rule is that of the rows with nothing that happens on
the way. Whole numbers of 64 bits hold it as long as no product passes 2^62; what does not fit, or
is of another kind, is planned by the rows themselves: see decision 23.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from loans.rules.exact import Fraction
from loans.rules.level_payment import level_payment
from loans.rules.rounding import rounded
from loans.rules.schedule.book import opened
from loans.rules.schedule.levels import MOST_TRIES
from loans.rules.schedule.periods import Period
from loans.rules.schedule.plan import schedule
from loans.rules.terms import Grace, Terms, check

Units = NDArray[np.int64]
MOST = 2**61
# The working arrays of so many loans stay in a processor's cache.
CHUNK = 8_000
METHODS = ("level_payment", "equal_principal", "bullet")
HALF = ("half_even", "half_up")
# The relative error of one operation on floating-point numbers of 64 bits.
STEP = 2.0**-53


@dataclass(frozen=True, slots=True)
class Plans:
    """
    The plans of loans that share their terms and their first day.

    ``periods`` are those of the instalments; ``principal``, ``interest`` and ``balance`` (after
    the instalment) are arrays of instalments x loans, in multiples of the terms' ``unit``.
    """

    periods: tuple[Period, ...]
    principal: Units
    interest: Units
    balance: Units


@dataclass(frozen=True, slots=True)
class _Columns:
    """Loans side by side: their terms, parts of a year, and rates in parts of ``rate_size``."""

    terms: Terms
    parts: tuple[Fraction, ...]
    amounts: Units
    rates: Units
    rate_size: int


def plans(
    terms: Terms,
    start: date,
    amounts: Sequence[int] | Units,
    rates: Sequence[int] | Units | None = None,
    rate_size: int = 10_000,
) -> Plans:
    """
    Plan loans that differ in amount, and in rate if ``rates`` says one for each.

    ``amounts`` are drawn on ``start``, in multiples of the terms' ``unit``; ``rates`` are whole
    parts of ``rate_size`` per year (basis points, unless it says otherwise). A column is what
    :func:`loans.rules.schedule.plan.schedule` gives for it, number for number (contract, section
    6). Example: 1,000.00 at 12 % and 2,000.00 without interest, in three instalments.

    >>> terms = Terms("level_payment", "30/360 PERIOD", instalments=3)
    >>> found = plans(terms, date(2024, 1, 1), [100_000, 200_000], [1_200, 0])
    >>> (found.principal + found.interest).T.tolist()
    [[34002, 34002, 34003], [66667, 66667, 66666]]

    :raises Fault: ``invalid_terms`` as ``schedule`` does
    :raises ValueError: if the terms leave the number of instalments to the balance
    :raises OverflowError: if an amount of a plan does not fit 64 bits
    """
    check(terms, start, for_replay=False)
    if terms.count is None:
        raise ValueError("columns need terms that say how many instalments there are")
    book, rows = opened(terms, start), range(terms.count)
    periods = tuple(book.period(row) for row in rows)
    parts = tuple(book.whole_part(row) for row in rows)
    drawn = np.asarray(amounts, dtype=np.int64)
    found = Plans(periods, *(np.empty((len(rows), len(drawn)), np.int64) for _ in range(3)))
    size, each = _shared_rate(terms) if rates is None else (rate_size, np.asarray(rates, np.int64))
    columns = _Columns(terms, parts, drawn, np.broadcast_to(each, drawn.shape), size)
    alone = _by_chunks(columns, found) if _is_plain(terms) else np.ones(len(drawn), bool)
    for column in np.flatnonzero(alone).tolist():
        rate = terms.rate if rates is None else Fraction(int(each[column]), size)
        _one(replace(terms, rate=rate), start, found, column, int(drawn[column]))
    return found


def _shared_rate(terms: Terms) -> tuple[int, Units]:
    """Give the rate of the terms as a whole number of parts; below zero if it does not fit."""
    whole, size = int(terms.rate.numerator), int(terms.rate.denominator)
    return size, np.array([whole if whole < MOST else -1], np.int64)


def _is_plain(terms: Terms) -> bool:
    """Say whether columns have the rule for these terms."""
    return (
        terms.method in METHODS
        and terms.grace == Grace()
        and not (terms.is_flat or terms.balloon)
        and terms.principal_payment is None
        and terms.payment_multiple is None
        and terms.start is None
    )


def _one(terms: Terms, start: date, found: Plans, column: int, amount: int) -> None:
    """Plan one loan by the rows."""
    unit = terms.unit
    for row, one in enumerate(schedule(terms, [(start, amount * unit)])):
        found.principal[row, column] = int(one.principal / unit)
        found.interest[row, column] = int(one.interest / unit)
        found.balance[row, column] = int(one.balance / unit)


def _by_chunks(columns: _Columns, found: Plans) -> NDArray[np.bool_]:
    """Plan all columns and say which ones must be planned alone."""
    count = len(columns.amounts)
    alone = np.zeros(count, bool)
    for low in range(0, count, CHUNK):
        here = slice(low, min(low + CHUNK, count))
        mine = replace(columns, amounts=columns.amounts[here], rates=columns.rates[here])
        part = Plans(found.periods, *(rows[:, here] for rows in _arrays(found)))
        with np.errstate(over="ignore", invalid="ignore"):
            alone[here] = _plan(mine, part)
    return alone


def _plan(columns: _Columns, found: Plans) -> NDArray[np.bool_]:
    """Plan a chunk and give the columns that do not fit, of which nothing is to be used."""
    alone = _too_big(columns)
    if alone.all():
        return alone
    columns = replace(
        columns,
        amounts=np.where(alone, 0, columns.amounts),
        rates=np.where(alone, 0, columns.rates),
    )
    if columns.terms.method == "level_payment":
        payment = _level_payments(columns)
        alone |= _fill(columns, payment, found)
        if columns.terms.is_smoothed and len(columns.parts) > 1:
            alone |= _smooth(columns, payment, found, np.flatnonzero(~alone))
        return alone
    split = np.zeros_like(columns.amounts)
    if columns.terms.method == "equal_principal":
        count = len(columns.parts)
        _rounded_quotient(columns.amounts.copy(), count, columns.terms.rounding, out=split)
    _fill(columns, split, found)
    return alone


def _fill(columns: _Columns, repaid: Units, found: Plans) -> NDArray[np.bool_]:
    """
    Fill the rows in: interest = balance x rate x part, rounded; the last one repays the rest.

    ``repaid`` are level payments, or the principal of each instalment. Gives the columns in which
    interest is above the payment: the terms say what happens to it, and the rows know.
    """
    terms, balance, last = columns.terms, columns.amounts, len(columns.parts) - 1
    is_level, product = terms.method == "level_payment", np.empty_like(columns.amounts)
    below = np.zeros(len(balance), bool)
    for row, part in enumerate(columns.parts):
        interest, principal = found.interest[row], found.principal[row]
        np.multiply(columns.rates, int(part.numerator), out=product)
        np.multiply(product, balance, out=product)
        size = columns.rate_size * int(part.denominator)
        _rounded_quotient(product, size, terms.interest_rounding, out=interest)
        if row == last:
            principal[:] = balance
        elif not is_level:
            np.minimum(repaid, balance, out=principal)
        else:
            np.subtract(repaid, interest, out=principal)
            below |= principal < 0
            np.minimum(principal, balance, out=principal)
        np.subtract(balance, principal, out=found.balance[row])
        balance = found.balance[row]
    return below


def _smooth(
    columns: _Columns, payment: Units, found: Plans, chosen: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Spread the residue of the last instalment, at most three times (contract, section 6.5)."""
    count, gap, alone = len(columns.parts), _gaps(found), np.zeros(len(payment), bool)
    for _ in range(MOST_TRIES):
        chosen = chosen[np.abs(gap[chosen]) > count // 2]
        step = np.empty(len(chosen), np.int64)
        _rounded_quotient(np.abs(gap[chosen]), count, columns.terms.rounding, out=step)
        chosen, step = chosen[step != 0], step[step != 0]
        if not len(chosen):
            break
        tried = payment[chosen] + step * np.sign(gap[chosen])
        mine = replace(columns, amounts=columns.amounts[chosen], rates=columns.rates[chosen])
        part = Plans(found.periods, *(np.empty((count, len(chosen)), np.int64) for _ in range(3)))
        alone[chosen] = _fill(mine, tried, part)
        is_better = ~alone[chosen] & (np.abs(_gaps(part)) < np.abs(gap[chosen]))
        chosen = chosen[is_better]
        payment[chosen] = tried[is_better]
        for all_rows, rows in zip(_arrays(found), _arrays(part), strict=True):
            all_rows[:, chosen] = rows[:, is_better]
        gap[chosen] = _gaps(part)[is_better]
    return alone


def _gaps(found: Plans) -> Units:
    """Give by how much the last instalment is above the one before."""
    before, last = found.principal[-2:] + found.interest[-2:]
    gap: Units = last - before
    return gap


def _arrays(found: Plans) -> tuple[Units, Units, Units]:
    return found.principal, found.interest, found.balance


def _too_big(columns: _Columns) -> NDArray[np.bool_]:
    """Say which columns have a product that 64 bits may not hold, or a number below zero."""
    most = max(int(part.numerator) for part in columns.parts)
    largest = columns.rate_size * max(int(part.denominator) for part in columns.parts)
    if max(most, largest) >= MOST:
        return np.ones(len(columns.amounts), bool)
    is_odd = (columns.rates < 0) | (columns.rates > MOST // max(most, 1)) | (columns.amounts < 0)
    factors = np.where(is_odd, 1, np.maximum(columns.rates * most, 1))
    return is_odd | (columns.amounts > MOST // factors)


def _level_payments(columns: _Columns) -> Units:
    """
    Give the level payments: E = P x A / S, rounded, with A and S as ``level_payment`` has them.

    Floating-point numbers only propose: each step of A and S adds at most six roundings of
    2^-53, so that E lies within 16 (n + 4) 2^-53 E. Where no boundary of rounding lies within
    that, the rounded payment is certain; all others are computed in fractions.
    """
    terms, amounts = columns.terms, columns.amounts
    different, place = np.unique(columns.rates, return_inverse=True)
    rate = different / float(columns.rate_size)
    growth, payments = np.ones_like(rate), np.zeros_like(rate)
    for part in columns.parts:
        factor = 1.0 + rate * float(part)
        growth *= factor
        payments *= factor
        payments += 1.0
    exact = amounts * (growth / payments)[place]
    whole = np.floor(exact)
    rest = exact - whole
    away = np.abs(rest - 0.5) if terms.payment_rounding in HALF else np.minimum(rest, 1 - rest)
    payment = whole.astype(np.int64)
    if terms.payment_rounding in HALF:
        payment += rest > 0.5
    elif terms.payment_rounding == "up":
        payment += 1
    bound = 16 * (len(columns.parts) + 4) * STEP
    for column in np.flatnonzero(~(away > bound * exact) | (exact > 2.0**50)):
        rate_of = Fraction(int(columns.rates[column]), columns.rate_size)
        per_unit = (rate_of * part for part in columns.parts)
        sure = level_payment(Fraction(int(amounts[column])), per_unit)
        payment[column] = int(rounded(sure, Fraction(1), terms.payment_rounding))
    return payment


def _rounded_quotient(number: Units, size: int, mode: str, *, out: Units) -> None:
    """Divide whole numbers that are not negative and round; ``number`` is used up."""
    if mode == "down":
        np.floor_divide(number, size, out=out)
        return
    number += size - 1 if mode == "up" else size // 2
    np.floor_divide(number, size, out=out)
    if mode == "half_even" and size % 2 == 0:
        # What was a tie has gone up: an odd result goes back to the even one.
        number -= out * size
        ties = number == 0
        if ties.any():
            out[ties] -= out[ties] & 1
