"""Cancellations: who gives up a commitment that is not drawn, from when on, and what is left."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

from loans.rules.exact import Fraction
from together.ledger.rules.money import Money

MOST_DAYS = 366
MOST_LETTERS = 200


class Side(StrEnum):
    """By whom, or by what, a commitment is cancelled."""

    BORROWER = "borrower"  # it does not want the money any more (LMA: voluntary cancellation)
    LENDER = "lender"  # an event of default, or what else its agreement allows it
    LAPSE = "lapse"  # the availability period is over


WORDS: dict[Side, str] = {
    Side.BORROWER: "by the borrower",
    Side.LENDER: "by the lender",
    Side.LAPSE: "by the end of its availability period",
}


def faults(amount: Money, undrawn: Money, on: date, today: date, reason: str) -> list[str]:
    """
    Say what is wrong with a cancellation, naming field, value and rule.

    The day is the borrower's to choose, from today on, up to a year.
    """
    found = []
    if not 0 < amount.minor_units <= undrawn.minor_units:
        found.append(f"amount: {amount} is not above zero and at most what is not drawn, {undrawn}")
    last = today + timedelta(days=MOST_DAYS)
    if not today <= on <= last:
        found.append(f"on: {on} is not between {today} and {last}")
    if not 0 < len(reason.strip()) <= MOST_LETTERS:
        found.append(f"reason: must be given, in up to {MOST_LETTERS} letters")
    return found


def steps(
    amount: Fraction, since: date, cancelled: Sequence[tuple[date, Fraction]]
) -> list[tuple[date, Fraction]]:
    """
    Give the commitment from each day on that changes it, beginning with the day it is kept from.

    ``cancelled`` says from which day on how much of it is gone. Example: 100 from 1 January, of
    which 40 are gone from 11 January on.

    >>> parts = steps(Fraction(100), date(2026, 1, 1), [(date(2026, 1, 11), Fraction(40))])
    >>> [(day.day, int(left)) for day, left in parts]
    [(1, 100), (11, 60)]
    """
    left, found = amount, [(since, amount)]
    for day, less in sorted(cancelled):
        left -= less
        if day <= found[-1][0]:
            found[-1] = (found[-1][0], left)
        else:
            found.append((day, left))
    return found
