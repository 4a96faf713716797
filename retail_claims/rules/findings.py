"""
Findings: rows of the evidence that the programme's people state, and the rows they take out.

A finding is a row as it would stand in a file of the evidence, or says that a row with its key
does not count. Which account somebody with several is paid on stands in no file: it is a finding
alone.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple

from retail_claims.rules.columns import FILES, KEYS, Column, Kind

PAYEES = "payees"
PAYEE_COLUMNS = (Column("person_id", "id"), Column("account_id", "id"))
ROLES: dict[str, str] = {
    "exclusions": "Exclusion",
    "holds": "Hold",
    "incidents": "Incident",
    "accounts": "Owner of an account",
    "prior": "Compensation from elsewhere",
    PAYEES: "Account to be paid on",
}
# What stands in the columns beside the key of a row that does not count: they are not asked for.
PLACEHOLDERS: dict[Kind, str] = {
    "id": "x",
    "instrument or *": "*",
    "subject kind": "account",
    "amount": "0",
    "time": "1970-01-01T00:00:00Z",
    "time or empty": "",
}
# The first of these that a finding states is what it is found by.
ABOUT = ("subject", "person_id", "account_id", "incident_id", "ref")
LATER = "1970-01-01T00:00:01Z"
CODES = {
    "missing_value": "must be stated",
    "bad_id": "is no id: a letter or digit, then up to 63 of letters, digits, _ . : -",
    "unknown_value": "is none of the words that may stand there",
    "bad_timestamp": "is no time (YYYY-MM-DDThh:mm:ss, then Z or an offset)",
    "bad_number": "is no amount: up to 13 digits, a point, up to 8 decimals",
    "negative": "must not be below zero",
    "bad_interval": "must be after the start",
    "unknown_class": "is no class of the policy",
    "unknown_code": "is no code of the policy",
}


class Change(NamedTuple):
    """What a finding does to a file: the key that it is about, and the row in its place, if any."""

    key: tuple[str, ...]
    row: tuple[str, ...] | None


def columns(role: str) -> tuple[Column, ...]:
    """Give the columns of a finding of a role, in their order."""
    return PAYEE_COLUMNS if role == PAYEES else FILES[role]


def keys(role: str) -> tuple[str, ...]:
    """Give the names of the columns that make the key."""
    size = 1 if role == PAYEES else KEYS[role]
    return tuple(column.name for column in columns(role)[:size])


def may_not_count(role: str) -> bool:
    """Say whether a row can be taken out: an account always has an owner, itself at least."""
    return role != "accounts"


def is_at_once(role: str, *, counts: bool) -> bool:
    """Say whether one person's word is enough: to hold a claim stops it, and pays nobody."""
    return role == "holds" and counts


def key_of(role: str, cells: Mapping[str, str]) -> str:
    """Give the key of a finding as text: the cells of its key as JSON."""
    return json.dumps([cells[name] for name in keys(role)])


def about(cells: Mapping[str, str]) -> str:
    """Give what a finding is found by: whom or what it is about."""
    return next(cells[name] for name in ABOUT if name in cells)


def change(role: str, cells: Mapping[str, str], *, counts: bool) -> Change:
    """Give what a finding does to the file of its role."""
    key = tuple(cells[name] for name in keys(role))
    return Change(key, tuple(cells[one.name] for one in columns(role)) if counts else None)


def as_row(role: str, cells: Mapping[str, str], default_class: str) -> tuple[str, ...]:
    """Give a finding as a whole row, with placeholders where it says nothing."""
    given = {column.name: cells.get(column.name, "") for column in columns(role)}
    for column in columns(role):
        if not given[column.name] and column.name not in keys(role):
            holds = default_class if column.kind == "class" else PLACEHOLDERS.get(column.kind, "")
            given[column.name] = LATER if column.name == "ends_at" else holds
    return tuple(given.values())


def words(role: str, cells: Mapping[str, str]) -> str:
    """
    Say in a line what a finding is about.

    >>> words("holds", {"subject_kind": "account", "subject": "A-7", "code": "dispute"})
    'account A-7, dispute'
    """
    if role in ("exclusions", "holds"):
        return f"{cells['subject_kind']} {cells['subject']}, {cells['code']}"
    if role in ("accounts", PAYEES):
        return f"account {cells['account_id']}, person {cells['person_id']}"
    name = cells[keys(role)[0]]
    more = cells.get("instrument") or cells.get("subject")
    return f"{name}, {more}" if more else name
