"""Details of camt.053: what is told of one transaction: parties, references, return, charges."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TypeVar

from together.treasury.formats import values
from together.treasury.formats.parsed import Faults, Wrong
from together.treasury.formats.xml_nodes import Node

Value = TypeVar("Value")
MARKS = {"CRDT": True, "DBIT": False}
NO_REFERENCE = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NONREF"})


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount above or below zero by its mark, and its currency."""

    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class Detail:
    """What is told of an entry, or of one of the transactions it sums up."""

    line: int
    mark: bool | None = None
    amounts: tuple[Sum, ...] = ()
    servicer_reference: str = ""
    reference: str = ""
    debtor: tuple[str, str] = ("", "")
    creditor: tuple[str, str] = ("", "")
    remittance: str = ""
    code: str = ""
    return_reason: str = ""
    is_return: bool = False
    charges: tuple[Sum, ...] = ()


def told(
    node: Node, faults: Faults, reader: Callable[[str], Value], *paths: str, must: bool = False
) -> Value | None:
    """Read the text under the first of the paths that leads to one; note what is wrong with it."""
    text = ""
    try:
        text = node.told(*paths)
        if text:
            return reader(text)
        if must:
            raise Wrong("is missing")
    except Wrong as wrong:
        faults.add(node.line, f"{node.name}/{paths[0]}", text, str(wrong))
    return None


def texts(node: Node, faults: Faults, field: str, *paths: str) -> str:
    """Read a free text of a line under the first of the paths that leads to one."""
    return told(node, faults, lambda text: values.plain(text, field), *paths) or ""


def has(node: Node, path: str) -> bool:
    """Say whether a path leads to any element."""
    return bool(node.all(path))


def mark(text: str) -> bool:
    """Say whether a credit or debit mark is of money that came in."""
    if text not in MARKS:
        raise Wrong("is not CRDT or DBIT")
    return MARKS[text]


def day(node: Node, faults: Faults, path: str) -> date | None:
    """
    Read a date, or the day of a moment as the bank wrote it.

    A moment's offset is not applied: the bank's booking day is the bank's, not that of Greenwich.
    """
    found = told(node, faults, values.iso_day, f"{path}/Dt")
    if found is None and has(node, f"{path}/DtTm"):
        found = told(node, faults, _day_of_moment, f"{path}/DtTm")
    return found


def _day_of_moment(text: str) -> date:
    values.moment(text if _has_offset(text) else f"{text}Z")
    return values.iso_day(text[:10])


def _has_offset(text: str) -> bool:
    return text.endswith("Z") or "+" in text[19:] or "-" in text[19:]


def sum_of(node: Node, faults: Faults, path: str, *, is_inflow: bool) -> Sum | None:
    """Read an amount with its currency and put the sign of its mark before it."""
    found = told(node, faults, _unsigned, path)
    holder = node.one(path)
    if found is None or holder is None:
        return None
    currency = faults.take(
        holder.line, f"{node.name}/{path}@Ccy", holder.attribute("Ccy"), values.asset
    )
    if currency is None:
        return None
    return Sum(found if is_inflow else values.negative(found), currency)


def _unsigned(text: str) -> str:
    plain = values.amount(text)
    if plain.startswith("-"):
        raise Wrong("has a sign; CdtDbtInd alone tells it")
    return plain


def read_detail(node: Node, faults: Faults) -> Detail:
    """Read a TxDtls element; amounts take their sign from its own mark, or stay above zero."""
    is_inflow = told(node, faults, mark, "CdtDbtInd")
    paths = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt")
    sums = [sum_of(node, faults, path, is_inflow=is_inflow is not False) for path in paths]
    reference = texts(node, faults, "reference", "Refs/EndToEndId")
    if reference.upper() in NO_REFERENCE:
        reference = ""
    structured = texts(node, faults, "reference", "RmtInf/Strd/CdtrRefInf/Ref")
    return Detail(
        line=node.line,
        mark=is_inflow,
        amounts=tuple(found for found in sums if found),
        servicer_reference=texts(node, faults, "entry_id", "Refs/AcctSvcrRef"),
        reference=reference or structured,
        debtor=_party(node, faults, "Dbtr"),
        creditor=_party(node, faults, "Cdtr"),
        remittance=_remittance(node, faults),
        code=code_of(node, faults),
        return_reason=texts(node, faults, "return_reason", "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
        is_return=has(node, "RtrInf"),
        charges=charges_of(node, faults),
    )


def _party(node: Node, faults: Faults, role: str) -> tuple[str, str]:
    """Read name and account of a party; versions from .08 on put the name one level deeper."""
    at = f"RltdPties/{role}"
    account = (f"{at}Acct/Id/IBAN", f"{at}Acct/Id/Othr/Id")
    name = (f"{at}/Nm", f"{at}/Pty/Nm", f"{at}/Agt/FinInstnId/Nm")
    return (
        texts(node, faults, "counterparty", *name),
        texts(node, faults, "counterparty_account", *account).replace(" ", ""),
    )


def _remittance(node: Node, faults: Faults) -> str:
    lines = " ".join(part.text for part in node.all("RmtInf/Ustrd"))
    lines = lines or " ".join(part.text for part in node.all("RmtInf/Strd/AddtlRmtInf"))
    lines = lines or " ".join(part.text for part in node.all("AddtlTxInf"))
    read = partial(values.plain, field="remittance")
    return faults.take(node.line, f"{node.name}/RmtInf/Ustrd", lines, read) or ""


def code_of(node: Node, faults: Faults) -> str:
    """Read the bank transaction code: domain, family and sub-family, or the bank's own."""
    paths = ("BkTxCd/Domn/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd")
    parts = [texts(node, faults, "code", path) for path in paths]
    own = texts(node, faults, "code", "BkTxCd/Prtry/Cd")
    return "-".join(part for part in parts if part) or own


def charges_of(node: Node, faults: Faults) -> tuple[Sum, ...]:
    """Read charges: records since version .04, the element itself before."""
    found = []
    for charge in [*node.all("Chrgs/Rcrd"), *node.all("Chrgs")]:
        if has(charge, "Rcrd") or not has(charge, "Amt"):
            continue
        is_inflow = told(charge, faults, mark, "CdtDbtInd") is True
        found.append(sum_of(charge, faults, "Amt", is_inflow=is_inflow))
    return tuple(charge for charge in found if charge)
