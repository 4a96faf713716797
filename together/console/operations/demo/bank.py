"""The bank of the demo: what it books in dollars, written as banks write it."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

from together.ledger.rules.money import Money
from together.treasury.models import CashAccount

BIC = "TGTHUS33XXX"
CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
PAIN = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
# How the bank's online banking exports an account; saved as a mapping of its columns.
COLUMNS: dict[str, Any] = {
    "name": "Online banking",
    "columns": {
        "booked_on": "Date",
        "amount": "Amount",
        "balance": "Balance",
        "asset": "Currency",
        "bank_reference": "Transaction",
        "reference": "Customer reference",
        "counterparty": "Name",
        "remittance": "Description",
        "code": "Code",
    },
    "dates": "MM/DD/YYYY",
    "thousands_sign": ",",
}


@dataclass(frozen=True, slots=True)
class Booking:
    """One line of the bank, in cents; below zero money left."""

    entry: str
    cents: int
    code: str
    reference: str = ""
    name: str = ""
    text: str = ""


def camt053(
    account: CashAccount, *, number: int, on: date, opening: int, bookings: Sequence[Booking]
) -> bytes:
    """Write the statement of a day as camt.053."""
    closing = opening + sum(one.cents for one in bookings)
    body = "".join(_entry(one, on) for one in bookings)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{CAMT}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{account.identifier}-{number}</MsgId><CreDtTm>{on}T23:30:00Z</CreDtTm>"
        f"</GrpHdr><Stmt><Id>{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>"
        f"<CreDtTm>{on}T23:30:00Z</CreDtTm><Acct><Id><Othr><Id>{account.identifier}</Id></Othr>"
        f"</Id><Ccy>USD</Ccy><Svcr><FinInstnId><BICFI>{BIC}</BICFI></FinInstnId></Svcr></Acct>"
        f"{_balance('OPBD', opening, on)}{_balance('CLBD', closing, on)}{body}"
        "</Stmt></BkToCstmrStmt></Document>\n"
    ).encode()


def exported(*, on: date, opening: int, bookings: Sequence[Booking]) -> bytes:
    """Write a day as the CSV that :data:`COLUMNS` reads, with the balance after each line."""
    out, balance = io.StringIO(), opening
    writer = csv.writer(out)
    writer.writerow(COLUMNS["columns"].values())
    for one in bookings:
        balance += one.cents
        said = (one.entry, one.reference, one.name, one.text, one.code)
        amounts = [f"{Money(cents, 'USD').decimal:,f}" for cents in (one.cents, balance)]
        writer.writerow([f"{on:%m/%d/%Y}", *amounts, "USD", *said])
    return out.getvalue().encode()


def taken(message_id: str, at: datetime) -> bytes:
    """Write the bank's word that it takes a file of payments (pain.002)."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{PAIN}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>STS-{message_id}</MsgId><CreDtTm>{at:%Y-%m-%dT%H:%M:%SZ}</CreDtTm>"
        f"</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId>"
        "<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>ACCP</GrpSts></OrgnlGrpInfAndSts>"
        "</CstmrPmtStsRpt></Document>\n"
    ).encode()


def _amount(cents: int) -> str:
    mark = "DBIT" if cents < 0 else "CRDT"
    amount = f"{Money(abs(cents), 'USD').decimal:f}"
    return f'<Amt Ccy="USD">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>'


def _balance(code: str, cents: int, on: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(cents)}"
        f"<Dt><Dt>{on}</Dt></Dt></Bal>"
    )


def _entry(one: Booking, on: date) -> str:
    party = "Cdtr" if one.cents < 0 else "Dbtr"
    name = f"<{party}><Pty><Nm>{escape(one.name)}</Nm></Pty></{party}>" if one.name else ""
    return (
        f"<Ntry>{_amount(one.cents)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{on}</Dt></BookgDt>"
        f"<ValDt><Dt>{on}</Dt></ValDt><AcctSvcrRef>{one.entry}</AcctSvcrRef>"
        f"<BkTxCd><Prtry><Cd>{one.code}</Cd></Prtry></BkTxCd><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>{escape(one.reference) or 'NOTPROVIDED'}</EndToEndId></Refs>"
        f"<RltdPties>{name}</RltdPties><RmtInf><Ustrd>{escape(one.text)}</Ustrd></RmtInf>"
        "</TxDtls></NtryDtls></Ntry>"
    )
