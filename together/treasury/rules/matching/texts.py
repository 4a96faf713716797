"""Texts of statement lines: references as typed by people and cut by banks, and counterparties."""

import re
from enum import Enum

from rapidfuzz.distance import OSA

OTHERS = re.compile(r"[^A-Za-z0-9]+")
WORDS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*")
# Letters that are typed for digits, and the digits they are read as.
LOOKALIKES = str.maketrans("OIL", "011")
# Shorter references are within reach of each other by one slip.
LONG_ENOUGH = 8
SHORTEST_CUT = 6
SHORTEST_NAME = 6


class Agreement(Enum):
    """Whether two texts name the same counterparty."""

    YES = "yes"
    UNKNOWN = "unknown"
    NO = "no"


def plain(text: str) -> str:
    """
    Give a reference as it is compared: letters and digits in capitals, lookalikes as digits.

    The database has the same function, ``treasury_plain``.
    """
    return OTHERS.sub("", text).upper().translate(LOOKALIKES)


def words(text: str) -> list[str]:
    """Give the words of a text that may be references, plain, in their order."""
    return [plain(word) for word in WORDS.findall(text)]


def is_slip(said: str, meant: str) -> bool:
    """
    Say whether one plain reference may be the other one with slips of the hand, or cut short.

    Slips are wrong, missing, added and swapped signs: two in long references, one in others
    (optimal string alignment distance). Cut is what begins or ends as the other one does.
    """
    if not said or not meant:
        return False
    if min(len(said), len(meant)) >= SHORTEST_CUT and (
        meant.startswith(said) or meant.endswith(said)
    ):
        return True
    most = 2 if min(len(said), len(meant)) >= LONG_ENOUGH else 1
    return OSA.distance(said, meant, score_cutoff=most) <= most


def same_name(one: str, other: str) -> bool:
    """
    Say whether two names are one: equal, one a part of the other, or a slip of a long one.

    Digits must be the same: "Fund 17" is not "Fund 170".
    """
    shorter, longer = sorted((plain(one), plain(other)), key=len)
    if shorter == longer:
        return True
    if _digits(shorter) != _digits(longer) or len(shorter) < SHORTEST_NAME:
        return False
    if shorter in longer:
        return True
    return len(shorter) >= 2 * SHORTEST_NAME and OSA.distance(shorter, longer, score_cutoff=1) <= 1


def agreement(*, accounts: tuple[str, str], names: tuple[str, str]) -> Agreement:
    """
    Say whether a line (first of each pair) is of the counterparty that we expect (second).

    Accounts decide if both sides tell one; names do otherwise. A name cannot be held against an
    account: then nothing is known.
    """
    one, other = map(plain, accounts)
    if one and other:
        return Agreement.YES if one == other else Agreement.NO
    if plain(names[0]) and plain(names[1]):
        return Agreement.YES if same_name(*names) else Agreement.NO
    return Agreement.UNKNOWN


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
