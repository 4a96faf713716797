"""Statements as MT940 (SWIFT customer statement message), as banks all over Europe write it."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from mt940 import tags

from together.treasury.formats import codes, mt940_details, text_files, values
from together.treasury.formats.mt940_details import OWNER, Details
from together.treasury.formats.mt940_fields import Field, Message, messages
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

LARGEST = 32 * 1024 * 1024
MOST_MESSAGES = 20_000
BALANCE = re.compile(r"[CD][0-9]{6}[A-Z]{3}(?=.{2,15}\Z)[0-9]+,[0-9]*")
LINE = re.compile(
    r"[0-9]{6}([0-9]{4})?R?[CD][A-Z]?(?=[0-9,]{2,15}[A-Z])[0-9]+,[0-9]*"
    r"[A-Z][A-Z0-9]{3}(?:(?!//)[^\n]){0,80}(//[^\n]{0,23})?(\n[^\n]{0,80})?"
)
NUMBER = re.compile(r"([0-9]{1,5})(?:/([0-9]{1,5}))?")
NO_REFERENCE = frozenset({"", "NONREF", "NOREF", "NOTPROVIDED"})

# Fields are checked above first: the library forgives what must be refused, such as a 30 February,
# digits of other alphabets, or a text that goes on where the field ends.
LINE_TAG = tags.StatementGLS()
BALANCE_TAG = tags.Tags.FINAL_OPENING_BALANCE.value

Value = TypeVar("Value")


def parse(data: bytes) -> list[ParsedStatement]:
    """
    Read every statement of a file; pages (60M, 62M) are joined.

    ``entry_id`` is the bank's reference of field 61, ``reference`` the end-to-end reference of
    field 86, else the customer's reference of field 61.

    :raises Unreadable: with every fault of the file, up to 100; rows are lines of the file
    """
    text_files.demand_size(data, LARGEST)
    faults = Faults()
    pages, lines = [], 0
    for message in messages(data, faults):
        page = _page(message, faults)
        if page:
            pages.append(page)
            lines += len(page.lines)
        if lines > MOST_LINES or len(pages) > MOST_MESSAGES:
            rule = f"has more than {MOST_LINES:,} lines, or {MOST_MESSAGES:,} messages"
            raise refuse(rule, row=message.row)
    statements = list(joined(pages, faults))
    faults.end()
    if not statements:
        raise refuse("has no message that begins with :20:")
    return statements


def _page(message: Message, faults: Faults) -> Page | None:
    """Read one message."""
    account, servicer = _account(message, faults)
    number, page = _take(message, faults, _number, "28C", "28") or (None, 0)
    opening = _take(message, faults, _balance, "60F", "60M")
    closing = _take(message, faults, _balance, "62F", "62M")
    _take(message, faults, _reference, "20")
    if message.first("64"):
        _take(message, faults, _balance, "64")
    if opening is None or closing is None or account is None:
        return None
    asset = opening[1]
    if closing[1] != asset:
        faults.add(message.row, ":62F:", closing[1], f"is not {asset}, the currency of :60F:")
    lines, left_out = _lines(message, asset, faults)
    return Page(
        row=message.row,
        account=account,
        servicer=servicer or message.sender,
        number=number or None,
        asset=asset,
        opening=opening[0],
        closing=closing[0],
        from_on=opening[2],
        to_on=closing[2],
        page=page,
        begins=message.first("60F") is not None,
        ends=message.first("62F") is not None,
        lines=tuple(lines),
        left_out=tuple(left_out),
    )


def _take(
    message: Message, faults: Faults, reader: Callable[[str], Value], *of: str
) -> Value | None:
    """Read the field that has one of the tags, which must be there."""
    found = message.first(*of)
    if found is None:
        faults.add(message.row, f":{of[0]}:", "", "is missing")
        return None
    return faults.take(found.row, f":{found.tag}:", found.text, reader)


def _account(message: Message, faults: Faults) -> tuple[str | None, str]:
    """Read field 25: an account, with its currency after it as some banks do; 25P with a BIC."""
    found = message.first("25", "25P")
    lines = found.lines if found else []
    servicer = ""
    if found and found.tag == "25P" and len(lines) == 2:
        servicer = faults.take(found.row, ":25P:", lines[1], values.servicer) or ""
        del lines[1]
    return _take(message, faults, _account_number, "25", "25P"), servicer


def _account_number(text: str) -> str:
    return values.account(re.sub(r" ?[A-Z]{3}\Z", "", text) if " " in text else text)


def _number(text: str) -> tuple[int, int]:
    """Read the number of the statement and of its page; 0 is none."""
    found = NUMBER.fullmatch(text)
    if not found:
        raise Wrong("is not a number of a statement such as 123/1")
    return int(found[1]), int(found[2] or 0)


def _reference(text: str) -> str:
    if not 0 < len(text) <= 35:
        raise Wrong("is empty or longer than 35")
    return text


def _balance(text: str) -> tuple[str, str, date]:
    """Read a balance: signed amount, currency, day."""
    if not BALANCE.fullmatch(text):
        raise Wrong("is not a balance such as C251014USD1234,56")
    found = _by_library(BALANCE_TAG, text)["final_opening_balance"]
    return _decimal(found.amount.amount), found.amount.currency, _day(found.date)


def _by_library(tag: tags.Tag, text: str) -> dict[str, Any]:
    """Let the library read a field that was checked."""
    try:
        return tag(OWNER, tag.parse(OWNER, text))
    except ValueError:
        raise Wrong("holds what is no day of the calendar") from None
    except (RuntimeError, ArithmeticError):
        raise Wrong("is not as MT940 has it") from None


def _decimal(amount: Decimal) -> str:
    """Write an amount; the debit of nothing is nothing."""
    return values.amount(format(amount if amount else abs(amount), "f"))


def _day(day: date) -> date:
    return values.day_of(str(day.year), str(day.month), str(day.day))


def _lines(message: Message, asset: str, faults: Faults) -> tuple[list[ParsedLine], list[LeftOut]]:
    """Read fields 61, each with the field 86 that follows it."""
    lines, left_out = [], []
    for booked, details in _pairs(message, faults):
        read = partial(_line, details=_details(details, faults), asset=asset)
        line = faults.take(booked.row, ":61:", booked.text, read)
        if line and line.amount == "0":
            left_out.append(LeftOut(line.entry_id, line.amount, "moves nothing"))
        elif line:
            lines.append(line)
    return lines, left_out


def _pairs(message: Message, faults: Faults) -> Iterator[tuple[Field, Field | None]]:
    """Give each field 61 with its field 86; one after the closing balance is of the statement."""
    booked: Field | None = None
    is_over = False
    for field in message.fields:
        is_over = is_over or field.tag.startswith("62")
        if field.tag == "61":
            if is_over:
                faults.add(field.row, ":61:", field.text, "stands after the closing balance")
            if booked:
                yield booked, None
            booked = field
        elif field.tag == "86" and not is_over:
            if booked is None:
                faults.add(field.row, ":86:", field.text, "follows no :61:")
            else:
                yield booked, field
            booked = None
    if booked:
        yield booked, None


def _details(field: Field | None, faults: Faults) -> Details:
    if field is None:
        return Details()
    if len(field.text) > mt940_details.LONGEST:
        faults.add(field.row, ":86:", field.text, f"is longer than {mt940_details.LONGEST}")
        return Details()
    return mt940_details.read(field.lines)


def _line(text: str, *, details: Details, asset: str) -> ParsedLine:
    """Read field 61 and what its field 86 told."""
    if not LINE.fullmatch(text):
        raise Wrong("is not a statement line such as 2510141014D12,50NTRFREF//BANKREF")
    found = _by_library(LINE_TAG, text)
    amount = _decimal(found["amount"].amount)
    kind, mark = found["id"], found["status"]
    code = f"{kind}+{details.code}" if details.code else kind
    bank_reference = (found["bank_reference"] or "").strip()
    own = (found["customer_reference"] or "").strip()
    reference = details.reference or ("" if own.upper() in NO_REFERENCE else own)
    is_return = mark.startswith("R") or bool(details.return_reason)
    account = values.plain(details.counterparty_account, "counterparty_account")
    return ParsedLine(
        entry_id="" if bank_reference.upper() in NO_REFERENCE else _id(bank_reference),
        booked_at=values.start_of(_day(found.get("entry_date") or found["date"])),
        type=codes.type_of(code, is_inflow=not amount.startswith("-"), is_return=is_return),
        amount=amount,
        asset=asset,
        reference=values.plain(reference, "reference"),
        counterparty=values.plain(details.counterparty, "counterparty"),
        value_on=_day(found["date"]),
        counterparty_account=account.replace(" ", ""),
        remittance=values.plain(details.remittance or found["extra_details"] or "", "remittance"),
        code=code,
        return_reason=values.plain(details.return_reason, "return_reason"),
    )


def _id(reference: str) -> str:
    return values.plain(reference, "entry_id")
