"""The shape of an indexer's document of transfers: keys, and what each of them must hold."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from eth_utils.address import is_checksum_address

from together.treasury.formats import values
from together.treasury.formats.parsed import Faults, Wrong

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
HASH = re.compile(r"0x[0-9a-f]{64}")
UNITS = re.compile(r"0|[1-9][0-9]{0,18}")
LAST_BLOCK = 10**12

Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Block:
    """A block, and what the address held: before it, or after it, in base units."""

    number: int
    hash: str
    at: datetime
    balance: int
    parent_hash: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One log of a token's Transfer event (ERC-20); ``value`` is in base units."""

    row: int
    tx_hash: str
    log_index: int
    block_number: int
    block_hash: str
    at: datetime
    sender: str
    receiver: str
    value: int
    removed: bool
    confirmations: int | None


def whole(told: Any, most: int = LAST_BLOCK) -> int:
    """Read a whole number of JSON."""
    if type(told) is not int or not 0 <= told <= most:
        raise Wrong(f"is not a whole number from 0 to {most}")
    return told


def units(told: Any) -> int:
    """Read an amount in base units: a text, since JSON's numbers are not exact everywhere."""
    if not isinstance(told, str) or not UNITS.fullmatch(told) or int(told) >= 2**63:
        raise Wrong("is not a text of digits below 2^63")
    return int(told)


def hash_(told: Any) -> str:
    """Read the hash of a block or transaction."""
    if not isinstance(told, str) or not HASH.fullmatch(told):
        raise Wrong("is not 0x and 64 digits of 0-9a-f")
    return told


def address(told: Any) -> str:
    """
    Read an address with the checksum of its capital letters (EIP-55).

    :raises Wrong: if it is none, or all small letters, or a letter is wrong
    """
    if not isinstance(told, str) or not ADDRESS.fullmatch(told):
        raise Wrong("is not 0x and 40 digits of 0-9a-fA-F")
    broken = _broken_checksum(told)
    if broken:
        raise Wrong(broken)
    return told


@lru_cache(maxsize=4096)
def _broken_checksum(told: str) -> str:
    """Say what is wrong with a checksum; kept, since an account's own address is in every line."""
    if is_checksum_address(told):
        return ""
    if told[2:] in (told[2:].lower(), told[2:].upper()):
        return "has no EIP-55 checksum: its letters are all small or all capital"
    return "has a wrong EIP-55 checksum"


def moment(told: Any) -> datetime:
    """Read a moment: a text with its offset, or seconds since 1970 as chains count."""
    if type(told) is int:
        if told > 4_102_444_800:
            raise Wrong("is not seconds before the year 2100")
        return values.moment(datetime.fromtimestamp(told, UTC).isoformat())
    if not isinstance(told, str):
        raise Wrong("is not a moment with its offset")
    return values.moment(told)


def text(told: Any) -> str:
    """Read the symbol of a token."""
    if not isinstance(told, str):
        raise Wrong("is not a text")
    return values.asset(told)


def truth(told: Any) -> bool:
    """Read true or false."""
    if type(told) is not bool:
        raise Wrong("is not true or false")
    return told


def any_list(told: Any) -> list[Any]:
    """Read a list."""
    if not isinstance(told, list):
        raise Wrong("is not a list")
    return told


def any_object(told: Any) -> dict[str, Any]:
    """Read an object, whose own keys are read later."""
    if not isinstance(told, dict):
        raise Wrong("is not an object")
    return told


def constant(must: object, told: Any) -> object:
    """Read what can only be one value."""
    if type(told) is not type(must) or told != must:
        raise Wrong(f"is not {must!r}")
    return must


DOCUMENT: dict[str, Reader] = {
    "kind": partial(constant, "chain transfers"),
    "version": partial(constant, 1),
    "chain_id": whole,
    "token": any_object,
    "address": address,
    "from_block": any_object,
    "to_block": any_object,
    "finalized": any_object,
    "transfers": any_list,
}
TOKEN: dict[str, Reader] = {
    "contract": address,
    "symbol": text,
    "decimals": partial(whole, most=18),
}
BLOCK: dict[str, Reader] = {"number": whole, "hash": hash_, "timestamp": moment, "balance": units}
OF_BLOCK: dict[str, Reader] = {"parent_hash": hash_}
FINALIZED: dict[str, Reader] = {"number": whole, "hash": hash_}
TRANSFER: dict[str, Reader] = {
    "tx_hash": hash_,
    "log_index": partial(whole, most=10**6),
    "block_number": whole,
    "block_hash": hash_,
    "timestamp": moment,
    "from": address,
    "to": address,
    "value": units,
}
OPTIONAL: dict[str, Reader] = {"removed": truth, "confirmations": whole}


def taken(
    told: Any,
    shape: dict[str, Reader],
    faults: Faults,
    *,
    row: int = 0,
    at: str = "",
    optional: dict[str, Reader] | None = None,
) -> dict[str, Any] | None:
    """Read an object by its shape: every key, no other; None if anything is wrong with it."""
    before = len(faults.found)
    if not isinstance(told, dict):
        faults.add(row, at, str(told), "is not an object")
        return None
    readers = {**shape, **{key: read for key, read in (optional or {}).items() if key in told}}
    for key in told:
        if key not in readers:
            faults.add(row, f"{at}{key[:64]}", "", "is no key of this object")
    found = {}
    for key, read in readers.items():
        if key not in told:
            faults.add(row, f"{at}{key}", "", "is missing")
            continue
        try:
            found[key] = read(told[key])
        except Wrong as wrong:
            faults.add(row, f"{at}{key}", str(told[key]), str(wrong))
    return found if len(faults.found) == before else None
