"""Entries of screening lists as every format gives them, and what each of them must hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

LONGEST_REFERENCE = 60
LONGEST_NAME = 400
MOST_NAMES = 400
MOST_ENTRIES = 200_000


class NotAList(Exception):
    """Raised when a file is no list of its source; says where, which value and the rule."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: who is listed, under which names, with which addresses, and why."""

    reference: str
    kind: str
    names: tuple[str, ...]
    addresses: tuple[str, ...] = ()
    programme: str = ""


@dataclass(frozen=True, slots=True)
class ParsedList:
    """A list: the day that it was issued on, and its entries."""

    issued_on: date
    entries: Sequence[Entry]


def entry(
    where: str,
    *,
    reference: str,
    kind: str,
    names: Sequence[str],
    addresses: Sequence[str] = (),
    programme: str = "",
) -> Entry:
    """
    Make an entry of what a file says, each name once.

    :raises NotAList: if it has no reference or no name, or one is too long
    """
    known = tuple(dict.fromkeys(" ".join(name.split()) for name in names if name.strip()))
    if not reference or len(reference) > LONGEST_REFERENCE:
        raise NotAList(f"{where}: reference: {reference[:20]!r} is none of up to 60 signs")
    if not known or len(known) > MOST_NAMES:
        raise NotAList(f"{where}: {reference} has {len(known)} names, not 1 to {MOST_NAMES}")
    if any(len(name) > LONGEST_NAME for name in (*known, *addresses)):
        raise NotAList(f"{where}: {reference} has a name longer than {LONGEST_NAME}")
    where_to = tuple(dict.fromkeys(one.strip() for one in addresses if one.strip()))
    return Entry(reference, kind.strip()[:40].lower(), known, where_to, programme.strip()[:200])


def whole(issued_on: date, entries: Sequence[Entry]) -> ParsedList:
    """
    Make a list of its entries.

    :raises NotAList: if it has none, too many, or two under one reference
    """
    if not 1 <= len(entries) <= MOST_ENTRIES:
        raise NotAList(f"list: it has {len(entries)} entries, not 1 to {MOST_ENTRIES:,}")
    seen: set[str] = set()
    for one in entries:
        if one.reference in seen:
            raise NotAList(f"list: two entries have the reference {one.reference!r}")
        seen.add(one.reference)
    return ParsedList(issued_on, tuple(entries))
