"""Entries of camt.053: what the bank booked, and the lines that each entry makes."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from together.treasury.formats import codes, values
from together.treasury.formats.camt053_details import (
    Detail,
    Sum,
    charges_of,
    code_of,
    day,
    has,
    mark,
    sum_of,
    texts,
    told,
)
from together.treasury.formats.parsed import Faults, LeftOut, ParsedLine, Wrong
from together.treasury.formats.xml_nodes import Node


@dataclass(frozen=True, slots=True)
class Entry:
    """One Ntry element."""

    line: int
    sum: Sum
    is_inflow: bool
    is_reversal: bool
    status: str
    booked_on: date
    value_on: date | None
    own: Detail
    details: tuple[Detail, ...]


def read_entry(node: Node, faults: Faults) -> Entry | None:
    """Read an Ntry element, whose TxDtls were read before."""
    is_inflow = told(node, faults, mark, "CdtDbtInd", must=True)
    if not has(node, "Amt"):
        faults.add(node.line, "Ntry/Amt", "", "is missing")
    found = sum_of(node, faults, "Amt", is_inflow=is_inflow is True)
    booked_on = day(node, faults, "BookgDt")
    value_on = day(node, faults, "ValDt")
    status = told(node, faults, str, "Sts/Cd", "Sts/Prtry", "Sts", must=True)
    reversal = told(node, faults, _boolean, "RvslInd")
    if booked_on is None and value_on is None:
        faults.add(node.line, "Ntry/BookgDt", "", "is missing, and so is ValDt")
    own = Detail(
        line=node.line,
        servicer_reference=texts(node, faults, "entry_id", "AcctSvcrRef"),
        remittance=texts(node, faults, "remittance", "AddtlNtryInf"),
        code=code_of(node, faults),
        charges=charges_of(node, faults),
    )
    first_day = booked_on or value_on
    if found is None or is_inflow is None or status is None or first_day is None:
        return None
    details = tuple(part.value for part in node.all("NtryDtls/TxDtls"))
    return Entry(
        line=node.line,
        sum=found,
        is_inflow=is_inflow,
        is_reversal=reversal is True,
        status=status,
        booked_on=first_day,
        value_on=value_on,
        own=own,
        details=details,
    )


def _boolean(text: str) -> bool:
    if text not in ("true", "false", "1", "0"):
        raise Wrong("is not true or false")
    return text in ("true", "1")


def passed_over(entry: Entry, faults: Faults) -> LeftOut | None:
    """Say why an entry makes no line; None if it makes some."""
    words = {"PDNG": "is pending, not booked", "INFO": "is for information", "FUTR": "is to come"}
    if entry.status == "BOOK":
        reason = "" if entry.sum.amount != "0" else "moves nothing"
    elif entry.status in words:
        reason = words[entry.status]
    else:
        rule = f"is not BOOK, {', '.join(words)}"
        faults.add(entry.line, "Ntry/Sts", entry.status, rule)
        return None
    return LeftOut(entry.own.servicer_reference, entry.sum.amount, reason) if reason else None


def lines_of(entry: Entry, asset: str, faults: Faults) -> list[ParsedLine]:
    """
    Give the lines of a booked entry: one, or one for each transaction that it sums up.

    Charges that the bank took off or put on are lines of their own, so that lines add up to the
    entry. Ids are still the bank's references; see ``identity``.
    """
    if entry.sum.currency != asset:
        faults.add(entry.line, "Ntry/Amt@Ccy", entry.sum.currency, f"is not {asset}")
        return []
    parts = [_signed(entry, detail, asset) for detail in entry.details]
    if not any(parts):
        only = entry.details[0] if len(entry.details) == 1 else entry.own
        return [_line(entry, only, entry.sum.amount, 0)]
    if not all(parts):
        faults.add(entry.line, "TxDtls/Amt", "", "is told of some transactions only")
        return []
    charges = [
        charge
        for detail in (entry.own, *entry.details)
        for charge in detail.charges
        if charge.currency == asset and charge.amount != "0"
    ]
    rest = Decimal(entry.sum.amount) - sum(map(Decimal, parts))
    taken = sum(Decimal(charge.amount) for charge in charges)
    if rest not in (0, taken):
        rule = f"the transactions of {entry.sum.amount} are off it by {rest:f}"
        faults.add(entry.line, "TxDtls/Amt", entry.sum.amount, rule)
        return []
    several = len(parts) > 1
    lines = [
        _line(entry, detail, part, n if several else 0)
        for n, (detail, part) in enumerate(zip(entry.details, parts, strict=True), start=1)
        if part != "0"
    ]
    if rest:
        lines += [_fee(entry, charge.amount, n) for n, charge in enumerate(charges, start=1)]
    return lines


def _signed(entry: Entry, detail: Detail, asset: str) -> str:
    """Give the amount of a transaction in the account's currency, or nothing if it is not told."""
    found = next((one.amount for one in detail.amounts if one.currency == asset), "")
    if found and detail.mark is None and not entry.is_inflow:
        return values.negative(found)
    return found


def _line(entry: Entry, detail: Detail, amount: str, ordinal: int) -> ParsedLine:
    """Write a line; where an entry sums up several, its reference counts them."""
    is_inflow = not amount.startswith("-")
    code = detail.code or entry.own.code
    is_return = entry.is_reversal or detail.is_return
    type_ = codes.type_of(code, is_inflow=is_inflow, is_return=is_return)
    # Parties keep the parts they had in the payment that comes back.
    parties = (detail.debtor, detail.creditor)
    sender = parties if is_inflow != (type_ == "return") else parties[::-1]
    name, account = next((party for party in sender if any(party)), ("", ""))
    reference = entry.own.servicer_reference
    if ordinal:
        own = detail.servicer_reference
        reference = own or (f"{reference}/{ordinal}" if reference else "")
    return ParsedLine(
        entry_id=reference or detail.servicer_reference,
        booked_at=values.start_of(entry.booked_on),
        type=type_,
        amount=amount,
        asset=entry.sum.currency,
        reference=detail.reference,
        counterparty=name,
        value_on=entry.value_on,
        counterparty_account=account,
        remittance=detail.remittance or entry.own.remittance,
        code=code,
        return_reason=detail.return_reason,
    )


def _fee(entry: Entry, amount: str, ordinal: int) -> ParsedLine:
    """Write the line of a charge that is netted with the entry's transactions."""
    line = _line(entry, entry.own, amount, 0)
    id_ = f"{line.entry_id}/fee{ordinal}" if line.entry_id else ""
    return replace(line, entry_id=id_, type="fee")
