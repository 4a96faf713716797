"""Statements in: stored whole or refused whole, then matched line by line with a reason."""

import hashlib
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from together import Refused
from together.controls.models import Person
from together.controls.operations.records import record
from together.ledger.operations import posting
from together.ledger.rules.money import Money, parse
from together.treasury import postings
from together.treasury.formats import statement_csv
from together.treasury.formats.statement_csv import Fault, ParsedStatement, Unreadable
from together.treasury.models import Instruction, Pool, Statement, StatementLine
from together.treasury.rules.states import InstructionState


class DoesNotContinue(Refused):
    """Raised when a statement does not begin where the last one ended, or does not add up."""


def import_csv(
    *, pool: Pool, data: bytes, by: Person | None, at: datetime
) -> tuple[Statement, bool]:
    """
    Read one statement, store it, match its lines; give it and whether it is new.

    The same statement twice changes nothing.

    :raises Unreadable: if the file is malformed; every fault is named, nothing is stored
    :raises DoesNotContinue: if it does not follow the last statement or does not add up
    """
    parsed = statement_csv.parse(data)
    statement, is_new = _store(pool=pool, parsed=parsed, by=by, at=at)
    match(pool=pool)
    return statement, is_new


@transaction.atomic(durable=True)
def _store(
    *, pool: Pool, parsed: ParsedStatement, by: Person | None, at: datetime
) -> tuple[Statement, bool]:
    assert parsed.number is not None  # the rail counts its statements
    Pool.objects.select_for_update().get(pk=pool.pk)
    digest = _digest(parsed)
    known = Statement.objects.filter(pool=pool, digest=digest).first()
    if known:
        return known, False
    amounts = _amounts(pool, parsed)
    opening = parse(parsed.opening, pool.asset).minor_units
    closing = parse(parsed.closing, pool.asset).minor_units
    last = Statement.objects.filter(pool=pool).order_by("-number").first()
    _demand_continues(pool, parsed.number, opening, closing - sum(amounts), last)
    statement = Statement.objects.create(
        pool=pool,
        number=parsed.number,
        digest=digest,
        opening=opening,
        closing=closing,
        from_at=parsed.from_at,
        to_at=parsed.to_at,
        imported_by=by,
        imported_at=at,
    )
    _demand_fresh(pool, parsed)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY treasury_statementline (pool_id, statement_id, entry_id, booked_at, type, amount,"
            " reference, counterparty, state, reason, is_receipt) FROM STDIN"
        ) as copy,
    ):
        for line, amount in zip(parsed.lines, amounts, strict=True):
            copy.write_row(
                [pool.code, statement.pk, line.entry_id, line.booked_at, line.type, amount]
                + [line.reference, line.counterparty, "break", "not matched yet", False]
            )
    record(
        what="statement.imported",
        subject=f"{pool.code}:{parsed.number}",
        by=by,
        at=at,
        details={"lines": len(parsed.lines), "repeated": parsed.repeated, "digest": digest},
    )
    return statement, True


def _amounts(pool: Pool, parsed: ParsedStatement) -> list[int]:
    """Give the lines' amounts in minor units; refuse another wallet, asset or a wrong sign."""
    if (parsed.wallet, parsed.asset) != (pool.wallet, pool.asset):
        raise DoesNotContinue(
            f"the statement is of {parsed.wallet} in {parsed.asset}; "
            f"{pool.name} is {pool.wallet} in {pool.asset}"
        )
    amounts, faults = [], []
    for row, line in enumerate(parsed.lines, start=2):
        try:
            amount = parse(line.amount, pool.asset).minor_units
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
    pool: Pool, number: int, opening: int, computed_opening: int, last: Statement | None
) -> None:
    """Refuse a gap, an overlap, and a statement whose lines do not lead to its closing."""
    if opening != computed_opening:
        raise DoesNotContinue(
            f"{pool.name} statement {number}: its lines are off its closing balance by "
            f"{Money(abs(opening - computed_opening), pool.asset)}"
        )
    expected = (last.number + 1, last.closing) if last else (1, 0)
    if (number, opening) != expected:
        raise DoesNotContinue(
            f"{pool.name}: statement {number} opens with {Money(opening, pool.asset)}; "
            f"expected is statement {expected[0]} opening with {Money(expected[1], pool.asset)}"
        )


def _demand_fresh(pool: Pool, parsed: ParsedStatement) -> None:
    """Refuse a statement with a line that stands on an earlier one."""
    ids = [line.entry_id for line in parsed.lines]
    known = StatementLine.objects.filter(pool=pool, entry_id__in=ids).select_related("statement")
    first = known.order_by("id").first()
    if first:
        raise DoesNotContinue(
            f"{pool.name} statement {parsed.number}: line {first.entry_id} stands on statement"
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


MATCH_PAYMENTS = """
WITH matched AS (
UPDATE treasury_statementline l
   SET state = 'matched', reason = 'reference and amount', instruction_id = i.id
  FROM treasury_instruction i, treasury_pool p
 WHERE l.pool_id = %(pool)s AND p.code = l.pool_id AND l.state = 'break' AND l.type = 'payment'
   AND i.reference = l.reference AND i.amount = -l.amount AND i.asset = p.asset
   AND i.state IN ('settled', 'returned')
   AND EXISTS (SELECT FROM treasury_batch b JOIN treasury_disbursement d ON d.id = b.disbursement_id
                WHERE b.id = i.batch_id AND d.pool_id = l.pool_id)
   AND NOT EXISTS (SELECT FROM treasury_statementline o
                    WHERE o.instruction_id = i.id AND o.amount < 0)
   AND l.id = (SELECT min(f.id) FROM treasury_statementline f
                WHERE f.pool_id = l.pool_id AND f.reference = l.reference
                  AND f.state = 'break' AND f.type = 'payment' AND f.amount = l.amount)
RETURNING l.id, l.statement_id, l.instruction_id, -l.amount AS paid)
SELECT s.number, b.number, min(m.id), sum(m.paid)::bigint, max(s.to_at)
  FROM matched m
  JOIN treasury_statement s ON s.id = m.statement_id
  JOIN treasury_instruction i ON i.id = m.instruction_id
  JOIN treasury_batch b ON b.id = i.batch_id
 GROUP BY 1, 2 ORDER BY 1, 2
"""
MATCH_RETURNS = """
UPDATE treasury_statementline l
   SET state = 'matched', reason = 'return of a payment', instruction_id = i.id
  FROM treasury_instruction i
 WHERE l.pool_id = %(pool)s AND l.state = 'break' AND l.type = 'return'
   AND i.reference = l.reference AND i.amount = l.amount AND i.state = 'settled'
   AND EXISTS (SELECT FROM treasury_statementline o WHERE o.instruction_id = i.id AND o.amount < 0)
RETURNING l.entry_id, l.booked_at, l.instruction_id, l.amount
"""
MATCH_FUNDINGS = """
UPDATE treasury_statementline l
   SET state = 'matched', reason = 'funding', funding_id = f.id
  FROM treasury_funding f
 WHERE l.pool_id = %(pool)s AND l.state = 'break' AND l.type = 'receipt'
   AND f.pool_id = l.pool_id AND f.reference = l.reference AND f.amount = l.amount
   AND EXISTS (SELECT FROM ledger_entry e WHERE e.key = 'funding:' || f.reference)
   AND NOT EXISTS (SELECT FROM treasury_statementline o WHERE o.funding_id = f.id)
"""
MATCH_RECEIPTS = """
UPDATE treasury_statementline l
   SET state = 'matched', reason = 'money received', is_receipt = true
 WHERE l.pool_id = %(pool)s AND l.state = 'break' AND l.type = 'receipt'
   AND NOT EXISTS (SELECT FROM treasury_funding f WHERE f.reference = l.reference)
RETURNING l.entry_id, l.booked_at, l.amount
"""
EXPLAIN_BREAKS = """
UPDATE treasury_statementline l SET reason = CASE
    WHEN l.type = 'receipt' THEN 'a funding that is not booked, or with another amount'
    WHEN i.id IS NULL THEN 'no instruction has this reference'
    WHEN i.amount <> abs(l.amount) THEN 'the instruction is of another amount'
    WHEN i.state NOT IN ('settled', 'returned') THEN 'the instruction is ' || i.state
    WHEN l.type = 'return' THEN 'its payment is on no statement, or came back before'
    ELSE 'its payment is on a statement already: paid twice?' END
  FROM treasury_statementline x LEFT JOIN treasury_instruction i ON i.reference = x.reference
 WHERE l.id = x.id AND l.pool_id = %(pool)s AND l.state = 'break'
"""


@transaction.atomic(durable=True)
def match(*, pool: Pool) -> None:
    """
    Match every open line of a pool by reference and amount, and book what was matched.

    Run again it finds what became clear since; what it cannot explain stays a break that says why.
    """
    pool = Pool.objects.select_for_update().get(pk=pool.pk)
    _match_payments(pool)
    _match_returns(pool)
    _run(MATCH_FUNDINGS, pool)
    posting.post_all(
        [
            postings.received(
                entry_id=entry_id,
                pool=pool.code,
                money=Money(amount, pool.asset),
                on=booked_at.date(),
            )
            for entry_id, booked_at, amount in _run(MATCH_RECEIPTS, pool)
        ]
    )
    _run(EXPLAIN_BREAKS, pool)


def _match_payments(pool: Pool) -> None:
    """Match payments, and book them with one entry per statement and batch."""
    posting.post_all(
        [
            postings.payments_on_statement(
                statement=statement,
                first_line=first_line,
                batch=batch,
                pool=pool.code,
                money=Money(amount, pool.asset),
                on=to_at.date(),
            )
            for statement, batch, first_line, amount, to_at in _run(MATCH_PAYMENTS, pool)
        ]
    )


def _match_returns(pool: Pool) -> None:
    """Match what came back, and move its instructions."""
    returned = _run(MATCH_RETURNS, pool)
    Instruction.objects.filter(pk__in=[row[2] for row in returned]).update(
        state=InstructionState.RETURNED
    )
    posting.post_all(
        [
            postings.returned(
                entry_id=entry_id,
                pool=pool.code,
                money=Money(amount, pool.asset),
                on=booked_at.date(),
            )
            for entry_id, booked_at, _, amount in returned
        ]
    )


def _run(statement: str, pool: Pool) -> list[Any]:
    """
    Run one of the statements above and give the rows it returns.

    Lines that were just copied have no statistics yet: the planner takes eighty thousand for two
    and would compare each with each. Joined by hash it does not matter how many there are.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(statement, {"pool": pool.code})
        rows = cursor.fetchall() if cursor.description else []
        cursor.execute("SET LOCAL enable_nestloop = on")
        return rows
