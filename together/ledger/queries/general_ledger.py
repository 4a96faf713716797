"""The general ledger: each line of some accounts over a time, between opening and closing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from together.ledger.models import Account

LAST = 2**63 - 1

# What stands before the first line, and what the whole time adds up to. Lines are in the order of
# the day they are booked on, then as they were written; a key is the place of one line in it.
SUMS = """
SELECT coalesce(sum(l.amount) FILTER (WHERE (e.booked_on, l.id) <= (%(day)s, %(line)s)), 0)::bigint,
       coalesce(sum(l.amount) FILTER (WHERE e.booked_on < %(since)s), 0)::bigint,
       coalesce(sum(l.amount) FILTER (WHERE e.booked_on >= %(since)s AND l.amount > 0), 0)::bigint,
       coalesce(-sum(l.amount) FILTER (WHERE e.booked_on >= %(since)s AND l.amount < 0), 0)::bigint,
       count(*) FILTER (WHERE e.booked_on >= %(since)s)
  FROM ledger_line l JOIN ledger_entry e ON e.id = l.entry_id
 WHERE l.account_id = ANY(%(accounts)s) AND e.booked_on <= %(through)s
   AND (%(kind)s = '' OR e.kind = %(kind)s)
"""
LINES = """
SELECT l.id, e.id, e.key, e.kind, e.happened_on, e.booked_on, e.narrative,
       a.code, a.subject, l.amount
  FROM ledger_line l
  JOIN ledger_entry e ON e.id = l.entry_id
  JOIN ledger_account a ON a.id = l.account_id
 WHERE l.account_id = ANY(%(accounts)s) AND e.booked_on <= %(through)s
   AND (e.booked_on, l.id) > (%(day)s, %(line)s)
   AND (%(kind)s = '' OR e.kind = %(kind)s)
 ORDER BY e.booked_on, l.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Selection:
    """
    Which lines: of some accounts of one asset, booked from ``since`` to ``through``, both included.

    With a ``kind`` only lines of entries of that kind count, in the opening as well.
    """

    accounts: Sequence[int]
    since: date
    through: date
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a line in the order of lines."""

    day: date
    line: int


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line; amounts in minor units, debits positive, ``balance`` with the line included."""

    line: int
    entry: int
    key: str
    kind: str
    happened_on: date
    booked_on: date
    narrative: str
    code: str
    subject: str
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class GeneralLedger:
    """
    Lines with what they stand between, in minor units, debits positive.

    Sums are of the whole time, whichever page the lines are. ``after`` is the place of the last
    line if more follow.
    """

    opening: int
    debits: int
    credits_: int
    count: int
    lines: tuple[LedgerLine, ...]
    after: Place | None

    @property
    def closing(self) -> int:
        """Add the movements to the opening balance."""
        return self.opening + self.debits - self.credits_


def general_ledger(chosen: Selection, *, limit: int, after: Place | None = None) -> GeneralLedger:
    """Give at most ``limit`` lines, those after a place; two queries, whatever their number."""
    place = after or Place(_before(chosen.since), LAST)
    asked: dict[str, Any] = {
        "accounts": list(chosen.accounts),
        "since": chosen.since,
        "through": chosen.through,
        "kind": chosen.kind,
        "day": place.day,
        "line": place.line,
        "limit": limit + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(SUMS, asked)
        balance, opening, debits, credits_, count = cursor.fetchone()
        cursor.execute(LINES, asked)
        found = cursor.fetchall()
    lines = _lines(found[:limit], balance)
    is_more = len(found) > limit
    last = Place(lines[-1].booked_on, lines[-1].line) if is_more else None
    return GeneralLedger(opening, debits, credits_, count, lines, last)


def _lines(rows: Sequence[Any], balance: int) -> tuple[LedgerLine, ...]:
    lines = []
    for row in rows:
        balance += row[-1]
        lines.append(LedgerLine(*(*row, balance)))
    return tuple(lines)


def _before(day: date) -> date:
    return day - timedelta(days=1) if day > date.min else day


def accounts(code: str, asset: str, subject: str = "") -> list[int]:
    """Give the accounts of a line of the chart and an asset, one or all of its sub-accounts."""
    found = Account.objects.filter(chart_id=code, asset=asset)
    if subject:
        found = found.filter(subject=subject)
    return list(found.order_by("pk").values_list("pk", flat=True))
