"""What the rail took of a run's awards, and how much of it is booked as paid."""

from django.db import connection

SETTLED = """
SELECT b.number, settled.amount, coalesce(booked.amount, 0)
  FROM treasury_disbursement d
  JOIN treasury_batch b ON b.disbursement_id = d.id
  CROSS JOIN LATERAL (
       SELECT coalesce(sum(amount), 0)::bigint AS amount FROM treasury_instruction
        WHERE batch_id = b.id AND state IN ('settled', 'returned')) AS settled
  LEFT JOIN LATERAL (
       SELECT sum(l.amount)::bigint AS amount
         FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id
        WHERE e.kind = 'AWARDS_PAID' AND l.amount > 0
          AND e.key LIKE 'batch:' || b.number || ':paid:%%') AS booked ON true
 WHERE d.kind = 'award' AND d.subject = %s AND d.state = 'released'
   AND settled.amount > coalesce(booked.amount, 0)
 ORDER BY b.number
"""


def settled_not_booked(run: str) -> list[tuple[str, int, int]]:
    """Give (batch, settled, booked) of each batch with more settled than booked, minor units."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLED, [run])
        return [(batch, settled, booked) for batch, settled, booked in cursor.fetchall()]
