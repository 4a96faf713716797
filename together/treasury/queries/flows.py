"""Flows: what moved in the accounts of each pool, by day, month or period, and by kind of entry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db import connection

from together.ledger.rules.money import Money

By = Literal["period", "month", "day"]

# Which pool an account is of. Cash accounts and batches are the treasury's own; runs and loans are
# the programmes', so their pools are given. This is the one place that says it for all reports.
OWNED = """
SELECT a.id, a.code, a.asset, c.side,
       coalesce(p.code, k.pool_id, d.pool_id, given.pool, '') AS pool
  FROM ledger_account a
  JOIN ledger_chartline c ON c.code = a.code
  LEFT JOIN treasury_pool p ON c.subject = 'pool' AND p.code = a.subject
  LEFT JOIN treasury_cashaccount k ON c.subject = 'account' AND k.code = a.subject
  LEFT JOIN treasury_batch b ON c.subject = 'batch' AND b.number = a.subject
  LEFT JOIN treasury_disbursement d ON d.id = b.disbursement_id
  LEFT JOIN unnest(%(kinds)s::text[], %(subjects)s::text[], %(pools)s::text[])
         AS given(kind, subject, pool)
         ON given.kind = c.subject AND given.subject = a.subject
 WHERE a.code = ANY(%(codes)s)
"""
# The same step for all days of it; days before the time are all one: its opening.
STEPS: dict[By, str] = {
    "period": "%(since)s::date",
    "month": "greatest(date_trunc('month', e.booked_on)::date, %(since)s::date)",
    "day": "e.booked_on",
}
FLOWS = """
SELECT owned.pool, owned.code, owned.asset, owned.side, e.kind,
       CASE WHEN e.booked_on >= %(since)s THEN {step} END AS step,
       coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0)::bigint,
       coalesce(-sum(l.amount) FILTER (WHERE l.amount < 0), 0)::bigint,
       count(*)
  FROM owned
  JOIN ledger_line l ON l.account_id = owned.id
  JOIN ledger_entry e ON e.id = l.entry_id
 WHERE e.booked_on <= %(through)s
 GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 6 NULLS FIRST, 5
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an account is: ``kind`` is the subject of the chart ("run", "loan")."""

    kind: str
    subject: str
    pool: str


@dataclass(frozen=True, slots=True)
class Flow:
    """
    What one kind of entry moved in one account of a pool during one step of time.

    ``on`` is the first day of the step, None for all that was before the time asked for. Without
    a pool the account is nobody's. Amounts in minor units; ``amount`` is on the normal side.
    """

    pool: str
    code: str
    asset: str
    side: int
    kind: str
    on: date | None
    debits: int
    credits_: int
    lines: int

    @property
    def amount(self) -> int:
        """Give what it added to the balance on the normal side of the account."""
        return (self.debits - self.credits_) * self.side

    @property
    def money(self) -> Money:
        """Give the amount with its asset."""
        return Money(self.amount, self.asset)


def flows(
    *, codes: Iterable[str], since: date, through: date, by: By, owners: Sequence[Owner] = ()
) -> list[Flow]:
    """
    Give what moved in the accounts of some codes up to a day, by the days entries are booked on.

    One query, whatever the number of lines.
    """
    statement = f"WITH owned AS ({OWNED}) {FLOWS.format(step=STEPS[by])}"
    asked: dict[str, Any] = {
        **_given(owners),
        "codes": list(codes),
        "since": since,
        "through": through,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return [Flow(*row) for row in cursor.fetchall()]


def accounts_of(pool: str, code: str, asset: str, owners: Sequence[Owner] = ()) -> list[int]:
    """Give the accounts of a pool in one line of the chart and one asset."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM ({OWNED}) AS owned"  # noqa: S608 - a constant
            " WHERE pool = %(pool)s AND asset = %(asset)s ORDER BY id",
            {**_given(owners), "codes": [code], "pool": pool, "asset": asset},
        )
        return [account for (account,) in cursor.fetchall()]


def _given(owners: Sequence[Owner]) -> dict[str, list[str]]:
    return {
        "kinds": [owner.kind for owner in owners],
        "subjects": [owner.subject for owner in owners],
        "pools": [owner.pool for owner in owners],
    }
