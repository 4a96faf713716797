"""The three-way proof of an account: books = instructions = statements, each and in total."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from together.treasury.models import CashAccount, ThreeWayProof

# Cash of the books; the last closing balance; fundings that are booked and on no statement yet;
# breaks; what the rail took of instructions, and what of it stands on statements; the clearing
# accounts of the account's batches; lines that are matched to another amount than theirs.
FIGURES = """
SELECT
  coalesce((SELECT balance FROM ledger_account
             WHERE code = 'cash' AND subject = k.code AND asset = k.asset), 0)::bigint,
  coalesce((SELECT closing FROM treasury_statement s WHERE s.account_id = k.code
             ORDER BY number DESC LIMIT 1), 0)::bigint,
  coalesce((SELECT sum(f.amount) FROM treasury_funding f WHERE f.account_id = k.code
               AND EXISTS (SELECT FROM ledger_entry e WHERE e.key = 'funding:' || f.reference)
               AND NOT EXISTS (SELECT FROM treasury_match m WHERE m.funding_id = f.id
                                GROUP BY m.funding_id HAVING sum(m.amount) <> 0)), 0)::bigint,
  (SELECT count(*) FROM treasury_openline w WHERE w.account_id = k.code),
  coalesce((SELECT sum(l.amount)
              FROM treasury_openline w JOIN treasury_statementline l ON l.id = w.line_id
             WHERE w.account_id = k.code), 0)::bigint,
  i.settled, i.stated,
  coalesce((SELECT -sum(balance) FROM ledger_account a
             WHERE a.code = 'clearing.out' AND a.subject IN (
                   SELECT b.number FROM treasury_batch b
                     JOIN treasury_disbursement d ON d.id = b.disbursement_id
                    WHERE d.account_id = k.code)), 0)::bigint,
  (SELECT count(*) FROM treasury_statementline l
     LEFT JOIN (SELECT line_id, sum(amount) AS amount FROM treasury_match GROUP BY line_id) m
            ON m.line_id = l.id
    WHERE l.account_id = k.code AND l.state = 'matched' AND m.amount IS DISTINCT FROM l.amount)
  FROM treasury_cashaccount k CROSS JOIN LATERAL (
       SELECT coalesce(sum(n.amount), 0)::bigint AS settled,
              coalesce(sum(m.paid), 0)::bigint AS stated
         FROM treasury_instruction n
         JOIN treasury_batch b ON b.id = n.batch_id
         JOIN treasury_disbursement d ON d.id = b.disbursement_id AND d.account_id = k.code
         LEFT JOIN (SELECT instruction_id, -sum(amount) AS paid FROM treasury_match
                     WHERE kind = 'payment' GROUP BY instruction_id) m ON m.instruction_id = n.id
        WHERE n.state IN ('settled', 'returned')) AS i
 WHERE k.code = %s
"""
# The figures above, by the fields that keep them.
NAMES = (
    "cash",
    "stated",
    "expected_in",
    "breaks",
    "breaks_total",
    "settled",
    "on_statements",
    "in_clearing",
    "wrong_lines",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The proof of an account now, when it was last true, and the first one that was not since."""

    now: ThreeWayProof
    last_true: ThreeWayProof | None
    first_untrue: ThreeWayProof | None

    @property
    def reasons(self) -> Sequence[str]:
        """Say why it is not true now; nothing if it is."""
        now = self.now
        found = [f"{name} differ" for name, amount in now.differences if amount]
        if now.wrong_lines:
            found.append(f"{now.wrong_lines:,} lines are matched to another amount than theirs")
        if now.breaks:
            found.append(f"{now.breaks:,} breaks are not resolved")
        return found


def three_way(account: CashAccount, at: datetime) -> ThreeWayProof:
    """Compute the proof of an account, unsaved."""
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, [account.code])
        row = cursor.fetchone()
    found = ThreeWayProof(
        account=account, at=at, unexplained=0, **dict(zip(NAMES, row, strict=True))
    )
    found.unexplained = sum(abs(amount) for _, amount in found.differences) + found.wrong_lines
    return found


def standing(account: CashAccount, at: datetime) -> Standing:
    """Give where an account stands: the proof computed now, and its history."""
    kept = ThreeWayProof.objects.filter(account=account).order_by("-id")
    last = kept.filter(unexplained=0, breaks=0).first()
    since = kept.filter(pk__gt=last.pk) if last else kept
    return Standing(three_way(account, at), last, since.order_by("id").first())
