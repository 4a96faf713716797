"""The position of each pool, read from the balances of its accounts in one query."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection

from together.ledger.rules.money import Money
from together.treasury.models import Pool

# Batches are the treasury's own; runs and loans are the programmes', so their pools are given.
BALANCES = """
SELECT coalesce(p.code, k.pool_id, d.pool_id, given.pool) AS pool, a.asset, c.code,
       sum(a.balance * c.side)::bigint
  FROM ledger_account a
  JOIN ledger_chartline c ON c.code = a.code
  LEFT JOIN treasury_pool p ON c.subject = 'pool' AND p.code = a.subject
  LEFT JOIN treasury_cashaccount k ON c.subject = 'account' AND k.code = a.subject
  LEFT JOIN treasury_batch b ON c.subject = 'batch' AND b.number = a.subject
  LEFT JOIN treasury_disbursement d ON d.id = b.disbursement_id
  LEFT JOIN unnest(%s::text[], %s::text[], %s::text[]) AS given(kind, subject, pool)
         ON given.kind = c.subject AND given.subject = a.subject
 GROUP BY 1, 2, 3 HAVING coalesce(p.code, k.pool_id, d.pool_id, given.pool) IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Position:
    """
    What a pool holds and what it was given for.

    ``by_asset`` maps each asset to the codes of the chart that have a balance in it, and those to
    minor units on the account's normal side.
    """

    pool: Pool
    by_asset: Mapping[str, Mapping[str, int]]

    @property
    def balances(self) -> Mapping[str, int]:
        """Give the balances in the pool's own asset."""
        return self.by_asset.get(self.pool.asset, {})

    def of(self, *codes: str, asset: str = "") -> Money:
        """Give the balances of some accounts as one amount, in the pool's asset or another one."""
        asset = asset or self.pool.asset
        balances = self.by_asset.get(asset, {})
        return Money(sum(balances.get(code, 0) for code in codes), asset)

    @property
    def promised(self) -> Money:
        """Give what was announced."""
        return Money(self.pool.promised, self.pool.asset)

    @property
    def steps(self) -> tuple[tuple[str, Money], ...]:
        """Give the steps of the money through the pool, in their order, with their amounts."""
        return tuple((name, self.of(*codes)) for name, codes in STEPS)


# What each figure of a position is made of.
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("available", ("fund.available",)),
    ("reserved", ("fund.reserved",)),
    ("committed", ("fund.committed",)),
    ("awarded", ("fund.awarded",)),
    ("escrowed", ("fund.escrowed",)),
    ("disbursed", ("allotment",)),
    ("in clearing", ("clearing.out",)),
    ("paid", ("fund.paid",)),
    ("lent", ("fund.lent",)),
    ("impaired", ("fund.impaired",)),
    ("returned", ("payments.returned",)),
)

# What money came back to a pool as, beside its steps: account of the chart, and kind of entry.
CAME_BACK: tuple[tuple[str, str, str], ...] = (
    ("expired", "fund.available", "AWARDS_EXPIRED"),
    ("given back", "fund.available", "PAYMENT_GIVEN_BACK"),
)


def positions(
    *, runs: Iterable[tuple[str, str]] = (), loans: Iterable[tuple[str, str]] = ()
) -> list[Position]:
    """
    Give the position of every pool.

    ``runs`` and ``loans`` are (number, pool code) pairs: which pool each one's accounts are of.
    """
    given = [("run", *pair) for pair in runs] + [("loan", *pair) for pair in loans]
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, [list(column) for column in zip(*given, strict=True)] or [[]] * 3)
        rows = cursor.fetchall()
    balances: dict[str, dict[str, dict[str, int]]] = {}
    for pool, asset, code, balance in rows:
        balances.setdefault(pool, {}).setdefault(asset, {})[code] = balance
    return [Position(pool, balances.get(pool.code, {})) for pool in Pool.objects.all()]
