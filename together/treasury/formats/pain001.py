"""
Credit transfers for a bank as ISO 20022 pain.001, in the versions 001.001.09 and 001.001.03.

Dollars to any country: the creditor's bank by its BIC or, in the United States, by the ABA number
of its clearing (external code USABA). Written with the standard library, for what is on PyPI writes
SEPA only; checked against the schema that ``sepaxml`` ships.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from defusedxml.ElementTree import fromstring

from together.ledger.rules.money import Money, parse, shown
from together.treasury.rules.latin import LONGEST_NAME, LONGEST_TEXT, fault_of_text

VERSIONS = ("pain.001.001.09", "pain.001.001.03")
LONGEST_ID = 35


class NotForABank(ValueError):
    """Raised when a payment cannot be written as it is; names the payment, field and rule."""


class NotByTheSchema(ValueError):
    """Raised when a file breaks its schema; says where."""


@dataclass(frozen=True, slots=True)
class Party:
    """
    Who pays or is paid, and by which account at which bank.

    ``account`` is an IBAN or an account number; the bank is named by ``bic``, by
    ``routing_number`` (ABA), or both.
    """

    name: str
    account: str
    is_iban: bool
    bic: str = ""
    routing_number: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment: its reference (end-to-end id), amount, creditor, and a text for them."""

    reference: str
    amount: Money
    creditor: Party
    text: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """
    One file: all its transfers leave one account on one day.

    ``message_id`` is how the bank knows it again; ``created_at`` is stored with the file, so that
    the same message is the same bytes.
    """

    message_id: str
    created_at: datetime
    execute_on: date
    debtor: Party
    transfers: tuple[Transfer, ...]
    version: str = VERSIONS[0]


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says when it is read again: reference, amount, creditor and account of each."""

    message_id: str
    count: int
    total: Money
    transfers: tuple[tuple[str, Money, str, str], ...]


def whole_cents(reference: str, money: Money) -> Money:
    """
    Give an amount as dollars and cents: banks carry two decimals.

    :raises NotForABank: if it is not a whole number of cents
    """
    try:
        return parse(money.decimal, "USD")
    except ValueError:
        raise NotForABank(f"{reference}: {money} is not a whole number of cents") from None


def write(message: Message) -> bytes:
    """
    Write a message; the same message gives the same bytes.

    :raises NotForABank: if a name, text or reference is none that a bank carries as it is
    """
    _demand_carried(message)
    is_old = message.version == VERSIONS[1]
    root = Element("Document", xmlns=f"urn:iso:std:iso:20022:tech:xsd:{message.version}")
    body = SubElement(root, "CstmrCdtTrfInitn")
    totals = (("NbOfTxs", str(len(message.transfers))), ("CtrlSum", _sum(message.transfers)))
    head = SubElement(body, "GrpHdr")
    _texts(head, ("MsgId", message.message_id), ("CreDtTm", _stamp(message.created_at)), *totals)
    _texts(SubElement(head, "InitgPty"), ("Nm", message.debtor.name))
    info = SubElement(body, "PmtInf")
    _texts(info, ("PmtInfId", message.message_id), ("PmtMtd", "TRF"), *totals)
    day = message.execute_on.isoformat()
    if is_old:
        _texts(info, ("ReqdExctnDt", day))
    else:
        _texts(SubElement(info, "ReqdExctnDt"), ("Dt", day))
    _party(SubElement(info, "Dbtr"), message.debtor)
    _account(SubElement(info, "DbtrAcct"), message.debtor)
    _agent(SubElement(info, "DbtrAgt"), message.debtor, is_old=is_old)
    # SHAR: each side pays its own bank; what arrives may be less, never more.
    _texts(info, ("ChrgBr", "SHAR"))
    for transfer in message.transfers:
        _transfer(SubElement(info, "CdtTrfTxInf"), transfer, is_old=is_old)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def validate(data: bytes, version: str) -> None:
    """
    Check a file against the schema of its version.

    :raises NotByTheSchema: with the first breach and its place
    """
    import xmlschema

    try:
        _schema(version).validate(data.decode("utf-8"))
    except xmlschema.XMLSchemaValidationError as error:
        raise NotByTheSchema(f"{version}: {error.reason} at {error.path}") from error


def read(data: bytes) -> Read:
    """Read what a file of ours says: for a last comparison with what was to be paid."""
    root = fromstring(data, forbid_dtd=True)
    space = root.tag[: root.tag.index("}") + 1]

    def find(within: Any, path: str) -> str:
        found = within.findtext("/".join(space + step for step in path.split("/")))
        return str(found or "")

    def one(transfer: Any) -> tuple[str, Money, str, str]:
        account = find(transfer, "CdtrAcct/Id/IBAN") or find(transfer, "CdtrAcct/Id/Othr/Id")
        amount = parse(find(transfer, "Amt/InstdAmt"), "USD")
        return find(transfer, "PmtId/EndToEndId"), amount, find(transfer, "Cdtr/Nm"), account

    body = root[0]
    return Read(
        message_id=find(body, "GrpHdr/MsgId"),
        count=int(find(body, "GrpHdr/NbOfTxs")),
        total=parse(find(body, "GrpHdr/CtrlSum"), "USD"),
        transfers=tuple(one(found) for found in root.iter(f"{space}CdtTrfTxInf")),
    )


@cache
def _schema(version: str) -> Any:
    import xmlschema

    if version not in VERSIONS:
        raise NotByTheSchema(f"{version!r} is not one of {', '.join(VERSIONS)}")
    return xmlschema.XMLSchema(str(files("sepaxml") / "schemas" / f"{version}.xsd"))


def _demand_carried(message: Message) -> None:
    """Refuse whatever a bank would drop, replace or cut."""
    faults = [_fault("message", "id", message.message_id, LONGEST_ID)]
    faults.append(_fault("message", "debtor", message.debtor.name, LONGEST_NAME))
    for one in message.transfers:
        faults.append(_fault(one.reference, "reference", one.reference, LONGEST_ID))
        faults.append(_fault(one.reference, "name", one.creditor.name, LONGEST_NAME))
        if one.text:
            faults.append(_fault(one.reference, "text", one.text, LONGEST_TEXT))
        if one.amount.asset != "USD" or one.amount.minor_units <= 0:
            faults.append(f"{one.reference}: {one.amount} is no amount of USD above zero")
        if not one.creditor.bic and not one.creditor.routing_number:
            faults.append(f"{one.reference}: the creditor's bank has neither BIC nor ABA number")
    if not message.transfers:
        faults.append("message: it has no payment")
    found = [fault for fault in faults if fault]
    if found:
        raise NotForABank("; ".join(found[:10]))


def _fault(reference: str, field: str, text: str, longest: int) -> str:
    fault = fault_of_text(text, longest)
    return f"{reference}: {field}: {fault}" if fault else ""


def _sum(transfers: Iterable[Transfer]) -> str:
    return _plain(Money(sum(one.amount.minor_units for one in transfers), "USD"))


def _plain(money: Money) -> str:
    return shown(money.minor_units, money.asset).replace(",", "")


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _transfer(parent: Element, transfer: Transfer, *, is_old: bool) -> None:
    identity = SubElement(parent, "PmtId")
    # The same in both places: the bank's own reports name either the one or the other.
    _texts(identity, ("InstrId", transfer.reference), ("EndToEndId", transfer.reference))
    amount = SubElement(SubElement(parent, "Amt"), "InstdAmt", Ccy=transfer.amount.asset)
    amount.text = _plain(transfer.amount)
    _agent(SubElement(parent, "CdtrAgt"), transfer.creditor, is_old=is_old)
    _party(SubElement(parent, "Cdtr"), transfer.creditor)
    _account(SubElement(parent, "CdtrAcct"), transfer.creditor)
    if transfer.text:
        _texts(SubElement(parent, "RmtInf"), ("Ustrd", transfer.text))


def _party(parent: Element, party: Party) -> None:
    _texts(parent, ("Nm", party.name))
    if party.country:
        _texts(SubElement(parent, "PstlAdr"), ("Ctry", party.country))


def _account(parent: Element, party: Party) -> None:
    identity = SubElement(parent, "Id")
    if party.is_iban:
        _texts(identity, ("IBAN", party.account))
    else:
        _texts(SubElement(identity, "Othr"), ("Id", party.account))


def _agent(parent: Element, party: Party, *, is_old: bool) -> None:
    """Name a bank; BIC first, as the schema wants it."""
    identity = SubElement(parent, "FinInstnId")
    if party.bic:
        _texts(identity, ("BIC" if is_old else "BICFI", party.bic))
    if party.routing_number:
        member = SubElement(identity, "ClrSysMmbId")
        _texts(SubElement(member, "ClrSysId"), ("Cd", "USABA"))
        _texts(member, ("MmbId", party.routing_number))


def _texts(parent: Element, *pairs: tuple[str, str]) -> None:
    for name, text in pairs:
        SubElement(parent, name).text = text
