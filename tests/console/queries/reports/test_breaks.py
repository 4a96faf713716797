"""The ageing of breaks: each in its age, the oldest first."""

from datetime import timedelta

import pytest

from tests.factories import TODAY, usdc
from tests.loans.factories import at, receipt
from tests.portal import factories as lending
from together.console.queries.reports.asked import Asked
from together.console.queries.reports.catalogue import build
from together.treasury.models import Statement
from together.treasury.operations import statements

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def _unknown(pool, days: int, amount: str) -> None:
    """Import a statement of some days ago with one payment on it that is nobody's."""
    last = Statement.objects.filter(pool=pool).order_by("number").last()
    number, opening = (last.number + 1, last.closing) if last else (1, 100 * 10**6)
    stamp = at(TODAY - days * DAY).isoformat()
    closing = opening - usdc(amount).minor_units
    text = (
        "record,entry_id,booked_at,type,amount,asset,reference,counterparty\n"
        f"opening,{number},{stamp},,{opening // 10**6},USDC,{pool.main_account.identifier},\n"
        f"entry,out-{number},{stamp},payment,-{amount},USDC,WHO-IS-IT,payee\n"
        f"closing,{number},{stamp},,{closing // 10**6},USDC,{pool.main_account.identifier},\n"
    )
    statements.import_file(account=pool.main_account, data=text.encode(), by=None, at=at(TODAY))


def test_breaks_are_aged_from_the_day_they_were_booked_the_oldest_first():
    pool = lending.loans_pool()
    receipt(pool, "100", TODAY - 101 * DAY, reference="NOBODY")
    for days, amount in ((100, "11"), (3, "7"), (0, "5")):
        _unknown(pool, days, amount)
    report = build("break-ageing", Asked(TODAY, TODAY))
    ages = [(row.cells[0], row.cells[1]) for row in report.rows]
    assert ages == [("over 90 days", 100), ("2 to 7 days", 3), ("up to 1 day", 0)]
    amounts = [usdc("-11"), usdc("-7"), usdc("-5")]
    assert [row.cells[-1] for row in report.rows] == amounts
    assert [row.cells[-2:] for row in report.totals] == [(1, amount) for amount in amounts]
    assert len(build("break-ageing", Asked(TODAY, TODAY - DAY)).rows) == 2
    assert not build("break-ageing", Asked(TODAY, TODAY, pool="moon")).rows
