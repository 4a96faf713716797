"""The books read out for an export: every account, every entry with its lines, in one snapshot."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from together.ledger.formats.beancount import ExportedAccount, ExportedEntry
from together.ledger.models import Account
from together.ledger.rules.money import Money

ENTRIES = """
SELECT e.key, e.kind, e.booked_on, e.narrative,
       array_agg(l.account_id ORDER BY l.id), array_agg(l.asset ORDER BY l.id),
       array_agg(l.amount ORDER BY l.id)
  FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id
 GROUP BY e.id ORDER BY e.booked_on, e.id
"""


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything as of one moment: accounts and entries then agree."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def accounts() -> list[ExportedAccount]:
    """Give every account with its balance."""
    rows = Account.objects.select_related("chart").order_by("chart_id", "subject", "asset")
    return [
        ExportedAccount(
            row.pk, row.chart.kind, row.chart_id, row.subject, Money(row.balance, row.asset)
        )
        for row in rows
    ]


def entries() -> Iterator[ExportedEntry]:
    """Give every entry with its lines, by day."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(ENTRIES)
        for key, kind, on, narrative, ids, assets, amounts in cursor:
            money = (Money(amount, asset) for amount, asset in zip(amounts, assets, strict=True))
            yield ExportedEntry(key, kind, on, narrative, tuple(zip(ids, money, strict=True)))
