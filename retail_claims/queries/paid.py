"""What the rail took of a run's awards and what came back, and how much of each is booked."""

from typing import NamedTuple

from django.db import connection

# What was paid again is of the run as well.
# Both sums only grow: what came back was taken once, so a batch's news are two differences.
# Each entry of awards paid or returned has one line on the pool's account of what is paid.
NEWS = """
WITH moved AS (
    SELECT b.number AS batch, d.pool_id,
           coalesce(sum(i.amount) FILTER (WHERE i.state IN ('settled', 'returned')), 0)::bigint
               AS taken,
           coalesce(sum(i.amount) FILTER (WHERE i.state = 'returned'), 0)::bigint AS returned
      FROM treasury_disbursement d
      JOIN treasury_batch b ON b.disbursement_id = d.id
      JOIN treasury_instruction i ON i.batch_id = b.id
     WHERE d.id IN (SELECT treasury_orders_of('award', %(run)s)) AND d.state = 'released'
     GROUP BY b.number, d.pool_id),
booked AS (
    SELECT split_part(e.key, ':', 2) AS batch,
           coalesce(sum(-l.amount) FILTER (WHERE e.kind = 'AWARDS_PAID'), 0)::bigint AS taken,
           coalesce(sum(l.amount) FILTER (WHERE e.kind = 'AWARDS_RETURNED'), 0)::bigint
               AS returned
      FROM ledger_account a
      JOIN ledger_line l ON l.account_id = a.id
      JOIN ledger_entry e ON e.id = l.entry_id
     WHERE a.code = 'fund.paid' AND a.subject = (SELECT min(pool_id) FROM moved)
     GROUP BY 1)
SELECT m.batch, m.taken, m.returned, coalesce(k.taken, 0), coalesce(k.returned, 0)
  FROM moved m LEFT JOIN booked k USING (batch)
 WHERE (m.taken, m.returned) IS DISTINCT FROM (coalesce(k.taken, 0), coalesce(k.returned, 0))
 ORDER BY m.batch
"""


class News(NamedTuple):
    """Sums of a batch in minor units: taken and returned so far, and of each what is booked."""

    batch: str
    taken: int
    returned: int
    booked_taken: int
    booked_returned: int


def not_booked(run: str) -> list[News]:
    """Give the batches of a run with payments taken or returned that are not booked yet."""
    with connection.cursor() as cursor:
        cursor.execute(NEWS, {"run": run})
        return [News(*row) for row in cursor.fetchall()]
