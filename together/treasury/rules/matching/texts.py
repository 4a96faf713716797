"""Texts of statement lines: references as typed by people and cut by banks, and counterparties."""

import re
from enum import Enum
from functools import lru_cache

from rapidfuzz.distance import OSA

# The number of the first word of a piece of a text, the one after its last, and the piece, plain.
Piece = tuple[int, int, str]
OTHERS = re.compile(r"[^A-Za-z0-9]+")
DIGIT = re.compile(r"[0-9]")
# Letters that are typed for digits, and the digits they are read as.
LOOKALIKES = str.maketrans("OIL", "011")
# The same for signs as bytes, small letters to capitals as well, and the signs that are left out.
AS_COMPARED = bytes.maketrans(b"abcdefghijklmnopqrstuvwxyzOIL", b"ABCDEFGH1JK1MN0PQRSTUVWXYZ011")
LEFT_OUT = bytes(sign for sign in range(128) if not chr(sign).isalnum())
# Less often so: they count where slips are looked for, not where references are compared.
ALSO_ALIKE = str.maketrans("SBZ", "582")
SHAPE = str.maketrans("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0" * 10 + "A" * 26)
# What hides a part of an account: stars, dots, or at least three x.
HIDDEN = re.compile(r"[*\u2022\u2026#]+|[xX]{3,}")
# Shorter references are within reach of each other by one slip.
LONG_ENOUGH = 8
SHORTEST_CUT = 6
SHORTEST_NAME = 6
# The fewest and the most signs of a piece of a text that may be a reference, and words in it.
SHORTEST_PIECE, LONGEST_PIECE, MOST_WORDS = 4, 40, 6


class Agreement(Enum):
    """Whether two texts name the same counterparty."""

    YES = "yes"
    UNKNOWN = "unknown"
    NO = "no"


@lru_cache(maxsize=2**16)
def plain(text: str) -> str:
    """
    Give a reference as it is compared: letters and digits in capitals, lookalikes as digits.

    The database has the same function, ``treasury_plain``.
    """
    return text.encode("ascii", "ignore").translate(AS_COMPARED, LEFT_OUT).decode("ascii")


def pieces(text: str) -> list[Piece]:
    """
    Give what of a text may be a reference: up to six words on end, plain, with a digit in them.

    Words end at any other sign, so that ``REF:R-0001-7/INV`` holds R00017 besides more and less
    of it. Each piece comes with the number of its first word and of the one after its last.
    """
    if not DIGIT.search(text):
        return []
    atoms = [
        (word.upper().translate(LOOKALIKES), bool(DIGIT.search(word)))
        for word in OTHERS.split(text)
        if word
    ]
    found = []
    for first in range(len(atoms)):
        piece, has_digit = "", False
        for last in range(first, min(first + MOST_WORDS, len(atoms))):
            word, is_number = atoms[last]
            piece += word
            if len(piece) > LONGEST_PIECE:
                break
            has_digit = has_digit or is_number
            if len(piece) >= SHORTEST_PIECE and has_digit:
                found.append((first, last + 1, piece))
    return found


def is_slip(said: str, meant: str) -> bool:
    """
    Say whether one plain reference may be the other one with slips of the hand, or cut short.

    Cut is what begins or ends as the other one does.
    """
    is_tail = len(said) >= SHORTEST_CUT and meant.endswith(said)
    return is_tail or is_cut(said, meant) or is_typo(said, meant)


def is_cut(said: str, meant: str) -> bool:
    """Say whether one plain reference begins the other one, and is long enough to tell."""
    return len(said) >= SHORTEST_CUT and meant.startswith(said)


def is_typo(said: str, meant: str) -> bool:
    """
    Say whether one plain reference may be the other one with slips of the hand.

    Slips are wrong, missing, added and swapped signs: two in long references, one in others
    (optimal string alignment distance); letters that look like digits are none.
    """
    if not said or not meant:
        return False
    said, meant = said.translate(ALSO_ALIKE), meant.translate(ALSO_ALIKE)
    most = 2 if min(len(said), len(meant)) >= LONG_ENOUGH else 1
    return OSA.distance(said, meant, score_cutoff=most) <= most


def resembles(text: str, meant: str) -> bool:
    """
    Say whether a text may hold a plain reference with slips, or end within it, cut by a bank.

    The last words of a text alone are no part of a reference: every series has a number 17.
    """
    if is_slip(plain(text), meant):
        return True
    found = pieces(text)
    end = max((end for _, end, _ in found), default=0)
    return any(
        is_typo(one, meant) or (last == end and is_cut(one, meant)) for _, last, one in found
    )


def same_shape(one: str, other: str) -> bool:
    """
    Say whether plain references have digits and letters in the same places.

    Of references that are counted one with a wrong digit is another one, which somebody may use;
    one with a digit too few is none.
    """
    return one.translate(SHAPE) == other.translate(SHAPE)


def same_name(one: str, other: str) -> bool:
    """
    Say whether two names are one: equal, one a part of the other, or a slip of a long one.

    Digits must be the same: "Fund 17" is not "Fund 170".
    """
    shorter, longer = sorted((plain(one), plain(other)), key=len)
    if shorter == longer:
        return True
    if _digits(one) != _digits(other) or len(shorter) < SHORTEST_NAME:
        return False
    if shorter in longer:
        return True
    return len(shorter) >= 2 * SHORTEST_NAME and OSA.distance(shorter, longer, score_cutoff=1) <= 1


def agreement(*, accounts: tuple[str, str], names: tuple[str, str]) -> Agreement:
    """
    Say whether a line (first of each pair) is of the counterparty that we expect (second).

    Accounts decide if both sides tell one; names do otherwise. A name cannot be held against an
    account, nor an account that is hidden or cut against one that it may be: then nothing is
    known.
    """
    one, other = map(plain, accounts)
    if one and other:
        if one == other:
            return Agreement.YES
        return Agreement.UNKNOWN if _may_be_part(accounts[0], other) else Agreement.NO
    if plain(names[0]) and plain(names[1]):
        return Agreement.YES if same_name(*names) else Agreement.NO
    return Agreement.UNKNOWN


def is_whole(account: str) -> bool:
    """Say whether an account is told, with nothing of it hidden."""
    return bool(plain(account)) and not HIDDEN.search(account)


def _may_be_part(told: str, whole: str) -> bool:
    """Say whether an account as told, hidden in its middle or cut, may be a plain one."""
    hidden = HIDDEN.search(told)
    if hidden:
        head, tail = plain(told[: hidden.start()]), plain(told[hidden.end() :])
        return whole.startswith(head) and whole.endswith(tail)
    return len(plain(told)) >= SHORTEST_CUT and whole.startswith(plain(told))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
