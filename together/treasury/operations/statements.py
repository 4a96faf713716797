"""Statements in: stored whole or refused whole, then matched line by line with a reason."""

import hashlib
from datetime import datetime

from django.db import connection, transaction

from together import Refused
from together.controls.models import Person
from together.controls.operations.records import record
from together.ledger.rules.money import Money, parse
from together.treasury.formats import statement_csv
from together.treasury.formats.statement_csv import Fault, ParsedStatement, Unreadable
from together.treasury.models import CashAccount, Statement, StatementLine
from together.treasury.operations.matching import match


class DoesNotContinue(Refused):
    """Raised when a statement does not begin where the last one ended, or does not add up."""


def import_csv(
    *, account: CashAccount, data: bytes, by: Person | None, at: datetime
) -> tuple[Statement, bool]:
    """
    Read one statement, store it, match its lines; give it and whether it is new.

    The same statement twice changes nothing.

    :raises Unreadable: if the file is malformed; every fault is named, nothing is stored
    :raises DoesNotContinue: if it does not follow the last statement or does not add up
    """
    parsed = statement_csv.parse(data)
    statement, is_new = _store(account=account, parsed=parsed, by=by, at=at)
    match(account=account)
    return statement, is_new


@transaction.atomic(durable=True)
def _store(
    *, account: CashAccount, parsed: ParsedStatement, by: Person | None, at: datetime
) -> tuple[Statement, bool]:
    account = CashAccount.objects.select_for_update().get(pk=account.pk)
    digest = _digest(parsed)
    known = Statement.objects.filter(account=account, digest=digest).first()
    if known:
        return known, False
    amounts = _amounts(account, parsed)
    opening = parse(parsed.opening, account.asset).minor_units
    closing = parse(parsed.closing, account.asset).minor_units
    last = Statement.objects.filter(account=account).order_by("-number").first()
    _demand_continues(account, parsed.number, opening, closing - sum(amounts), last)
    statement = Statement.objects.create(
        pool_id=account.pool_id,
        account=account,
        number=parsed.number,
        digest=digest,
        opening=opening,
        closing=closing,
        from_at=parsed.from_at,
        to_at=parsed.to_at,
        imported_by=by,
        imported_at=at,
    )
    _demand_fresh(account, parsed)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY treasury_statementline (pool_id, account_id, statement_id, entry_id, booked_at,"
            " type, amount, reference, counterparty, state, reason, is_receipt) FROM STDIN"
        ) as copy,
    ):
        for line, amount in zip(parsed.lines, amounts, strict=True):
            copy.write_row(
                [account.pool_id, account.code, statement.pk, line.entry_id, line.booked_at]
                + [
                    line.type,
                    amount,
                    line.reference,
                    line.counterparty,
                    "break",
                    "not matched yet",
                    False,
                ]
            )
    record(
        what="statement.imported",
        subject=f"{account.code}:{parsed.number}",
        by=by,
        at=at,
        details={"lines": len(parsed.lines), "repeated": parsed.repeated, "digest": digest},
    )
    return statement, True


def _amounts(account: CashAccount, parsed: ParsedStatement) -> list[int]:
    """Give the lines' amounts in minor units; refuse another wallet, asset or a wrong sign."""
    if (parsed.wallet, parsed.asset) != (account.identifier, account.asset):
        raise DoesNotContinue(
            f"the statement is of {parsed.wallet} in {parsed.asset}; "
            f"account {account.code} is {account.identifier} in {account.asset}"
        )
    amounts, faults = [], []
    for row, line in enumerate(parsed.lines, start=2):
        try:
            amount = parse(line.amount, account.asset).minor_units
        except ValueError as error:
            faults.append(Fault(row, "amount", line.amount, str(error)))
            continue
        if amount == 0 or (amount < 0) != (line.type == "payment"):
            faults.append(Fault(row, "amount", line.amount, f"has the wrong sign for {line.type}"))
        amounts.append(amount)
    if faults:
        raise Unreadable(faults[: statement_csv.MOST_FAULTS])
    return amounts


def _demand_continues(
    account: CashAccount, number: int, opening: int, computed_opening: int, last: Statement | None
) -> None:
    """Refuse a gap, an overlap, and a statement whose lines do not lead to its closing."""
    if opening != computed_opening:
        raise DoesNotContinue(
            f"{account.code} statement {number}: its lines are off its closing balance by "
            f"{Money(abs(opening - computed_opening), account.asset)}"
        )
    expected = (last.number + 1, last.closing) if last else (1, 0)
    if (number, opening) != expected:
        raise DoesNotContinue(
            f"{account.code}: statement {number} opens with {Money(opening, account.asset)}; "
            f"expected is statement {expected[0]} opening with {Money(expected[1], account.asset)}"
        )


def _demand_fresh(account: CashAccount, parsed: ParsedStatement) -> None:
    """Refuse a statement with a line that stands on an earlier one."""
    ids = [line.entry_id for line in parsed.lines]
    known = StatementLine.objects.filter(account=account, entry_id__in=ids).select_related(
        "statement"
    )
    first = known.order_by("id").first()
    if first:
        raise DoesNotContinue(
            f"{account.code} statement {parsed.number}: line {first.entry_id} stands on statement"
            f" {first.statement.number} already"
        )


def _digest(parsed: ParsedStatement) -> str:
    """Give the SHA-256 of what the statement says, however its file spells it."""
    running = hashlib.sha256(
        f"{parsed.wallet}|{parsed.number}|{parsed.opening}|{parsed.closing}\n".encode()
    )
    for line in sorted(parsed.lines, key=lambda one: one.entry_id):
        running.update(f"{line.entry_id}|{line.amount}|{line.type}|{line.reference}\n".encode())
    return running.hexdigest()
