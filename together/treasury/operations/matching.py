"""Matching: each statement line is explained, with its reason, or stays a break that says why."""

from typing import Any

from django.db import connection, transaction

from together.ledger.operations import posting
from together.ledger.rules.money import Money
from together.treasury import postings
from together.treasury.models import CashAccount, Instruction
from together.treasury.rules.states import InstructionState

MATCH_PAYMENTS = """
WITH matched AS (
UPDATE treasury_statementline l
   SET state = 'matched', reason = 'reference and amount', instruction_id = i.id
  FROM treasury_instruction i
 WHERE l.account_id = %(account)s AND l.state = 'break' AND l.type = 'payment'
   AND i.reference = l.reference AND i.amount = -l.amount
   AND i.state IN ('settled', 'returned')
   AND EXISTS (SELECT FROM treasury_batch b JOIN treasury_disbursement d ON d.id = b.disbursement_id
                WHERE b.id = i.batch_id AND d.account_id = l.account_id)
   AND NOT EXISTS (SELECT FROM treasury_statementline o
                    WHERE o.instruction_id = i.id AND o.amount < 0)
   AND l.id = (SELECT min(f.id) FROM treasury_statementline f
                WHERE f.account_id = l.account_id AND f.reference = l.reference
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
 WHERE l.account_id = %(account)s AND l.state = 'break' AND l.type = 'return'
   AND i.reference = l.reference AND i.amount = l.amount AND i.state = 'settled'
   AND EXISTS (SELECT FROM treasury_statementline o WHERE o.instruction_id = i.id AND o.amount < 0)
RETURNING l.entry_id, l.booked_at, l.instruction_id, l.amount
"""
MATCH_FUNDINGS = """
UPDATE treasury_statementline l
   SET state = 'matched', reason = 'funding', funding_id = f.id
  FROM treasury_funding f
 WHERE l.account_id = %(account)s AND l.state = 'break' AND l.type = 'receipt'
   AND f.account_id = l.account_id AND f.reference = l.reference AND f.amount = l.amount
   AND EXISTS (SELECT FROM ledger_entry e WHERE e.key = 'funding:' || f.reference)
   AND NOT EXISTS (SELECT FROM treasury_statementline o WHERE o.funding_id = f.id)
"""
MATCH_RECEIPTS = """
UPDATE treasury_statementline l
   SET state = 'matched', reason = 'money received', is_receipt = true
 WHERE l.account_id = %(account)s AND l.state = 'break' AND l.type = 'receipt'
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
 WHERE l.id = x.id AND l.account_id = %(account)s AND l.state = 'break'
"""


@transaction.atomic(durable=True)
def match(*, account: CashAccount) -> None:
    """
    Match every open line of an account by reference and amount, and book what was matched.

    Run again it finds what became clear since; what it cannot explain stays a break that says why.
    """
    account = CashAccount.objects.select_for_update().get(pk=account.pk)
    _match_payments(account)
    _match_returns(account)
    _run(MATCH_FUNDINGS, account)
    posting.post_all(
        [
            postings.received(
                entry_id=entry_id,
                account=account.code,
                pool=account.pool_id,
                money=Money(amount, account.asset),
                on=booked_at.date(),
            )
            for entry_id, booked_at, amount in _run(MATCH_RECEIPTS, account)
        ]
    )
    _run(EXPLAIN_BREAKS, account)


def _match_payments(account: CashAccount) -> None:
    """Match payments, and book them with one entry per statement and batch."""
    posting.post_all(
        [
            postings.payments_on_statement(
                statement=statement,
                first_line=first_line,
                batch=batch,
                account=account.code,
                money=Money(amount, account.asset),
                on=to_at.date(),
            )
            for statement, batch, first_line, amount, to_at in _run(MATCH_PAYMENTS, account)
        ]
    )


def _match_returns(account: CashAccount) -> None:
    """Match what came back, and move its instructions."""
    returned = _run(MATCH_RETURNS, account)
    Instruction.objects.filter(pk__in=[row[2] for row in returned]).update(
        state=InstructionState.RETURNED
    )
    posting.post_all(
        [
            postings.returned(
                entry_id=entry_id,
                account=account.code,
                pool=account.pool_id,
                money=Money(amount, account.asset),
                on=booked_at.date(),
            )
            for entry_id, booked_at, _, amount in returned
        ]
    )


def _run(statement: str, account: CashAccount) -> list[Any]:
    """
    Run one of the statements above and give the rows it returns.

    Lines that were just copied have no statistics yet: the planner takes eighty thousand for two
    and would compare each with each. Joined by hash it does not matter how many there are.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(statement, {"account": account.code})
        rows = cursor.fetchall() if cursor.description else []
        cursor.execute("SET LOCAL enable_nestloop = on")
        return rows
