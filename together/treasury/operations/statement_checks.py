"""What a statement must be to be stored: ours, of our asset, following the last one, all new."""

import re

from django.db import connection

from together import Refused
from together.ledger.rules.money import Money, parse
from together.treasury.formats import values
from together.treasury.formats.parsed import (
    MOST_FAULTS,
    Fault,
    ParsedStatement,
    Unreadable,
    Wrong,
    wrong_sign,
)
from together.treasury.models import CashAccount, Statement
from together.treasury.rules import continuity
from together.treasury.rules.continuity import Before, Stated
from together.treasury.rules.destinations import RailKind

AMOUNTS = re.compile(r"\{(-?[0-9]+)\}")


class DoesNotContinue(Refused):
    """Raised when a statement does not begin where the last one ended, or does not add up."""


def demand_ours(account: CashAccount, parsed: ParsedStatement) -> None:
    """Refuse a statement of another account, asset or servicer, naming both."""
    ours, theirs = _plain(account.identifier), _plain(parsed.account)
    kept, told = keeper_of(account), keeper(parsed.servicer)
    is_ours = ours == theirs and account.asset == parsed.asset
    if is_ours and not (kept and told and kept != told):
        return
    raise DoesNotContinue(
        f"the statement is of {_named(parsed.account, parsed.asset, parsed.servicer)}; account"
        f" {account.code} is {_named(account.identifier, account.asset, kept or account.servicer)}"
    )


def amounts(account: CashAccount, parsed: ParsedStatement) -> list[int]:
    """Give the lines' amounts in minor units; refuse other assets, wrong signs and other days."""
    amounts, faults = [], []
    span = Stated(0, 0, parsed.from_at, parsed.to_at)
    for row, line in enumerate(parsed.lines, start=1):
        broken = wrong_sign(line.type, line.amount) or (
            "" if line.asset == account.asset else f"is in {line.asset}, not {account.asset}"
        )
        place = continuity.misplaced(span, line.booked_at, line.value_on)
        if broken:
            faults.append(Fault(row, "amount", line.amount, f"line {line.entry_id} {broken}"))
        if place:
            day = line.booked_at.isoformat()
            faults.append(Fault(row, "booked_at", day, f"line {line.entry_id} {place}"))
        try:
            amounts.append(parse(line.amount, account.asset).minor_units)
        except ValueError as error:
            faults.append(Fault(row, "amount", line.amount, f"line {line.entry_id}: {error}"))
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise Unreadable(faults[:MOST_FAULTS])
    return amounts


def stated(account: CashAccount, parsed: ParsedStatement) -> Stated:
    """Give what a statement says, in minor units."""
    ends = []
    for column in ("opening", "closing"):
        text = getattr(parsed, column)
        try:
            ends.append(parse(text, account.asset).minor_units)
        except ValueError as error:
            raise Unreadable([Fault(0, column, text, str(error))]) from error
    first, last = parsed.blocks or (None, None)
    opening, closing = ends
    return Stated(
        opening,
        closing,
        parsed.from_at,
        parsed.to_at,
        source_number=parsed.number,
        first_block=(first.number, first.hash) if first else None,
        last_block=(last.number, last.hash) if last else None,
        parent_hash=first.parent_hash if first else "",
    )


def before(account: CashAccount) -> Before | None:
    """Give the last statement of an account, and the newest number its servicer told."""
    found = Statement.objects.filter(account=account).order_by("-number")
    last = found.first()
    if last is None:
        return None
    told = found.exclude(source_number=None).first()
    return Before(
        last.number,
        Stated(
            last.opening,
            last.closing,
            last.from_at,
            last.to_at,
            source_number=last.source_number,
            last_block=(last.last_block[0], last.last_block[1]) if last.last_block else None,
        ),
        last_told=(told.source_number or 0, told.to_at.year) if told else None,
    )


def demand_unbroken(account: CashAccount, parsed: ParsedStatement, broken: str) -> None:
    """Refuse a statement for what the rules found, its amounts written for people."""
    if broken:
        text = AMOUNTS.sub(lambda found: str(Money(int(found[1]), account.asset)), broken)
        raise DoesNotContinue(f"{account.code} {_title(parsed)}: it {text}")


def demand_fresh(account: CashAccount, parsed: ParsedStatement) -> None:
    """Refuse a statement with a line that stands on an earlier one."""
    ids = [line.entry_id for line in parsed.lines]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.entry_id, s.number, s.source_number FROM treasury_statementline l"
            " JOIN treasury_statement s ON s.id = l.statement_id"
            " WHERE l.account_id = %s AND l.entry_id = ANY(%s) ORDER BY l.id LIMIT 1",
            [account.code, ids],
        )
        first = cursor.fetchone()
    if first:
        entry, number, source = first
        own = f" ({source} of its servicer)" if source not in (None, number) else ""
        raise DoesNotContinue(
            f"{account.code} {_title(parsed)}: line {entry} stands on statement {number}{own}"
            " already"
        )


def _plain(account: str) -> str:
    """Give an account as it is compared: an IBAN without spaces, an address of a chain in small."""
    try:
        found = values.account(account)
    except Wrong:
        return account
    return found.lower() if found.startswith("0x") else found


def keeper_of(account: CashAccount) -> str:
    """Give who keeps an account as statements tell it: an address is the same on every chain."""
    if account.kind == RailKind.CHAIN:
        return f"eip155:{account.servicer}"
    return keeper(account.servicer)


def keeper(servicer: str) -> str:
    """Give a BIC or chain as it is compared; the name of an exchange is told by no statement."""
    try:
        return values.servicer(servicer)[:8] if servicer.isupper() else values.servicer(servicer)
    except Wrong:
        return ""


def _named(account: str, asset: str, servicer: str) -> str:
    return f"{account} in {asset}" + (f" at {servicer}" if servicer else "")


def _title(parsed: ParsedStatement) -> str:
    number = f"statement {parsed.number}" if parsed.number is not None else "statement"
    return f"{number} of {parsed.from_at.date()} to {parsed.to_at.date()}"
