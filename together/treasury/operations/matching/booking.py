"""What was matched goes into the books: one entry for the payments of a batch on a statement."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from together.ledger.operations import posting
from together.ledger.rules.money import Money
from together.treasury import postings
from together.treasury.models import CashAccount, Instruction
from together.treasury.operations.matching import exact, sets
from together.treasury.rules.states import InstructionState

PAYMENTS = """
SELECT s.number, b.number, min(m.id), -sum(m.amount)::bigint, max(s.to_at)
  FROM treasury_match m
  JOIN treasury_statementline l ON l.id = m.line_id
  JOIN treasury_statement s ON s.id = l.statement_id
  JOIN treasury_instruction i ON i.id = m.instruction_id
  JOIN treasury_batch b ON b.id = i.batch_id
 WHERE m.line_id = ANY(%(lines)s::bigint[]) AND m.kind = 'payment' AND {stands}
 GROUP BY s.number, b.number ORDER BY s.number, b.number
"""
OTHERS = """
SELECT m.id, m.amount, l.booked_at, l.entry_id, m.kind, r.kind
  FROM treasury_match m JOIN treasury_statementline l ON l.id = m.line_id
  LEFT JOIN treasury_resolution r ON r.line_id = l.id AND r.state = 'booked'
                                 AND r.effect_digest = m.effect_digest
 WHERE m.line_id = ANY(%(lines)s::bigint[]) AND {stands}
   AND m.kind IN ('return', 'receipt', 'charge', 'conversion', 'resolution') ORDER BY m.id
"""
CAME_BACK = """
SELECT i.id FROM treasury_instruction i JOIN treasury_match m ON m.instruction_id = i.id
 WHERE i.id IN (SELECT instruction_id FROM treasury_match
                 WHERE line_id = ANY(%(lines)s::bigint[]) AND kind = 'return')
 GROUP BY i.id HAVING sum(m.amount) FILTER (WHERE m.kind = 'return') = i.amount
"""


class Closed(NamedTuple):
    """A line (its id) that was matched, and whether there is more to it than payments."""

    line: int
    is_other: bool


def book(account: CashAccount, closed: Sequence[Closed]) -> None:
    """Post what the newly matched lines of an account are, and move what came back."""
    if not closed:
        return
    lines = [one.line for one in closed]
    others = [one.line for one in closed if one.is_other]
    found = [
        postings.payments_on_statement(
            statement=statement,
            first_match=first,
            batch=batch,
            account=account.code,
            money=Money(amount, account.asset),
            on=to_at.date(),
        )
        for statement, batch, first, amount, to_at in _rows(PAYMENTS, lines)
    ]
    for match, amount, at, entry_id, kind, resolved_as in _rows(OTHERS, others):
        part = postings.Line(
            match, account.code, account.pool_id, account.asset, amount, at.date(), entry_id
        )
        is_resolved = kind == "resolution"
        found.append(
            postings.resolved(part, resolved_as) if is_resolved else postings.OF_LINES[kind](part)
        )
    posting.post_all(found)
    back = [row[0] for row in _rows(CAME_BACK, others)]
    Instruction.objects.filter(pk__in=back).update(state=InstructionState.RETURNED)


def _rows(statement: str, lines: Sequence[int]) -> list[tuple[Any, ...]]:
    statement = exact.text(statement)
    wanted = {"lines": sets.numbers(lines)}
    return sets.run(statement, wanted, is_many=len(lines) > sets.MANY)
