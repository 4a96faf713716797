"""Accounts of our own: how each kind is named, checked and written in one way."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from stdnum import bic, iban

from together import Refused
from together.treasury.rules.destinations import (
    OTHER_ACCOUNT,
    US_ACCOUNT,
    Details,
    NotADestination,
    RailKind,
    checked,
    is_iban_country,
)
from together.treasury.rules.latin import LONGEST_NAME, fault_of_text


class NotAnAccount(Refused):
    """Raised when no servicer could keep an account under what is given; names each field."""


@dataclass(frozen=True, slots=True)
class Named:
    """
    What an account is known by.

    ``identifier`` is the wallet, the IBAN or account number, or the address; ``servicer`` the
    exchange, the BIC of the bank, or the chain's number (EIP-155); ``holder`` whose name it is in.
    """

    kind: str
    asset: str
    identifier: str
    servicer: str = ""
    holder: str = ""


def checked_own(given: Named, *, contracts: Collection[str] = ()) -> Named:
    """
    Give an account of our own written in one way; destinations are held to the same rules.

    A bank account without an IBAN is told by the BIC of its bank, whose country says what a number
    looks like. ``contracts`` are the addresses of the asset's own contracts.

    :raises NotAnAccount: with every field that is wrong
    """
    if given.kind == RailKind.BANK:
        return _bank(given)
    details = Details(
        given.kind, given.asset, given.identifier, given.servicer, holder=given.holder
    )
    try:
        found = checked(details, contracts=contracts)
    except NotADestination as error:
        raise NotAnAccount(str(error).replace("rail:", "kind:", 1)) from error
    return replace(given, identifier=found.identifier)


def _bank(given: Named) -> Named:
    found = replace(
        given,
        identifier=iban.compact(given.identifier),
        servicer=bic.compact(given.servicer),
    )
    faults = []
    fault = fault_of_text(found.holder, LONGEST_NAME)
    if fault:
        faults.append(f"holder: {fault}")
    is_told = bool(found.servicer) and bic.is_valid(found.servicer)
    if found.servicer and not is_told:
        faults.append(f"servicer: {given.servicer!r} is no BIC (ISO 9362)")
    if not iban.is_valid(found.identifier):
        faults += _number(given, found, found.servicer[4:6] if is_told else "")
    if faults:
        raise NotAnAccount("; ".join(faults))
    return found


def _number(given: Named, found: Named, country: str) -> list[str]:
    """Say what is wrong with a number that is no IBAN, at a bank of a country."""
    said = f"identifier: {given.identifier!r}"
    if not country:
        missing = [] if found.servicer else ["servicer: the BIC is missing, and there is no IBAN"]
        return [*missing, f"{said} is no IBAN (ISO 13616)"]
    if is_iban_country(country):
        return [f"{said} is no IBAN (ISO 13616), as banks in {country} have them"]
    if country == "US":
        return [] if US_ACCOUNT.fullmatch(found.identifier) else [f"{said}: 4 to 17 digits"]
    is_number = OTHER_ACCOUNT.fullmatch(found.identifier)
    return [] if is_number else [f"{said}: 1 to 34 letters and digits"]
