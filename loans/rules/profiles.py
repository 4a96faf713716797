"""What is known of an institution: its name, sector, group, parent, affiliation, and limit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stdnum import lei as lei_rules

from loans.rules.countries import COUNTRIES
from together.ledger.rules.money import Money

SECTORS: tuple[tuple[str, str], ...] = (
    ("market_maker", "market maker"),
    ("proprietary_trading", "proprietary trading"),
    ("asset_manager", "asset manager"),
    ("lender", "lender"),
    ("broker", "broker"),
    ("miner", "miner"),
    ("custodian", "custodian"),
    ("payment_firm", "payment firm"),
    ("other", "other"),
)
LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}")
NOT_AFFILIATED = "none"
AFFILIATIONS: tuple[tuple[str, str], ...] = (
    (NOT_AFFILIATED, "none"),
    ("shareholder", "shareholder"),
    ("subsidiary", "subsidiary"),
    ("common_control", "common control"),
    ("key_management", "key management"),
)
# The facts by their names, in the order in which pages tell them.
WORDS: dict[str, str] = {
    "legal_name": "Legal name",
    "aliases": "Also known as",
    "jurisdiction": "Jurisdiction",
    "sector": "Sector",
    "group": "Group of connected clients",
    "parent": "Parent (an institution)",
    "parent_name": "Parent (another entity)",
    "parent_lei": "LEI of that parent",
    "affiliation": "Affiliation to an exchange",
    "exchange": "Exchange",
    "limit": "Limit",
}
# What decides which limits bind: a change of it is decided like a loan of the size of the limit.
WEIGHTY = frozenset(WORDS) - {"legal_name", "aliases", "jurisdiction"}
LONGEST_NAME = 120
LONGEST_EXCHANGE = 80
MOST_ALIASES = 20


@dataclass(frozen=True, slots=True)
class Profile:
    """
    The facts of an institution that may change, each change under four eyes.

    ``group`` and ``parent`` are numbers of records, empty where there is none. A parent that is no
    institution is named with its LEI. ``limit`` is the most that it may owe or be promised.
    """

    legal_name: str
    jurisdiction: str
    sector: str
    limit: Money
    aliases: tuple[str, ...] = ()
    group: str = ""
    parent: str = ""
    parent_name: str = ""
    parent_lei: str = ""
    affiliation: str = NOT_AFFILIATED
    exchange: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """Give the facts as they are approved and compared: the limit in minor units."""
        found: dict[str, Any] = {name: getattr(self, name) for name in WORDS}
        return {**found, "aliases": list(self.aliases), "limit": self.limit.minor_units}


def fold(name: str) -> str:
    """
    Give what two spellings of one name have in common: no blanks, signs or capitals.

    >>> fold("Example  Exchange Ltd.") == fold("example exchange LTD")
    True
    """
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def is_lei(value: str) -> bool:
    """
    Say whether a value is an LEI: 20 characters, the last two of them check digits.

    Source: ISO 17442-1, check digits by ISO/IEC 7064 MOD 97-10, which alone do not ask for length.

    >>> is_lei("5493001KJTIIGC8Y1R12"), is_lei("5493001KJTIIGC8Y1R13"), is_lei("1")
    (True, False, False)
    """
    return bool(LEI.fullmatch(value)) and bool(lei_rules.is_valid(value))


def faults(profile: Profile, lei: str) -> list[str]:
    """Say what of a profile cannot be so, of the institution with this LEI: field, value, rule."""
    return [
        *_named(profile),
        *_listed(profile),
        *_owned(profile, lei),
        *_affiliated(profile),
        *([] if profile.limit.minor_units > 0 else [f"limit: {profile.limit} is not above zero"]),
    ]


def _named(profile: Profile) -> list[str]:
    found = []
    name = profile.legal_name
    if not fold(name) or len(name) > LONGEST_NAME:
        found.append(f"legal_name: {name[:40]!r} must be stated, in up to {LONGEST_NAME} letters")
    for alias in profile.aliases:
        if not fold(alias) or len(alias) > LONGEST_NAME:
            found.append(f"aliases: {alias[:40]!r} is no name of up to {LONGEST_NAME} letters")
    if len({*map(fold, profile.aliases), fold(name)}) != len(profile.aliases) + 1:
        found.append("aliases: one name stands twice, or is the legal name")
    if len(profile.aliases) > MOST_ALIASES:
        found.append(f"aliases: {len(profile.aliases)} names; at most {MOST_ALIASES} are kept")
    return found


def _listed(profile: Profile) -> list[str]:
    known = ", ".join(code for code, _ in SECTORS)
    found = []
    if profile.jurisdiction not in COUNTRIES:
        found.append(f"jurisdiction: {profile.jurisdiction!r} is no country of ISO 3166")
    if profile.sector not in dict(SECTORS):
        found.append(f"sector: {profile.sector!r} is none of {known}")
    return found


def _owned(profile: Profile, lei: str) -> list[str]:
    named = (profile.parent_name, profile.parent_lei)
    found = []
    if profile.parent and any(named):
        found.append(f"parent: {profile.parent} and {' '.join(named)!r} are named: state one")
    if any(named) and not all(named):
        found.append("parent_name and parent_lei: a parent is named with its LEI, or not at all")
    if len(profile.parent_name) > LONGEST_NAME:
        found.append(f"parent_name: must have up to {LONGEST_NAME} letters")
    if profile.parent_lei and not is_lei(profile.parent_lei):
        rule = "is no LEI: 20 characters with valid check digits"
        found.append(f"parent_lei: {profile.parent_lei!r} {rule}")
    if profile.parent_lei == lei:
        found.append(f"parent_lei: {lei} is its own: nobody is their own parent")
    return found


def _affiliated(profile: Profile) -> list[str]:
    kind, exchange = profile.affiliation, profile.exchange
    if kind not in dict(AFFILIATIONS):
        known = ", ".join(code for code, _ in AFFILIATIONS)
        return [f"affiliation: {kind!r} is none of {known}"]
    if kind == NOT_AFFILIATED and exchange:
        return [f"exchange: {exchange[:40]!r} is named, but the affiliation is none"]
    if kind != NOT_AFFILIATED and (not fold(exchange) or len(exchange) > LONGEST_EXCHANGE):
        rule = f"must be named for {dict(AFFILIATIONS)[kind]}, in up to {LONGEST_EXCHANGE} letters"
        return [f"exchange: {exchange[:40]!r} {rule}"]
    return []


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Give the names of the facts that differ, in the order in which pages tell them."""
    return [name for name in WORDS if before.get(name) != after.get(name)]


def weight(before: Mapping[str, Any], after: Mapping[str, Any]) -> int:
    """
    Give the minor units that say who must approve a change: the larger limit, before or after.

    A change of names alone weighs nothing: it moves no limit, and is screened anew.
    """
    if WEIGHTY.isdisjoint(changed(before, after)):
        return 0
    return max(int(before["limit"]), int(after["limit"]))
