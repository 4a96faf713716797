"""The commitment fee: what a commitment costs while it is kept and not drawn."""

from datetime import date

from loans.rules.default_interest import part_of_year
from loans.rules.exact import Fraction
from loans.rules.rounding import rounded
from loans.rules.terms import Terms


def commitment_fee(terms: Terms, commitment: Fraction, since: date, until: date) -> Fraction:
    """
    Give the fee that a commitment has earned from the day it was accepted up to another day.

    fee = undrawn commitment x fee rate x part of a year by the day count of the terms, rounded
    once as interest is; it ends with the availability period. Source: LMA facility agreements,
    commitment fee. Example: 1,000,000.00 at 0.5 % by ACT/360 for 36 days, of at most 30.

    >>> from loans.rules.terms import Availability
    >>> terms = Terms("bullet", "ACT/360", availability=Availability(30, Fraction("0.005")))
    >>> float(commitment_fee(terms, Fraction(10**6), date(2026, 1, 1), date(2026, 2, 6)))
    416.67
    """
    agreed = terms.availability
    if agreed is None:
        return Fraction(0)
    until = min(until, agreed.ends_on(since))
    if until <= since:
        return Fraction(0)
    exact = commitment * agreed.fee_rate * part_of_year(terms, since, since, until)
    return rounded(exact, terms.unit, terms.interest_rounding)
