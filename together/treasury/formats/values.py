"""Values in statements: amounts, days, moments and texts, each read strictly or refused by rule."""

import re
import unicodedata
from datetime import UTC, date, datetime, time
from functools import lru_cache

from stdnum import bic, iban

from together.treasury.formats.parsed import LONGEST, Wrong

# Years outside these are slips of a program: 0000, 1970 and 9999 are what faulty ones write.
FIRST_YEAR, LAST_YEAR = 2000, 2099

AMOUNT = re.compile(r"-?([0-9]{1,13})(?:\.([0-9]{1,8}))?")
ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
ASSET = re.compile(r"[A-Z][A-Z0-9]{2,9}")
CURRENCY = re.compile(r"[A-Z]{3}")
CHAIN = re.compile(r"eip155:[1-9][0-9]{0,9}")
IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
ACCOUNT = re.compile(r"[A-Z0-9][A-Z0-9./_-]{0,63}", re.IGNORECASE)
# Controls, format and direction marks, half pairs, private and unassigned characters.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def amount(text: str) -> str:
    """
    Give a plain decimal in its one form: ``-12.50`` as ``-12.5``, ``007`` as ``7``.

    :raises Wrong: if it is none, is a negative zero, or is longer than 13 digits and 8 decimals
    """
    found = AMOUNT.fullmatch(text)
    if not found:
        raise Wrong("is not an amount such as -12.50, of at most 13 digits and 8 decimals")
    whole, decimals = found[1].lstrip("0") or "0", (found[2] or "").rstrip("0")
    plain = f"{whole}.{decimals}" if decimals else whole
    if text.startswith("-") and plain == "0":
        raise Wrong("is a negative zero")
    return f"-{plain}" if text.startswith("-") else plain


def negative(plain: str) -> str:
    """Turn the sign of a plain decimal."""
    if plain == "0":
        return plain
    return plain[1:] if plain.startswith("-") else f"-{plain}"


def day_of(year: str, month: str, day: str) -> date:
    """
    Give a day of the calendar from its three numbers.

    :raises Wrong: if there is no such day, or its year is not from 2000 to 2099
    """
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise Wrong("is no day of the calendar") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Wrong(f"is not of the years {FIRST_YEAR} to {LAST_YEAR}")
    return found


def iso_day(text: str) -> date:
    """
    Read a day such as ``2025-10-14``.

    :raises Wrong: if it is none
    """
    found = ISO_DAY.fullmatch(text)
    if not found:
        raise Wrong("is not a day such as 2025-10-14")
    return day_of(*found.groups())


def moment(text: str) -> datetime:
    """
    Read a moment with its offset, such as ``2025-10-14T12:00:00Z``; it is given in UTC.

    :raises Wrong: if it is none, tells no offset, or its year is not from 2000 to 2099
    """
    try:
        found = datetime.fromisoformat(text)
        if not text.isascii() or found.tzinfo is None:
            raise ValueError
        found = found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Wrong("is not a moment with its offset") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Wrong(f"is not of the years {FIRST_YEAR} to {LAST_YEAR}")
    return found


def day_in_utc(at: datetime) -> date:
    """Give the day of a moment, in UTC."""
    return at.astimezone(UTC).date()


def start_of(day: date) -> datetime:
    """Give the first moment of a day, in UTC."""
    return datetime.combine(day, time(), UTC)


def end_of(day: date) -> datetime:
    """Give the last second of a day, in UTC: what a statement of that day reaches to."""
    return datetime.combine(day, time(23, 59, 59), UTC)


def plain(text: str, field: str) -> str:
    """
    Give a text as it may be kept and shown, for one of the fields of a line.

    White space becomes single spaces. Anything hidden, such as a control character or a mark that
    turns the direction of writing, becomes U+FFFD: a payer's text cannot stop a statement, and
    cannot pretend. Nothing else changes: a formula or a path stays what it is, a text.

    :raises Wrong: if it is longer than the field
    """
    found = " ".join(text.split())
    if len(found) > LONGEST[field]:
        raise Wrong(f"is longer than {LONGEST[field]}")
    if found.isascii() and found.isprintable():
        return found
    return "".join("\ufffd" if unicodedata.category(c) in HIDDEN else c for c in found)


def currency(text: str) -> str:
    """
    Read the code of a currency (ISO 4217).

    :raises Wrong: if it is no three capital letters
    """
    if not CURRENCY.fullmatch(text):
        raise Wrong("is not a currency of three capital letters")
    return text


def asset(text: str) -> str:
    """
    Read the code of an asset: a currency, or a token such as USDC.

    :raises Wrong: if it is no 3 to 10 capital letters and digits
    """
    if not ASSET.fullmatch(text):
        raise Wrong("is not an asset such as USD or USDC")
    return text


def account(text: str) -> str:
    """
    Read the number of the account itself; an IBAN (ISO 13616) loses its spaces and is checked.

    :raises Wrong: if a check digit is wrong, or it holds anything but letters, digits and ``./_-``
    """
    found = text.replace(" ", "")
    if not ACCOUNT.fullmatch(found):
        raise Wrong("is not an account: 1 to 64 letters, digits and ./_-")
    if not IBAN_SHAPE.fullmatch(found.upper()):
        return found
    if not _is_iban(found.upper()):
        raise Wrong("is an IBAN with a wrong length or check digit")
    return found.upper()


@lru_cache(maxsize=10_000)
def _is_iban(text: str) -> bool:
    # A file names the same few accounts on every line.
    return bool(iban.is_valid(text))


def servicer(text: str) -> str:
    """
    Read who keeps an account: a BIC (ISO 9362), its branch left out if it is the head office; or a
    chain by its number (CAIP-2), such as ``eip155:1``.

    :raises Wrong: if it is neither
    """
    if CHAIN.fullmatch(text):
        return text
    if not (text.isascii() and text.isalnum() and text.isupper() and bic.is_valid(text)):
        raise Wrong("is not a BIC of 8 or 11 characters, nor a chain such as eip155:1")
    return text[:8] if text[8:] == "XXX" else text
