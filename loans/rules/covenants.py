"""Covenants: what they may ask for, and whether a figure keeps one."""

import re
from collections.abc import Mapping
from datetime import date

from loans.rules.credit.figures import Figure
from loans.rules.credit.ratios import BY_NAME_OF_RATIO, in_words
from loans.rules.exact import Fraction

KINDS: tuple[tuple[str, str], ...] = (
    ("financial", "financial: a ratio is kept"),
    ("information", "information: something is delivered"),
)
BOUND = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")
MONTHS, MOST_DAYS = (1, 3, 6, 12), 180
KEPT, BREACHED, UNKNOWN = "kept", "breached", "not known"


def faults(said: Mapping[str, object]) -> list[str]:
    """
    Say what is wrong with a covenant: field, value and rule of each.

    Example: a financial one without a bound, "bound: '' is not a decimal number".
    """
    kind = said["kind"]
    if kind == "financial":
        found = _financial(said)
    elif kind == "information":
        found = [] if str(said["text"]).strip() else ["text: must say what is delivered"]
    else:
        found = [f"kind: {kind!r} is none of {', '.join(dict(KINDS))}"]
    if len(str(said["text"])) > 400:
        found.append("text: must have up to 400 letters")
    if said["every_months"] not in MONTHS:
        months = ", ".join(map(str, MONTHS))
        found.append(f"every_months: {said['every_months']} is none of {months}")
    return found + [
        f"{name}: {said[name]} is not between 0 and {MOST_DAYS}"
        for name in ("due_days", "cure_days")
        if not _are_days(said[name])
    ]


def _are_days(value: object) -> bool:
    return type(value) is int and 0 <= value <= MOST_DAYS


def _financial(said: Mapping[str, object]) -> list[str]:
    found = []
    if said["ratio"] not in BY_NAME_OF_RATIO:
        found.append(f"ratio: {said['ratio']!r} is no ratio that is computed")
    if not BOUND.fullmatch(str(said["bound"])):
        found.append(f"bound: {said['bound']!r} is not a decimal number such as 0.25")
    return found


def words(kind: str, ratio: str, bound: str, text: str, *, is_least: bool) -> str:
    """
    Say a covenant in words.

    >>> words("financial", "equity_ratio", "0.25", "", is_least=True)
    'Equity over total assets: at least 25.00 %'
    """
    if kind == "information":
        return text
    side = "at least" if is_least else "at most"
    return f"{BY_NAME_OF_RATIO[ratio].title}: {side} {in_words(ratio, bound)}"


def outcome(figure: Figure, bound: str, *, is_least: bool) -> str:
    """
    Say whether a figure keeps a bound; one that is not evidenced says nothing.

    >>> outcome(Figure(Fraction("0.24")), "0.25", is_least=True)
    'breached'
    """
    if not figure.is_evidenced:
        return UNKNOWN
    if figure.value is None:
        return KEPT if is_least else BREACHED
    limit = Fraction(bound)
    return KEPT if (figure.value >= limit if is_least else figure.value <= limit) else BREACHED


def period_ends(since: date, until: date, every_months: int) -> list[date]:
    """
    Give the last days of the periods that a covenant is tested for, after a day and up to another.

    Periods end with the calendar's months: every three of them in March, June, September, December.

    >>> [str(day) for day in period_ends(date(2025, 10, 14), date(2026, 4, 1), 3)]
    ['2025-12-31', '2026-03-31']
    """
    found: list[date] = []
    year, month = since.year, since.month
    while True:
        month += 1
        if month > 12:
            year, month = year + 1, 1
        last = date.fromordinal(date(year, month, 1).toordinal() - 1)
        if last > until:
            return found
        if last > since and last.month % every_months == 0:
            found.append(last)
