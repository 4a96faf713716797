"""Texts of the programme: how money, rates, times and ids are read and written, exactly."""

import json
import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

# One atom is 0.00000001 USD, the smallest amount that evidence can state.
ATOMS = 10**8
CONTRACT = "retail-claims-adjudication/1"

ID = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"
MONEY = r"-?[0-9]{1,13}(\.[0-9]{1,8})?"
TIME = (
    r"(19[7-9][0-9]|2[0-9]{3})-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(\.[0-9]{1,6})?(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
)
_ID, _MONEY, _TIME = (re.compile(pattern) for pattern in (ID, MONEY, TIME))
_QUOTIENT = re.compile(r"([0-9]{1,7})/([0-9]{1,7})")
_DECIMAL = re.compile(r"[0-9]{1,7}(\.[0-9]{1,6})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class NotReadable(ValueError):
    """Raised when a text is not what it should be; says the rule."""


def read_id(text: str) -> str:
    """
    Read an id: letters, digits and ``_.:-``, at most 64, taken as it stands.

    :raises NotReadable: otherwise
    """
    if not _ID.fullmatch(text):
        raise NotReadable("is no id (a letter or digit, then up to 63 of letters, digits, _ . : -)")
    return text


def read_money(text: str) -> int:
    """
    Read money text as whole atoms.

    :raises NotReadable: if it is not up to 13 digits, with up to 8 decimals
    """
    if not _MONEY.fullmatch(text):
        raise NotReadable("is no money text (up to 13 digits, a point, up to 8 decimals)")
    whole, _, decimals = text.lstrip("-").partition(".")
    atoms = int(whole) * ATOMS + int(decimals.ljust(8, "0"))
    return -atoms if text[0] == "-" else atoms


def write_money(atoms: int) -> str:
    """
    Write atoms as money text, always with eight decimals.

    >>> write_money(-150000000)
    '-1.50000000'
    """
    whole, rest = divmod(abs(atoms), ATOMS)
    return f"{'-' if atoms < 0 else ''}{whole}.{rest:08d}"


def read_rate(text: str) -> Fraction:
    """
    Read a rate: a decimal of at most six decimals, or ``n/d``.

    :raises NotReadable: if it is neither, or n or d is beyond 1,000,000
    """
    quotient = _QUOTIENT.fullmatch(text)
    if quotient:
        above, below = int(quotient[1]), int(quotient[2])
        if below and max(above, below) <= 10**6:
            return Fraction(above, below)
    elif _DECIMAL.fullmatch(text):
        return Fraction(text)
    raise NotReadable("is no rate (a decimal with up to 6 decimals, or n/d up to 1000000)")


def write_fraction(value: Fraction) -> str:
    """Write a fraction as ``N/D`` in lowest terms."""
    return f"{value.numerator}/{value.denominator}"


def read_time(text: str) -> int:
    """
    Read a time with its offset as microseconds since 1970 in UTC.

    :raises NotReadable: if it is no such time of the years 1970 to 2999
    """
    if not _TIME.fullmatch(text):
        raise NotReadable("is no time (YYYY-MM-DDThh:mm:ss[.f], then Z or +hh:mm or -hh:mm)")
    # Six decimals, so that one reading of ISO 8601 serves every fraction.
    moment, fraction, offset = text[:19], text[19:], "+00:00"
    if fraction[-1] != "Z":
        fraction, offset = fraction[:-6], fraction[-6:]
    digits = fraction.strip(".Z").ljust(6, "0")
    try:
        local = datetime.fromisoformat(f"{moment}.{digits}+00:00")
    except ValueError:
        raise NotReadable("is no day of the calendar") from None
    minutes = int(offset[1:3]) * 60 + int(offset[4:6])
    shift = -minutes if offset[0] == "+" else minutes
    return (local - _EPOCH) // _MICROSECOND + shift * 60_000_000


def write_time(microseconds: int) -> str:
    """Write a time in UTC with six decimals."""
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(value: Any) -> bytes:
    """Give the canonical JSON of a value: keys sorted, no blanks, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
