"""Who an institution is (KYB): what must be looked at, and how long it holds."""

from collections.abc import Sequence
from datetime import date, timedelta

# What is filed to know who an institution is; the first three must be there.
KINDS: tuple[tuple[str, str], ...] = (
    ("kyb.register", "extract of the register"),
    ("kyb.owners", "beneficial owners"),
    ("kyb.authority", "who signs for it"),
    ("kyb.licence", "licence"),
    ("kyb.source_of_funds", "source of funds"),
    ("other", "other"),
)
REQUIRED = ("kyb.register", "kyb.owners", "kyb.authority")
# Whatever its documents say, it is looked at anew after two years.
MOST_DAYS = 731
# From so many days before it expires an institution is on the list of those to look at anew.
REMIND_DAYS = 30

Filed = tuple[str, str, date | None]


def faults(filed: Sequence[Filed], on: date, expires_on: date) -> list[str]:
    """
    Say what forbids a verification on a day that shall hold until another: field, value and rule.

    ``filed`` are the documents looked at, all in force: number, kind and the day that it expires.
    Example: without the owners, "documents: none is of kind kyb.owners (beneficial owners)".
    """
    names = dict(KINDS)
    kinds = {kind for _, kind, _ in filed}
    found = [
        f"documents: none is of kind {kind} ({names[kind]})"
        for kind in REQUIRED
        if kind not in kinds
    ]
    if expires_on <= on:
        found.append(f"expires_on: {expires_on} is not after {on}")
    if expires_on > on + timedelta(days=MOST_DAYS):
        found.append(f"expires_on: {expires_on} is more than {MOST_DAYS} days after {on}")
    found += [
        f"expires_on: {expires_on} is after {until}, when {number} expires"
        for number, _, until in filed
        if until is not None and until < expires_on
    ]
    return found
