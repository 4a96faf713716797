"""Continuity: how a statement must follow the last one of its account, and what breaks that."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

# What a bank books on a Saturday stands on Monday's statement; some tell value days only.
DAYS_BEFORE = timedelta(days=10)
END_OF_DAY = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Stated:
    """
    What a statement says of itself; amounts are minor units.

    ``source_number`` is the number that its servicer gave it. ``first_block`` and ``last_block``
    are those of a chain, as number and hash; ``parent_hash`` is that of the block before.
    """

    opening: int
    closing: int
    from_at: datetime
    to_at: datetime
    source_number: int | None = None
    first_block: tuple[int, str] | None = None
    last_block: tuple[int, str] | None = None
    parent_hash: str = ""


@dataclass(frozen=True, slots=True)
class Before:
    """
    The last statement of the account: its ordinal, and what it said.

    ``last_told`` is the newest number that the servicer gave any statement, with the year that
    statement ended in; the last one may have come in a format without numbers.
    """

    number: int
    stated: Stated
    last_told: tuple[int, int] | None = None


def broken_within(new: Stated, moved: int) -> str:
    """Say how a statement contradicts itself; ``moved`` is the sum of its lines."""
    if new.to_at < new.from_at:
        return f"ends on {_day(new.to_at)}, before it begins on {_day(new.from_at)}"
    off = new.opening + moved - new.closing
    return f"has lines that are off its closing balance by {{{abs(off)}}}" if off else ""


def misplaced(new: Stated, booked_at: datetime, value_on: date | None) -> str:
    """
    Say how a line stands on a statement of other days; nothing if it does not.

    A line may be booked up to ten days before, never after the end, except where its day may be
    that of its value.
    """
    may_be_value = value_on == booked_at.date()
    last = new.to_at + DAYS_BEFORE if may_be_value else new.to_at
    if new.from_at - DAYS_BEFORE <= booked_at <= last:
        return ""
    return f"is booked outside of the statement, {_day(new.from_at)} to {_day(new.to_at)}"


def broken_after(before: Before | None, new: Stated) -> str:
    """
    Say how a statement does not follow the last one; nothing if it does.

    Amounts stand in the text as ``{minor units}``, for who knows the asset.
    """
    if before is None:
        return f"opens with {{{new.opening}}}; expected is {{0}}, it is the first" * bool(
            new.opening
        )
    last = before.stated
    return (
        _overlap(before.number, last, new)
        or _number(before, new)
        or _blocks(before.number, last, new)
        or (
            f"opens with {{{new.opening}}}; expected is an opening with {{{last.closing}}}, which"
            f" statement {before.number} closed with"
            if new.opening != last.closing
            else ""
        )
    )


def _overlap(number: int, last: Stated, new: Stated) -> str:
    """Compare moments; where both tell days, the opening may be dated as the last closing."""
    tells_days = new.from_at.time() == time() and last.to_at.time() == END_OF_DAY
    end = datetime.combine(last.to_at.date(), time(), last.to_at.tzinfo) if tells_days else None
    if new.from_at >= (end or last.to_at):
        return ""
    return (
        f"begins {_moment(new.from_at)}, which is before statement {number} ended,"
        f" {_moment(last.to_at)}: they overlap"
    )


def _number(before: Before, new: Stated) -> str:
    """Compare the servicer's numbers: the next one, or 1 in a new year."""
    if new.source_number is None or before.last_told is None:
        return ""
    told, year = before.last_told
    if new.to_at.year > year and new.source_number == 1:
        return ""
    has_gap = new.source_number > told + 1 and before.stated.source_number is not None
    if new.source_number > told and not has_gap:
        return ""
    name = f"has number {new.source_number} of its servicer"
    if not has_gap:
        return f"{name}; number {told} is here already: expected is statement {told + 1}"
    missing = (
        f"{told + 1}"
        if new.source_number == told + 2
        else f"{told + 1} to " + str(new.source_number - 1)
    )
    return f"{name}; expected is statement {told + 1}: {missing} is missing"


def _blocks(number: int, last: Stated, new: Stated) -> str:
    """Compare the blocks of a chain: the next one, whose parent is the last one."""
    if last.last_block is None or new.first_block is None:
        return ""
    ended, last_hash = last.last_block
    begun = new.first_block[0]
    if begun != ended + 1:
        gap = f"blocks {ended + 1} to {begun - 1} are missing" if begun > ended else "they overlap"
        return f"begins with block {begun}; statement {number} ended with block {ended}: {gap}"
    if new.parent_hash and new.parent_hash != last_hash:
        return (
            f"begins on block {new.parent_hash}; statement {number} ended with {last_hash}: the"
            " chain was re-organised"
        )
    return ""


def _day(at: datetime) -> str:
    return at.date().isoformat()


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
