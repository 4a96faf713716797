"""Every proof of the system, area by area."""

from typing import Any

from django.db import connection

from loans.queries import proofs_of_books as loans
from retail_claims.queries import proofs_of_books as claims
from together.controls.queries import checks as controls
from together.controls.queries import database
from together.ledger.queries import checks as ledger
from together.ledger.rules.checks import Check, equal
from together.ledger.rules.money import shown
from together.treasury.queries import checks as treasury

# Each account belongs to one pool, by what its sub-accounts are kept by.
POOLS = """
WITH owned AS (
    SELECT a.asset, a.balance, c.kind,
           CASE c.subject WHEN 'pool' THEN a.subject
                WHEN 'account' THEN (SELECT k.pool_id FROM treasury_cashaccount k
                                      WHERE k.code = a.subject)
                WHEN 'batch' THEN (SELECT d.pool_id FROM treasury_batch b
                                     JOIN treasury_disbursement d ON d.id = b.disbursement_id
                                    WHERE b.number = a.subject)
                WHEN 'run' THEN (SELECT p.pool_id FROM retail_claims_run r
                                   JOIN retail_claims_programme p ON p.code = r.programme_id
                                  WHERE r.number = a.subject)
                WHEN 'loan' THEN (SELECT l.pool_id FROM loans_loan l WHERE l.number = a.subject)
           END AS pool
      FROM ledger_account a JOIN ledger_chartline c USING (code))
SELECT coalesce(pool, 'no pool'), asset,
       coalesce(sum(balance) FILTER (WHERE kind = 'asset'), 0)::bigint,
       coalesce(-sum(balance) FILTER (WHERE kind = 'liability'), 0)::bigint,
       coalesce(-sum(balance) FILTER (WHERE kind IN ('equity', 'income', 'expense')), 0)::bigint
  FROM owned GROUP BY pool, asset ORDER BY pool, asset
"""


def all_checks() -> list[tuple[str, Check]]:
    """Compute every proof and give it with its area, in the order they are read in."""
    areas = {
        "books": [*ledger.checks(), *_pools()],
        "treasury": treasury.checks(),
        "claims": claims.checks(),
        "loans": loans.checks(),
        "controls": [
            equal("decisions that four eyes would not allow", 0, controls.broken_decisions()),
            equal("faults of the database's guards and role", 0, len(database.faults())),
        ],
    }
    return [(area, check) for area, checks in areas.items() for check in checks]


def _pools() -> list[Check]:
    """Prove that no entry moved value from one pool to another."""
    with connection.cursor() as cursor:
        cursor.execute(POOLS)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return [
        equal(
            f"{pool}: cash, principal and receivables = what is owed + the pool's funds",
            f"{shown(owed + funds, asset)} {asset}",
            f"{shown(assets, asset)} {asset}",
        )
        for pool, asset, assets, owed, funds in rows
    ]
