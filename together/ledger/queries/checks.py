"""Proofs of the books by themselves: entries balance, balances are sums, nothing was edited."""

from django.db import connection

from together.ledger.rules.checks import Check, equal

OFF_BALANCE = """
SELECT count(*) FROM (
    SELECT entry_id FROM ledger_line GROUP BY entry_id, asset HAVING sum(amount) <> 0) AS off
"""
TOO_SHORT = """
SELECT count(*) FROM ledger_entry e
 WHERE (SELECT count(*) FROM ledger_line l WHERE l.entry_id = e.id) < 2
"""
# No key of these two columns is left to say so: see decision 0051.
STRAY = """
SELECT count(*) FROM ledger_line l
  LEFT JOIN ledger_entry e ON e.id = l.entry_id
  LEFT JOIN ledger_account a ON a.id = l.account_id AND a.asset = l.asset
 WHERE e.id IS NULL OR a.id IS NULL
"""
WRONG_BALANCES = """
SELECT count(*) FROM ledger_account a
  LEFT JOIN (SELECT account_id, sum(amount) AS total FROM ledger_line GROUP BY account_id) AS l
    ON l.account_id = a.id
 WHERE a.balance <> coalesce(l.total, 0)
"""
OVERDRAWN = """
SELECT count(*) FROM ledger_account
  JOIN ledger_chartline c USING (code)
 WHERE NOT c.may_overdraw AND balance * c.side < 0
"""
# The digest that the posting function wrote, computed anew from what stands there now.
EDITED = """
SELECT count(*) FROM ledger_entry e
  LEFT JOIN ledger_entry r ON r.id = e.reverses_id
  JOIN LATERAL (
       SELECT string_agg(concat_ws(':', a.code, a.subject, l.asset, l.amount), ';'
                         ORDER BY a.code, a.subject, l.asset, l.amount) AS text
         FROM ledger_line l JOIN ledger_account a ON a.id = l.account_id
        WHERE l.entry_id = e.id) AS lines ON true
 WHERE e.digest <> sha256(convert_to(
       concat_ws('|', e.kind, e.happened_on, coalesce(r.key, ''), lines.text), 'UTF8'))
"""

# What was written after a period was closed and before it was reopened does not count in it.
IN_CLOSED = """
SELECT count(*) FROM ledger_entry e JOIN LATERAL (
       SELECT through FROM ledger_closing c WHERE c.written_at < e.written_at
        ORDER BY c.id DESC LIMIT 1) AS closed ON true
 WHERE e.booked_on <= closed.through
"""


def checks() -> list[Check]:
    """Prove the books by themselves; each line counts what is wrong, so 0 is expected."""
    return [
        equal("entries that do not sum to zero per asset", 0, _count(OFF_BALANCE)),
        equal("entries with fewer than two lines", 0, _count(TOO_SHORT)),
        equal("lines without their entry or account", 0, _count(STRAY)),
        equal("balances that are not the sum of their lines", 0, _count(WRONG_BALANCES)),
        equal("accounts below what they may hold", 0, _count(OVERDRAWN)),
        equal("entries that are not what was posted", 0, _count(EDITED)),
        equal("entries booked into a period that was closed", 0, _count(IN_CLOSED)),
    ]


def _count(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        (found,) = cursor.fetchone()
    return int(found)
