"""Readers of a policy's keys: each checks what stands there and gives value and canonical text."""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from retail_claims.rules import texts
from retail_claims.rules.texts import NotReadable, write_fraction, write_money, write_time


class BadPolicy(ValueError):
    """Raised when a policy breaks a rule; ``path`` says where, such as ``award.floor``."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path, self.message = path, message


class Read(NamedTuple):
    """What was read: its value in numbers, and its canonical text."""

    value: Any
    text: Any


Reader = Callable[[str, Any], Read]


def rate(path: str, raw: Any) -> Read:
    """Read a rate as a person may write it."""
    value = _readable(path, raw, texts.read_rate)
    return Read(value, write_fraction(value))


def reduced_rate(path: str, raw: Any) -> Read:
    """Read a rate as the canonical form writes it: ``N/D``, of any length that decimals give."""
    demand(bool(re.fullmatch(r"[0-9]{1,13}/[0-9]{1,7}", text(path, raw))), path, "must be N/D")
    above, below = (int(part) for part in raw.split("/"))
    demand(below > 0, path, "must not divide by zero")
    return Read(Fraction(above, below), write_fraction(Fraction(above, below)))


def money(path: str, raw: Any) -> Read:
    """Read an amount of at least zero."""
    atoms = _readable(path, raw, texts.read_money)
    demand(atoms >= 0, path, "must not be negative")
    return Read(atoms, write_money(atoms))


def positive(inner: Reader) -> Reader:
    """Read what must be above zero."""

    def reader(path: str, raw: Any) -> Read:
        read = inner(path, raw)
        demand(read.value > 0, path, "must be above zero")
        return read

    return reader


def at_most(inner: Reader, limit: int) -> Reader:
    """Read what must not be above a limit."""

    def reader(path: str, raw: Any) -> Read:
        read = inner(path, raw)
        demand(read.value <= limit, path, f"must not be above {limit}")
        return read

    return reader


def unit(path: str, raw: Any) -> Read:
    """Read the unit of an award: 10^-k, k from 0 to 8."""
    read = money(path, raw)
    powers = [10**k for k in range(9)]
    demand(read.value in powers, path, "must be 1, 0.1, 0.01 ... down to 0.00000001")
    return read


def moment(path: str, raw: Any) -> Read:
    """Read a time; its canonical text is in UTC."""
    moment = _readable(path, raw, texts.read_time)
    return Read(moment, write_time(moment))


def identifier(path: str, raw: Any) -> Read:
    """Read an id."""
    read = _readable(path, raw, texts.read_id)
    return Read(read, read)


def identifiers(path: str, raw: Any) -> Read:
    """Read a list of ids; order and repeats say nothing."""
    demand(isinstance(raw, list), path, "must be a list")
    found = sorted({identifier(f"{path}[{n}]", one).value for n, one in enumerate(raw)})
    return Read(found, found)


def wallets(path: str, raw: Any) -> Read:
    """Read null (all wallets) or the list of those that count."""
    return Read(None, None) if raw is None else identifiers(path, raw)


def choice(*options: str) -> Reader:
    """Read one of some words."""

    def reader(path: str, raw: Any) -> Read:
        allowed = isinstance(raw, str) and raw in options
        demand(allowed, path, f"must be {' or '.join(options)}, not {raw!r:.80}")
        return Read(raw, raw)

    return reader


def choices(options: tuple[str, ...], *, may_be_empty: bool) -> Reader:
    """Read a list of some words; order and repeats say nothing."""

    def reader(path: str, raw: Any) -> Read:
        demand(isinstance(raw, list), path, "must be a list")
        demand(may_be_empty or bool(raw), path, "must not be empty")
        one_of = choice(*options)
        found = sorted({one_of(f"{path}[{n}]", one).value for n, one in enumerate(raw)})
        return Read(found, found)

    return reader


def flag(path: str, raw: Any) -> Read:
    """Read true or false."""
    demand(isinstance(raw, bool), path, "must be true or false")
    return Read(raw, raw)


def integer(least: int) -> Reader:
    """Read a whole number, written as a number."""

    def reader(path: str, raw: Any) -> Read:
        demand(type(raw) is int and raw >= least, path, f"must be a whole number >= {least}")
        return Read(raw, raw)

    return reader


def name(path: str, raw: Any) -> Read:
    """Read the name of the policy."""
    demand(1 <= len(text(path, raw)) <= 100, path, "must have 1 to 100 characters")
    unwritable = re.search("[\0\ud800-\udfff]", raw)
    demand(not unwritable, path, "must not hold NUL or half characters")
    return Read(raw, raw)


def salt(path: str, raw: Any) -> Read:
    """Read the salt."""
    fits = bool(re.fullmatch(r"[ -~]{16,128}", text(path, raw)))
    demand(fits, path, "must be 16 to 128 printable ASCII characters")
    return Read(raw, raw)


def nothing(path: str, raw: Any) -> Read:
    """Read the null of a last step."""
    demand(raw is None, path, "must be null in the last one")
    return Read(None, None)


def text(path: str, raw: Any) -> str:
    """Read any text."""
    demand(isinstance(raw, str), path, "must be a text")
    return str(raw)


def _readable(path: str, raw: Any, reader: Callable[[str], Any]) -> Any:
    try:
        return reader(text(path, raw))
    except NotReadable as error:
        raise BadPolicy(path, f"{raw!r:.80} {error}") from None


def join(path: str, key: str) -> str:
    """Give the path of a key inside an object."""
    return f"{path}.{key}" if path else key


def demand(holds: bool, path: str, rule: str) -> None:
    """
    Refuse unless a rule holds.

    :raises BadPolicy: if it does not
    """
    if not holds:
        raise BadPolicy(path, rule)
