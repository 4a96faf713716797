"""Statements as camt.053 (ISO 20022, bank to customer statement), versions .02 to .13."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from together.treasury.formats import text_files, values, xml_nodes
from together.treasury.formats.camt053_details import (
    Sum,
    day,
    has,
    mark,
    read_detail,
    sum_of,
    texts,
    told,
)
from together.treasury.formats.camt053_entries import (
    Entry,
    lines_of,
    passed_over,
    read_entry,
)
from together.treasury.formats.pages import Page, joined
from together.treasury.formats.parsed import (
    MOST_LINES,
    Faults,
    LeftOut,
    ParsedLine,
    ParsedStatement,
    Wrong,
    refuse,
)
from together.treasury.formats.xml_nodes import Node

ROOT = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(0[2-9]|1[0-3])\}Document")


@dataclass(frozen=True, slots=True)
class Balance:
    """One balance: its code, its sum and its day."""

    code: str
    sum: Sum
    on: date


def parse(data: bytes) -> list[ParsedStatement]:
    """
    Read every statement of a document; pages of one statement are joined.

    Only booked entries (BOOK) become lines. A statement reaches from the day of its opening
    balance (OPBD, or PRCD where there is none) to that of its closing balance (CLBD): ``FrToDt``
    is in whatever local time the bank likes, so it is not used.

    :raises Unreadable: with every fault of the file, up to 100; rows are lines of the file
    """
    text_files.demand_size(data)
    faults = Faults()
    pages: list[Page | None] = []
    lines = 0

    def read_stmt(node: Node) -> None:
        nonlocal lines
        page = _page(node, faults)
        pages.append(page)
        lines += len(page.lines) if page else 0
        if lines > MOST_LINES:
            raise refuse(f"has more than {MOST_LINES:,} lines", row=node.line)

    xml_nodes.read(
        data,
        root=_demand_root,
        handlers={
            "TxDtls": lambda node: read_detail(node, faults),
            "Ntry": lambda node: read_entry(node, faults),
            "Stmt": read_stmt,
        },
    )
    if not pages:
        faults.add(0, "Stmt", "", "is missing")
    statements = list(joined([page for page in pages if page], faults))
    faults.end()
    return statements


def _demand_root(name: str) -> None:
    if not ROOT.fullmatch(name):
        rule = "is not the Document of camt.053.001.02 to .13"
        raise refuse(rule, row=1, column="Document", value=name.replace("}", " ")[-120:])


def _page(node: Node, faults: Faults) -> Page | None:
    """Read a Stmt element, whose entries were read before."""
    account = told(node, faults, values.account, "Acct/Id/IBAN", "Acct/Id/Othr/Id", must=True)
    agent = "Acct/Svcr/FinInstnId"
    servicer = told(node, faults, values.servicer, f"{agent}/BIC", f"{agent}/BICFI")
    number = told(node, faults, _number, "ElctrncSeqNb", "LglSeqNb")
    page = told(node, faults, _number, "StmtPgntn/PgNb")
    is_last = not has(node, "StmtPgntn") or texts(node, faults, "code", "StmtPgntn/LastPgInd") in (
        "true",
        "1",
    )
    balances = [found for bal in node.all("Bal") if (found := _balance(bal, faults))]
    opening = _chosen(balances, ("OPBD", "PRCD"), 0, node, faults)
    closing = _chosen(balances, ("CLBD",), -1, node, faults)
    if account is None or opening is None or closing is None:
        return None
    asset = told(node, faults, values.asset, "Acct/Ccy") or opening.sum.currency
    for balance in (opening, closing):
        if balance.sum.currency != asset:
            faults.add(node.line, "Bal/Amt@Ccy", balance.sum.currency, f"is not {asset}")
    entries = [part.value for part in node.all("Ntry") if part.value]
    left_out = [passed_over(entry, faults) for entry in entries]
    if is_last and closing.code == "ITBD":
        faults.add(node.line, "Bal", "ITBD", "is the last balance; CLBD is missing")
    return Page(
        row=node.line,
        account=account,
        servicer=servicer or "",
        number=number,
        asset=asset,
        opening=opening.sum.amount,
        closing=closing.sum.amount,
        from_on=opening.on,
        to_on=closing.on,
        page=page or 0,
        begins=opening.code != "ITBD",
        ends=is_last,
        lines=tuple(_lines(entries, left_out, asset, faults)),
        left_out=tuple(found for found in left_out if found),
    )


def _lines(
    entries: list[Entry], left_out: list[LeftOut | None], asset: str, faults: Faults
) -> Iterator[ParsedLine]:
    for entry, passed in zip(entries, left_out, strict=True):
        if passed is None:
            yield from lines_of(entry, asset, faults)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Wrong("is not a number of at most 9 digits")
    return int(text)


def _balance(node: Node, faults: Faults) -> Balance | None:
    """Read a booked balance; those of available or expected money are none of ours."""
    code = texts(node, faults, "code", "Tp/CdOrPrtry/Cd")
    if code not in ("OPBD", "PRCD", "CLBD", "ITBD"):
        return None
    is_inflow = told(node, faults, mark, "CdtDbtInd", must=True)
    if not has(node, "Amt"):
        faults.add(node.line, "Bal/Amt", "", "is missing")
    found = sum_of(node, faults, "Amt", is_inflow=is_inflow is True)
    on = day(node, faults, "Dt")
    if on is None:
        faults.add(node.line, "Bal/Dt", "", "is missing or no day")
    if found is None or on is None:
        return None
    return Balance(code, found, on)


def _chosen(
    balances: list[Balance], booked: tuple[str, ...], interim: int, node: Node, faults: Faults
) -> Balance | None:
    """
    Choose the opening or closing balance; on a page it may be the interim one (ITBD).

    Where a page has two interim balances, the first opens it and the last closes it.
    """
    for code in booked:
        found = [balance for balance in balances if balance.code == code]
        if len(found) > 1:
            faults.add(node.line, "Bal", code, f"stands {len(found)} times")
        if found:
            return found[0]
    between = [balance for balance in balances if balance.code == "ITBD"]
    if between and has(node, "StmtPgntn"):
        return between[interim]
    faults.add(node.line, "Bal", "", f"none is {' or '.join(booked)}")
    return None
