"""Impairment: the stage of a loan, and what it is expected to lose (IFRS 9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from loans.rules.exact import Fraction

DAYS_OF_YEAR = 365
# More than 30 days past due is a significant increase in credit risk (IFRS 9, 5.5.11); default is
# no later than 90 days past due (B5.5.37).
INCREASED, IN_DEFAULT = 30, 90
NAMES = {
    1: "1: performing",
    2: "2: credit risk increased significantly",
    3: "3: credit-impaired",
}


@dataclass(frozen=True, slots=True)
class Signs:
    """
    What is seen of a loan: days past due, and what people or monitors decided about it.

    ``defaulted`` says why it is in default whatever its days, ``watched`` why it is on the watch
    list; empty where neither is so.
    """

    days_past_due: int
    defaulted: str = ""
    watched: str = ""


def stage(signs: Signs) -> tuple[int, str]:
    """
    Give the stage of a loan, 1 to 3, and the reason for it.

    Source: IFRS 9, 5.5.3 to 5.5.5, 5.5.11, B5.5.37. Cure is immediate once nothing speaks for
    another stage: whoever doubts it keeps the loan on the watch list.

    >>> stage(Signs(31))
    (2, '31 days past due')
    >>> stage(Signs(0, defaulted="margin call MC-0001 defaulted"))
    (3, 'margin call MC-0001 defaulted')
    """
    late = f"{signs.days_past_due} days past due"
    if signs.defaulted or signs.days_past_due >= IN_DEFAULT:
        return 3, signs.defaulted or late
    if signs.watched or signs.days_past_due > INCREASED:
        return 2, signs.watched or late
    return 1, "nothing speaks against it"


@dataclass(frozen=True, slots=True)
class Risk:
    """Probability of default in a year, loss given default and effective rate, as fractions."""

    probability: Fraction
    given_default: Fraction
    rate: Fraction


def allowance(
    number: int, principal: Sequence[tuple[date, int]], others: int, risk: Risk, on: date
) -> Fraction:
    """
    Give the loss allowance of a loan in a stage, unrounded, in minor units.

    ``principal`` is what is open by due date, ``others`` the interest and charges that are owed
    today. Stage 1: losses of defaults within a year; stage 2: within the whole life; stage 3: the
    loss given default of what is owed, as the default has happened.

        allowance = sum over intervals of (S(begin) - S(end)) x LGD x E x D(end)
        S(t) = (1 - PD)^years x (1 - PD x rest), D(t) = 1 / ((1 + r)^years x (1 + r x rest))

    An interval ends on a due date, on the anniversary of ``on``, or at the horizon; E is what is
    open during it. What is past due stays open to the end of the first interval. Source: IFRS 9,
    5.5.17, B5.5.28, B5.5.44 (discounted at the effective rate). Example: 1,000 due in a year, PD
    10 %, LGD 45 %, rate 0: 1,000 x 0.10 x 0.45.

    >>> risk = Risk(Fraction("0.1"), Fraction("0.45"), Fraction(0))
    >>> str(allowance(1, [(date(2026, 10, 14), 1000)], 0, risk, date(2025, 10, 14)))
    '45'
    """
    if number == 3:
        return risk.given_default * (sum(amount for _, amount in principal) + others)
    horizon = DAYS_OF_YEAR if number == 1 else max(DAYS_OF_YEAR, _days(principal, on))
    found, begin = Fraction(0), 0
    for end in _ends(principal, on, horizon):
        exposed = others + sum(a for due, a in principal if (due - on).days > begin or begin == 0)
        fails = _survival(risk.probability, begin) - _survival(risk.probability, end)
        found += fails * risk.given_default * exposed / _growth(risk.rate, end)
        begin = end
    return found


def _days(principal: Sequence[tuple[date, int]], on: date) -> int:
    return max(((due - on).days for due, _ in principal), default=0)


def _ends(principal: Sequence[tuple[date, int]], on: date, horizon: int) -> list[int]:
    """Give the ends of the intervals in days from now: due dates, anniversaries, the horizon."""
    last = min(horizon, max(_days(principal, on), 1))
    days = {(due - on).days for due, _ in principal} | set(range(DAYS_OF_YEAR, last, DAYS_OF_YEAR))
    return sorted({day for day in days if 0 < day < last} | {last})


def _survival(probability: Fraction, days: int) -> Fraction:
    years, rest = divmod(days, DAYS_OF_YEAR)
    return Fraction((1 - probability) ** years * (1 - probability * Fraction(rest, DAYS_OF_YEAR)))


def _growth(rate: Fraction, days: int) -> Fraction:
    years, rest = divmod(days, DAYS_OF_YEAR)
    return Fraction((1 + rate) ** years * (1 + rate * Fraction(rest, DAYS_OF_YEAR)))
