"""The trial balance: opening, debits, credits and closing of every account over a time."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from together.ledger.rules.money import Money

# One pass over the lines up to the last day; sub-accounts are added up under their account.
SUMS = """
SELECT a.code, c.name, l.asset,
       coalesce(sum(l.amount) FILTER (WHERE e.booked_on < %(since)s), 0)::bigint,
       coalesce(sum(l.amount) FILTER (WHERE e.booked_on >= %(since)s AND l.amount > 0), 0)::bigint,
       coalesce(-sum(l.amount) FILTER (WHERE e.booked_on >= %(since)s AND l.amount < 0), 0)::bigint
  FROM ledger_line l
  JOIN ledger_entry e ON e.id = l.entry_id
  JOIN ledger_account a ON a.id = l.account_id
  JOIN ledger_chartline c ON c.code = a.code
 WHERE e.booked_on <= %(through)s AND %(kind)s IN ('', e.kind)
 GROUP BY a.code, c.name, l.asset ORDER BY a.code, l.asset
"""


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """One account over a time; opening and closing are debits less credits."""

    code: str
    name: str
    opening: Money
    debits: Money
    credits_: Money

    @property
    def closing(self) -> Money:
        """Add the movements to the opening balance."""
        return self.opening + self.debits - self.credits_


def trial_balance(since: date | None, through: date, kind: str = "") -> list[AccountBalance]:
    """
    Give every account that moved by a day, with its movements from ``since`` to it, both included.

    By the day entries are booked on: a closed period has the same trial balance for ever. Debits
    equal credits per asset, and closing balances sum to zero. With a ``kind`` only entries of it
    count.
    """
    with connection.cursor() as cursor:
        cursor.execute(SUMS, {"since": since or date.min, "through": through, "kind": kind})
        rows = cursor.fetchall()
    return [
        AccountBalance(code, name, *(Money(amount, asset) for amount in amounts))
        for code, name, asset, *amounts in rows
    ]
