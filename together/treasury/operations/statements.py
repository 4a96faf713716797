"""Statements in: a file is kept, stored whole or refused whole, then matched line by line."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from together.controls.models import Person
from together.controls.operations.records import record
from together.treasury.formats import reading
from together.treasury.formats.parsed import (
    Fault,
    ParsedLine,
    ParsedStatement,
    Unreadable,
    digest,
)
from together.treasury.formats.reading import Given
from together.treasury.models import (
    CashAccount,
    ColumnMapping,
    Statement,
    StatementFile,
)
from together.treasury.operations import statement_checks as checks
from together.treasury.operations import statement_files
from together.treasury.operations.matching import match
from together.treasury.operations.statement_checks import DoesNotContinue
from together.treasury.rules import continuity
from together.treasury.rules.states import StatementFileState

LINES = """
COPY treasury_statementline (pool_id, account_id, statement_id, entry_id, booked_at, type, amount,
    reference, counterparty, counterparty_account, details, code, return_reason, value_on, state,
    reason, is_receipt) FROM STDIN
"""


def import_file(
    *,
    account: CashAccount,
    data: bytes,
    by: Person | None,
    at: datetime,
    mapping: ColumnMapping | None = None,
    given: Given | None = None,
    name: str = "",
) -> StatementFile:
    """
    Keep a file, store every statement of it or none, match their lines; give the file.

    The same statement twice changes nothing: the file is then known. A refused file is kept with
    its faults.

    :raises TooLarge: if it is larger than any that is read
    :raises Unreadable: if it is malformed; every fault is named, nothing is stored
    :raises DoesNotContinue: if a statement is of another account, does not follow the last one or
        does not add up
    """
    file = statement_files.receive(
        account=account, data=data, by=by, at=at, mapping=mapping, given=given, name=name
    )
    return work(file=file, at=at)


def work(*, file: StatementFile, at: datetime) -> StatementFile:
    """
    Bring a file from where it stands to its end; run twice, also at once, it changes nothing more.

    :raises Unreadable, DoesNotContinue: if it is refused, as :func:`import_file`
    """
    file = statement_files.begin(file=file, at=at)
    if file.state == StatementFileState.RECEIVED:
        try:
            parsed = reading.read(
                bytes(file.content.data),
                mapping=statement_files.mapping_of(file),
                given=statement_files.given_of(file),
            )
            _store(file=file, statements=parsed, at=at)
        except Unreadable as refusal:
            statement_files.refuse(file=file, faults=refusal.faults, at=at)
            raise
        except DoesNotContinue as refusal:
            faults = [Fault(0, "statement", "", str(refusal))]
            statement_files.refuse(file=file, faults=faults, at=at)
            raise
        file.refresh_from_db()
    if file.state == StatementFileState.KNOWN:
        match(account=file.account, at=at)  # it may have become clear since
    if file.state in (StatementFileState.STORED, StatementFileState.MATCHING):
        statement_files.matching(file=file, at=at)
        match(account=file.account, at=at)
        statement_files.booked(file=file, at=at)
        file.refresh_from_db()
    return file


@transaction.atomic(durable=True)
def _store(*, file: StatementFile, statements: Sequence[ParsedStatement], at: datetime) -> None:
    """Store in the order of their days what is not known yet, or nothing at all."""
    account = CashAccount.objects.select_for_update().get(pk=file.account_id)
    current = statement_files.of_try(file)
    if current is None:
        return
    numbers, is_new = [], False
    for parsed in sorted(statements, key=lambda one: (one.from_at, one.to_at)):
        checks.demand_ours(account, parsed)
        said = digest(parsed)
        known = Statement.objects.filter(account=account, digest=said).first()
        statement = known or _store_one(account, current, parsed, said, at)
        is_new = is_new or known is None
        numbers.append(statement.number)
    lines = sum(len(parsed.lines) for parsed in statements)
    if is_new:
        statement_files.stored(current, numbers, lines, at)
    else:
        statement_files.known(current, numbers, lines, at)


def _store_one(
    account: CashAccount, file: StatementFile, parsed: ParsedStatement, said: str, at: datetime
) -> Statement:
    """Store one statement that follows the last one, with its lines."""
    amounts = checks.amounts(account, parsed)
    stated = checks.stated(account, parsed)
    before = checks.before(account)
    checks.demand_fresh(account, parsed)
    checks.demand_unbroken(account, parsed, continuity.broken_within(stated, sum(amounts)))
    checks.demand_unbroken(account, parsed, continuity.broken_after(before, stated))
    statement = Statement.objects.create(
        pool_id=account.pool_id,
        account=account,
        file=file,
        number=before.number + 1 if before else 1,
        source_number=parsed.number,
        digest=said,
        opening=stated.opening,
        closing=stated.closing,
        from_at=parsed.from_at,
        to_at=parsed.to_at,
        repeated=parsed.repeated,
        left_out=[[one.entry, one.amount, one.reason] for one in parsed.left_out],
        last_block=stated.last_block,
        imported_by=file.received_by,
        imported_at=at,
    )
    _copy(statement, parsed.lines, amounts)
    record(
        what="statement.imported",
        subject=f"{account.code}:{statement.number}",
        by=file.received_by,
        at=at,
        details={
            "file": file.pk,
            "source_number": parsed.number,
            "lines": len(parsed.lines),
            "repeated": parsed.repeated,
            "left_out": len(parsed.left_out),
            "digest": said,
        },
    )
    return statement


def _copy(statement: Statement, lines: Sequence[ParsedLine], amounts: Sequence[int]) -> None:
    """Write the lines down, open."""
    head = [statement.pool_id, statement.account_id, statement.pk]
    with connection.cursor() as cursor, cursor.copy(LINES) as copy:
        for line, amount in zip(lines, amounts, strict=True):
            copy.write_row(
                [*head, line.entry_id, line.booked_at, line.type, amount, line.reference]
                + [line.counterparty, line.counterparty_account, line.remittance, line.code]
                + [line.return_reason, line.value_on, "break", "not matched yet", False]
            )
