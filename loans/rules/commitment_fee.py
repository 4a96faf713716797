"""The commitment fee: what a commitment costs while it is kept and not drawn."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from loans.rules.default_interest import part_of_year
from loans.rules.exact import Fraction
from loans.rules.rounding import rounded
from loans.rules.terms import Terms


def commitment_fee(terms: Terms, kept: Sequence[tuple[date, Fraction]], until: date) -> Fraction:
    """
    Give the fee that a commitment has earned from the day it was accepted up to another day.

    ``kept`` is the commitment that is not drawn from a day on, the first that of the acceptance.
    fee = sum over the parts of undrawn commitment x fee rate x part of a year by the day count of
    the terms, rounded once as interest is; it ends with the availability period. Source: LMA
    facility agreements, commitment fee. Example: 1,000,000.00 at 0.5 % by ACT/360 for 36 days, of
    at most 30; and the same where half of it is cancelled after 10 days.

    >>> from loans.rules.terms import Availability
    >>> terms = Terms("bullet", "ACT/360", availability=Availability(30, Fraction("0.005")))
    >>> whole = [(date(2026, 1, 1), Fraction(10**6))]
    >>> float(commitment_fee(terms, whole, date(2026, 2, 6)))
    416.67
    >>> half = [*whole, (date(2026, 1, 11), Fraction(10**6) / 2)]
    >>> float(commitment_fee(terms, half, date(2026, 2, 6)))
    277.78
    """
    agreed, since = terms.availability, kept[0][0]
    if agreed is None:
        return Fraction(0)
    until = min(until, agreed.ends_on(since))
    exact = Fraction(0)
    for (start, amount), (end, _) in pairwise([*kept, (until, Fraction(0))]):
        last = min(end, until)
        if start < last:
            exact += amount * agreed.fee_rate * part_of_year(terms, since, start, last)
    return rounded(exact, terms.unit, terms.interest_rounding)
