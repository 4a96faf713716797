"""Writers of statements: one logical statement as camt.053, MT940, CSV or an indexer's JSON."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.sax.saxutils import escape

from together.treasury.formats import values
from together.treasury.formats.csv_mapping import Mapping
from together.treasury.formats.parsed import ParsedLine, ParsedStatement

DE_IBAN = "DE89370400440532013000"
NL_IBAN = "NL91ABNA0417164300"
FR_IBAN = "FR1420041010050500013M02606"
USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
OUR_WALLET = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
THEIR_WALLET = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
NS = "urn:iso:std:iso:20022:tech:xsd:camt.053.001."


def booked(day: int, amount: str, entry_id: str, **told: object) -> ParsedLine:
    """Make a line of October 2025; what is not told is as plain as can be."""
    on = date(2025, 10, day)
    usual = {
        "booked_at": values.start_of(on),
        "value_on": on,
        "type": "payment" if amount.startswith("-") else "receipt",
        "asset": "EUR",
        "reference": "",
        "counterparty": "",
        "code": "NTRF",
    }
    return ParsedLine(entry_id=entry_id, amount=amount, **{**usual, **told})


def stated(lines: list[ParsedLine], **told: object) -> ParsedStatement:
    """Make the statement that these lines are on."""
    opening = str(told.pop("opening", "1000"))
    closing = values.amount(
        format(Decimal(opening) + sum(Decimal(one.amount) for one in lines), "f")
    )
    days = [one.booked_at.date() for one in lines] or [date(2025, 10, 14)]
    usual = {
        "number": 17,
        "account": DE_IBAN,
        "servicer": "COBADEFF",
        "asset": "EUR",
        "from_at": values.start_of(min(days)),
        "to_at": values.end_of(max(days)),
    }
    return ParsedStatement(
        lines=tuple(lines), opening=opening, closing=closing, **{**usual, **told}
    )


def european() -> ParsedStatement:
    """A European bank's statement: payments, one that came back, a fee, money from a borrower."""
    return stated(
        [
            booked(13, "-4000", "2025101300017", reference="TGR-7-1-00001", counterparty="A. Jansen",
                   counterparty_account=NL_IBAN, remittance="Together award 7-1, no liability"),
            booked(13, "4000", "2025101300018", reference="TGR-7-1-00001", counterparty="A. Jansen",
                   counterparty_account=NL_IBAN, remittance="Account closed", type="return",
                   code="NRTI", return_reason="AC04"),
            booked(14, "-12.5", "2025101400019", type="fee", code="NCHG", remittance="Charges for October"),
            booked(14, "250000.07", "2025101400020", reference="LN-0001", counterparty="Societe Generique",
                   counterparty_account=FR_IBAN, remittance="Instalment 3 of LN-0001"),
        ]
    )  # fmt: skip


def american() -> ParsedStatement:
    """A bank of the United States: account number, dollars, wires and a wire fee."""
    account = {"account": "000123456789", "servicer": "CHASUS33", "asset": "USD"}
    return stated(
        [
            booked(14, "1000000", "3287600287JO", asset="USD", reference="LN-0002",
                   counterparty="ACME TRADING LLC", counterparty_account="987654321", remittance="LOAN REPAYMENT LN-0002"),
            booked(14, "-15", "3287600288FE", asset="USD", type="fee", code="NCHG", remittance="INCOMING WIRE FEE"),
            booked(15, "-2500.1", "3288600011JO", asset="USD", reference="TGR-8-1-00002",
                   counterparty="JANE DOE", counterparty_account="5556667", remittance="TOGETHER AWARD"),
        ],
        opening="12.34",
        **account,
    )  # fmt: skip


# --- camt.053 -------------------------------------------------------------------------------
def camt(*statements: ParsedStatement, version: str = "08", declared: str = "UTF-8") -> str:
    """Write a document, without any white space between its elements."""
    head = "<GrpHdr><MsgId>M1</MsgId><CreDtTm>2025-10-15T03:00:00+02:00</CreDtTm></GrpHdr>"
    body = "".join(camt_statement(one, version) for one in statements)
    return (
        f'<?xml version="1.0" encoding="{declared}"?><Document xmlns="{NS}{version}">'
        f"<BkToCstmrStmt>{head}{body}</BkToCstmrStmt></Document>"
    )


def camt_statement(statement: ParsedStatement, version: str = "08") -> str:
    is_iban = statement.account[:2].isalpha()
    id_ = (
        f"<IBAN>{statement.account}</IBAN>"
        if is_iban
        else (f"<Othr><Id>{statement.account}</Id></Othr>")
    )
    bic = "BICFI" if version >= "04" else "BIC"
    number = f"<ElctrncSeqNb>{statement.number}</ElctrncSeqNb>" if statement.number else ""
    return (
        f"<Stmt><Id>S{statement.number}</Id>{number}<CreDtTm>2025-10-15T03:00:00</CreDtTm>"
        f"<Acct><Id>{id_}</Id><Ccy>{statement.asset}</Ccy>"
        f"<Svcr><FinInstnId><{bic}>{statement.servicer.ljust(11, 'X')}</{bic}></FinInstnId></Svcr></Acct>"
        + camt_balance("OPBD", statement.opening, statement.asset, statement.from_at)
        + camt_balance("CLBD", statement.closing, statement.asset, statement.to_at)
        + camt_balance("CLAV", statement.closing, statement.asset, statement.to_at)
        + "".join(camt_entry(one, version) for one in statement.lines)
        + "</Stmt>"
    )


def camt_amount(amount: str, asset: str) -> str:
    mark = "DBIT" if amount.startswith("-") else "CRDT"
    text = f"{Decimal(amount.lstrip('-')):.2f}"
    return f'<Amt Ccy="{asset}">{text}</Amt><CdtDbtInd>{mark}</CdtDbtInd>'


def camt_balance(code: str, amount: str, asset: str, at: datetime) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{camt_amount(amount, asset)}"
        f"<Dt><Dt>{at.date()}</Dt></Dt></Bal>"
    )


def camt_entry(line: ParsedLine, version: str = "08", *, details: str | None = None, status: str = "BOOK",
               more: str = "") -> str:  # fmt: skip
    sts = f"<Sts><Cd>{status}</Cd></Sts>" if version >= "08" else f"<Sts>{status}</Sts>"
    value = f"<ValDt><Dt>{line.value_on}</Dt></ValDt>" if line.value_on else ""
    ref = f"<AcctSvcrRef>{line.entry_id}</AcctSvcrRef>" if line.entry_id else ""
    told = camt_details(line, version) if details is None else details
    return (
        f"<Ntry>{camt_amount(line.amount, line.asset)}{sts}<BookgDt><Dt>{line.booked_at.date()}</Dt></BookgDt>"
        f"{value}{ref}<BkTxCd><Prtry><Cd>{line.code}</Cd></Prtry></BkTxCd>{more}"
        f"<NtryDtls>{told}</NtryDtls></Ntry>"
    )


def camt_details(line: ParsedLine, version: str = "08", *, amount: str = "", refs: str = "") -> str:
    # Who sent the money is the debtor; in a return the parties keep the parts they had.
    is_debtor = line.amount.startswith("-") == (line.type == "return")
    role = "Dbtr" if is_debtor else "Cdtr"
    name = f"<Nm>{escape(line.counterparty)}</Nm>"
    name = f"<Pty>{name}</Pty>" if version >= "08" else name
    number = line.counterparty_account
    id_ = (
        f"<IBAN>{number}</IBAN>"
        if number[:2].isalpha()
        else f"<Othr><Id>{escape(number)}</Id></Othr>"
    )
    parties = f"<{role}>{name}</{role}>" if line.counterparty else ""
    parties += f"<{role}Acct><Id>{id_}</Id></{role}Acct>" if number else ""
    reason = (
        f"<RtrInf><Rsn><Cd>{line.return_reason}</Cd></Rsn></RtrInf>" if line.return_reason else ""
    )
    return (
        f"<TxDtls><Refs>{refs}<EndToEndId>{escape(line.reference) or 'NOTPROVIDED'}</EndToEndId></Refs>{amount}"
        f"<RltdPties>{parties}</RltdPties><RmtInf><Ustrd>{escape(line.remittance)}</Ustrd></RmtInf>{reason}</TxDtls>"
    )


# --- MT940 ----------------------------------------------------------------------------------
def mt940(*statements: ParsedStatement, enveloped: bool = False) -> str:
    """Write messages, in SWIFT's envelope or without one, with field 86 between slashes."""
    return "".join(mt940_message(one, enveloped=enveloped) for one in statements)


def mt940_message(statement: ParsedStatement, *, enveloped: bool = False, pages: tuple[int, str, str] | None = None) -> str:  # fmt: skip
    page, first, last = pages or (1, "60F", "62F")
    bank = statement.servicer.ljust(11, "X")
    head = f"{{1:F01TOGETHERAXXX0000000000}}{{2:O9401200251014{bank[:8]}A{bank[8:]}00000000002510141200N}}{{4:\n"
    fields = [
        ":20:STARTUMSE",
        f":25:{statement.account}",
        f":28C:{statement.number or 0:05d}/{page:03d}",
        f":{first}:{mt940_balance(statement.opening, statement.asset, statement.from_at)}",
        *(field for line in statement.lines for field in mt940_line(line)),
        f":{last}:{mt940_balance(statement.closing, statement.asset, statement.to_at)}",
        f":64:{mt940_balance(statement.closing, statement.asset, statement.to_at)}",
    ]
    body = "\n".join(fields)
    return f"{head if enveloped else ''}{body}\n{'-}' if enveloped else '-'}\n"


def mt940_amount(amount: str) -> str:
    return f"{Decimal(amount.lstrip('-')):.2f}".replace(".", ",")


def mt940_balance(amount: str, asset: str, at: datetime) -> str:
    return f"{'D' if amount.startswith('-') else 'C'}{at:%y%m%d}{asset}{mt940_amount(amount)}"


def mt940_line(line: ParsedLine) -> list[str]:
    mark = "D" if line.amount.startswith("-") else "C"
    if line.type == "return":
        mark = {"C": "RD", "D": "RC"}[mark]
    value_on = line.value_on or line.booked_at.date()
    bank = f"//{line.entry_id}" if line.entry_id else ""
    first = f":61:{value_on:%y%m%d}{line.booked_at:%m%d}{mark}{mt940_amount(line.amount)}{line.code}NONREF{bank}"
    told = f"/EREF/{line.reference or 'NOTPROVIDED'}"
    told += (
        f"/CNTP/{line.counterparty_account}/COBADEFF/{line.counterparty}//"
        if line.counterparty
        else ""
    )
    told += f"/RTRN/{line.return_reason}" if line.return_reason else ""
    told += f"/REMI/USTD//{line.remittance}/"
    return [first, f":86:{told[:65]}", *(told[at : at + 65] for at in range(65, len(told), 65))]


# --- CSV ------------------------------------------------------------------------------------
def mapping(statement: ParsedStatement, **told: object) -> Mapping:
    """Make the mapping that :func:`mapped` is read by."""
    columns = {
        "booked_on": "Booked",
        "value_on": "Value",
        "amount": "Amount",
        "balance": "Balance",
        "asset": "Currency",
        "bank_reference": "Bank reference",
        "reference": "Reference",
        "counterparty": "Name",
        "counterparty_account": "Account",
        "remittance": "Text",
        "code": "Code",
    }
    usual = {
        "name": "A bank",
        "account": statement.account,
        "servicer": statement.servicer,
        "columns": tuple(columns.items()),
        "types": (("NRTI", "return"), ("NCHG", "fee")),
    }
    return Mapping(**{**usual, **told})


def mapped(
    statement: ParsedStatement, *, quoting: int = csv.QUOTE_MINIMAL, end: str = "\r\n"
) -> str:
    """Write a bank's CSV with running balances."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting, lineterminator=end)
    writer.writerow(["Booked", "Value", "Amount", "Currency", "Balance", "Bank reference", "Reference", "Name",
                     "Account", "Text", "Code"])  # fmt: skip
    balance = Decimal(statement.opening)
    for line in statement.lines:
        balance += Decimal(line.amount)
        writer.writerow(
            [line.booked_at.date(), line.value_on, line.amount, line.asset, format(balance, "f"), line.entry_id,
             line.reference, line.counterparty, line.counterparty_account, line.remittance, line.code]
        )  # fmt: skip
    return out.getvalue()


# --- chain ----------------------------------------------------------------------------------
def block_hash(number: int, fork: int = 0) -> str:
    return f"0x{number * 16 + fork:064x}"


def transfer(n: int, moved: int, *, block: int = 0, **told: object) -> dict[str, object]:
    """Make a transfer: out of our wallet if it moves less than zero."""
    number = block or 100 + n
    sender, receiver = (OUR_WALLET, THEIR_WALLET) if moved < 0 else (THEIR_WALLET, OUR_WALLET)
    usual = {
        "tx_hash": f"0x{0xABC000 + n:064x}",
        "log_index": n,
        "block_number": number,
        "block_hash": block_hash(number),
        "timestamp": datetime(2025, 10, 14, 12, 0, number % 60, tzinfo=UTC).isoformat(),
        "from": sender,
        "to": receiver,
        "value": str(abs(moved)),
        "removed": False,
        "confirmations": 500,
    }
    return {**usual, **told}


def chain(transfers: list[dict[str, object]], **told: object) -> dict[str, object]:
    """Make an indexer's document of blocks 100 to 200."""
    moved = sum(
        (1 if one["to"] == OUR_WALLET else -1) * int(str(one["value"]))
        for one in transfers
        if one["from"] != one["to"] and not one.get("removed")
    )
    usual = {
        "kind": "chain transfers",
        "version": 1,
        "chain_id": 1,
        "token": {"contract": USDC, "symbol": "USDC", "decimals": 6},
        "address": OUR_WALLET,
        "from_block": {"number": 100, "hash": block_hash(100), "timestamp": "2025-10-14T12:00:00Z",
                       "balance": "5000000"},
        "to_block": {"number": 200, "hash": block_hash(200), "timestamp": "2025-10-14T12:30:00Z",
                     "balance": str(5000000 + moved)},
        "finalized": {"number": 232, "hash": block_hash(232)},
        "transfers": transfers,
    }  # fmt: skip
    return {**usual, **told}


def chain_file(transfers: list[dict[str, object]], **told: object) -> str:
    return json.dumps(chain(transfers, **told))
