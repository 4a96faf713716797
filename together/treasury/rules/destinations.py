"""Destinations: where money may go on each rail, checked and written in one way."""

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from eth_utils.address import is_address, is_checksum_address, to_checksum_address
from stdnum import bic, iban, numdb
from stdnum.us import rtn

from together import Refused
from together.treasury.rules.latin import LONGEST_NAME, fault_of_text

ZERO_ADDRESS = "0x" + "0" * 40
US_ACCOUNT = re.compile(r"[0-9]{4,17}")
OTHER_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,34}")
EXCHANGE_ACCOUNT = re.compile(r"[!-~]{1,80}")
COUNTRY = re.compile(r"[A-Z]{2}")


class RailKind(StrEnum):
    """The kinds of rails: what an account is kept with, and how money leaves it."""

    EXCHANGE = "exchange"  # online, one payment at a time
    BANK = "bank"  # by files of payments
    CHAIN = "chain"  # by lists of transfers that somebody signs


class NotADestination(Refused):
    """Raised when no money could go to what is registered; names field, value and rule."""


@dataclass(frozen=True, slots=True)
class Details:
    """
    Where money goes.

    ``identifier`` is the account at the exchange, the IBAN or account number, or the address;
    ``servicer`` the exchange's name, the bank's BIC, or the chain's number (EIP-155).
    ``routing_number`` is the ABA's, for banks in the United States.
    """

    rail: str
    asset: str
    identifier: str
    servicer: str = ""
    routing_number: str = ""
    holder: str = ""
    country: str = ""

    @property
    def payee(self) -> str:
        """Give the text by which an instruction names its payee."""
        if self.rail == RailKind.BANK and self.routing_number:
            return f"{self.routing_number}/{self.identifier}"
        if self.rail == RailKind.BANK and not is_iban_country(self.country):
            return f"{self.servicer}/{self.identifier}"
        return self.identifier


def checked(given: Details, *, contracts: Collection[str] = ()) -> Details:
    """
    Give the details written in one way: no blanks in an IBAN, an address with its checksum.

    ``contracts`` are the addresses of the asset's own contracts: what is sent there is lost.

    :raises NotADestination: with every field that is wrong
    """
    checks = {RailKind.EXCHANGE: _exchange, RailKind.BANK: _bank, RailKind.CHAIN: _chain}
    if given.rail not in checks:
        raise NotADestination(f"rail: {given.rail!r} is not one of {', '.join(RailKind)}")
    faults: list[str] = []
    found = checks[RailKind(given.rail)](given, faults)
    if found.rail == RailKind.CHAIN and not faults:
        _demand_no_contract(found, contracts, faults)
    if faults:
        raise NotADestination("; ".join(faults))
    return found


def digest_of(*, owner_kind: str, owner: str, details: Details) -> str:
    """Give the SHA-256 (hex) of a destination: whose it is and where it leads."""
    text = json.dumps(
        [owner_kind, owner, *asdict(details).values()], separators=(",", ":"), ensure_ascii=True
    )
    return hashlib.sha256(text.encode()).hexdigest()


def checksummed(address: str) -> str:
    """
    Give an address with its checksum by EIP-55; small letters carry none and are accepted.

    :raises NotADestination: if it is no address, or its checksum is wrong
    """
    text = address.strip()
    if not text.startswith("0x") or not is_address(text):
        # is_address also refuses mixed letters whose checksum is wrong.
        rule = "its checksum (EIP-55) is wrong" if _is_hex(text) else "0x and 40 hex digits"
        raise NotADestination(f"address: {address!r}: {rule}")
    if text[2:] != text[2:].lower() and not is_checksum_address(text):
        raise NotADestination(f"address: {address!r}: its checksum (EIP-55) is wrong")
    return str(to_checksum_address(text))


def is_iban_country(country: str) -> bool:
    """Say whether banks of a country have IBANs, by the registry of SWIFT."""
    return bool(numdb.get("iban").info(country)[0][1])


def _is_hex(text: str) -> bool:
    return re.fullmatch("0x[0-9a-fA-F]{40}", text) is not None


def _exchange(given: Details, faults: list[str]) -> Details:
    if not EXCHANGE_ACCOUNT.fullmatch(given.identifier):
        faults.append(f"identifier: {given.identifier!r} is no account: 1 to 80 signs, no blanks")
    _demand_empty(given, faults, "routing_number")
    return given


def _bank(given: Details, faults: list[str]) -> Details:
    found = replace(
        given,
        identifier=iban.compact(given.identifier),
        servicer=bic.compact(given.servicer) if given.servicer else "",
        routing_number=rtn.compact(given.routing_number) if given.routing_number else "",
    )
    fault = fault_of_text(given.holder, LONGEST_NAME)
    if fault:
        faults.append(f"holder: {fault}")
    if not COUNTRY.fullmatch(given.country):
        faults.append(f"country: {given.country!r} is no code of two capital letters (ISO 3166)")
        return found
    if found.servicer and not bic.is_valid(found.servicer):
        faults.append(f"servicer: {given.servicer!r} is no BIC (ISO 9362)")
    if found.country == "US":
        _us_account(found, faults)
    else:
        _other_account(found, faults)
    return found


def _us_account(found: Details, faults: list[str]) -> None:
    if not rtn.is_valid(found.routing_number):
        faults.append(f"routing_number: {found.routing_number!r} is no ABA number (9 digits)")
    if not US_ACCOUNT.fullmatch(found.identifier):
        faults.append(f"identifier: {found.identifier!r} is no account number: 4 to 17 digits")


def _other_account(found: Details, faults: list[str]) -> None:
    _demand_empty(found, faults, "routing_number")
    if not found.servicer:
        faults.append("servicer: the BIC is missing")
    if is_iban_country(found.country):
        if not iban.is_valid(found.identifier):
            faults.append(f"identifier: {found.identifier!r} is no IBAN (ISO 13616)")
        elif found.identifier[:2] != found.country:
            faults.append(f"country: {found.country} is not the IBAN's, {found.identifier[:2]}")
    elif not OTHER_ACCOUNT.fullmatch(found.identifier):
        faults.append(f"identifier: {found.identifier!r}: 1 to 34 letters and digits")


def _chain(given: Details, faults: list[str]) -> Details:
    if not given.servicer.isascii() or not given.servicer.isdigit() or given.servicer[0] == "0":
        faults.append(f"servicer: {given.servicer!r} is no number of a chain (EIP-155)")
    _demand_empty(given, faults, "routing_number")
    try:
        return replace(given, identifier=checksummed(given.identifier))
    except NotADestination as error:
        faults.append(str(error).replace("address:", "identifier:", 1))
        return given


def _demand_no_contract(found: Details, contracts: Collection[str], faults: list[str]) -> None:
    """Refuse addresses from which nobody ever gets money back."""
    if found.identifier == ZERO_ADDRESS:
        faults.append("identifier: the zero address belongs to nobody")
    if found.identifier in {checksummed(one) for one in contracts}:
        faults.append(f"identifier: {found.identifier} is the contract of {found.asset} itself")


def _demand_empty(given: Details, faults: list[str], name: str) -> None:
    if getattr(given, name):
        faults.append(f"{name}: {getattr(given, name)!r} has no meaning on this rail")
