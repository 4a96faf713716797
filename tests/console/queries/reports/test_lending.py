"""Reports of lent money: what is to come ties to the books, on every day of a loan's life."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.console.queries.reports.test_books_and_pools import demand_tied
from tests.factories import TODAY, usdc
from tests.loans.factories import adjusted, at, close, paid, receipt
from tests.portal import factories as lending
from together.console.queries.reports.asked import Asked
from together.console.queries.reports.catalogue import build
from together.console.queries.reports.lending import LATE, LONGER, RUNGS, rung_of
from together.ledger.rules.money import Money
from together.treasury.models import Statement
from together.treasury.operations import statements

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def lives():
    """Three loans over five months: one pays, one is late, one is written off; one is not drawn."""
    pool = lending.loans_pool()
    borrower = lending.institution()
    paying, late, lost = (lending.active_loan(pool, borrower) for _ in range(3))
    waiting = lending.committed_loan(pool, borrower, "500000")
    for n in range(1, 6):
        day = date(2025, 10 + n, 20) if n < 3 else date(2026, n - 2, 20)
        close(paying, day - DAY)
        paid(paying, "90000", day)
        close(paying, day)
        if n == 2:
            adjusted(lost, "write_off", day)
        if n == 3:
            adjusted(late, "accrual_waiver", day, "100")
    return pool, paying, late, lost, waiting


DAYS = (TODAY, date(2025, 11, 20), date(2025, 12, 20), date(2026, 2, 1), date(2026, 3, 20))


@pytest.mark.parametrize("name", ["maturity-ladder", "arrears-ageing", "cash-forecast"])
def test_what_is_to_come_ties_to_the_books_on_every_day(lives, name):
    for day in DAYS:
        for pool in ("", "loans"):
            demand_tied(build(name, Asked(day, day, pool=pool)))


def test_a_ladder_holds_each_instalment_once(lives):
    report = build("maturity-ladder", Asked(DAYS[-1], DAYS[-1]))
    whole = sum(row.cells[5].minor_units for row in report.rows)
    assert report.totals[0].cells[5] == Money(whole, "USDC")
    assert whole > usdc("1000000").minor_units
    assert sum(row.cells[6] for row in report.rows) == 1
    assert {row.cells[2] for row in report.rows} == {LATE, LONGER, *(name for name, _ in RUNGS)}
    late = next(row for row in report.rows if row.cells[2] == LATE)
    assert late.cells[3] == 1


def test_rungs_end_on_days_of_the_calendar():
    as_of = date(2026, 1, 31)
    found = {
        rung_of(as_of + timedelta(days=n), as_of): as_of + timedelta(days=n)
        for n in range(-1, 2000)
    }
    assert found["overnight"] == date(2026, 2, 1)
    assert found["2 to 7 days"] == date(2026, 2, 7)
    assert found["8 days to 1 month"] == date(2026, 2, 28)
    assert found["6 months to 1 year"] == date(2027, 1, 31)
    assert found["2 to 5 years"] == date(2031, 1, 31)
    assert rung_of(as_of - DAY, as_of) == LATE


def test_interest_earned_less_given_up_less_received_is_what_is_outstanding(lives):
    report = build("interest-income", Asked(TODAY, DAYS[-1]))
    demand_tied(report)
    after = 0
    for row in report.rows:
        before, earned, given_up, received, outstanding = (c.minor_units for c in row.cells[3:])
        assert before == after
        assert before + earned - given_up - received == outstanding
        after = outstanding
    sums = [sum(row.cells[n].minor_units for row in report.rows) for n in (4, 5, 6)]
    assert all(one > 0 for one in sums), sums
    december = next(row for row in report.rows if row.cells[0] == date(2025, 12, 1))
    january = next(row for row in report.rows if row.cells[0] == date(2026, 1, 1))
    assert december.cells[5].minor_units > 0
    assert january.cells[5] == usdc("100")


def test_months_of_a_shorter_time_are_those_of_the_longer_one(lives):
    whole = build("interest-income", Asked(TODAY, DAYS[-1]))
    january = build("interest-income", Asked(date(2026, 1, 1), date(2026, 1, 31)))
    demand_tied(january)
    assert [row.cells for row in january.rows] == [
        row.cells for row in whole.rows if row.cells[0] == date(2026, 1, 1)
    ]


def test_arrears_name_the_late_loan_and_how_much_is_past_due(lives):
    _, paying, late, _, _ = lives
    report = build("arrears-ageing", Asked(DAYS[-1], DAYS[-1]))
    (row,) = [row for row in report.rows if row.style == "line"]
    _, _, bucket, number, _, days, _, past_due, principal = row.cells
    assert (bucket, number) == ("over 90", late.number)
    assert days > 90
    assert usdc("400000").minor_units < past_due.minor_units < principal.minor_units
    current = next(row for row in report.rows if row.cells[2] == "current")
    assert (current.style, current.cells[6]) == ("subtotal", 1)
    assert paying.number not in [row.cells[3] for row in report.rows]


def test_a_forecast_adds_what_comes_and_takes_what_goes(lives):
    *_, waiting = lives
    report = build("cash-forecast", Asked(DAYS[-1], DAYS[-1]))
    demand_tied(report)
    opening, *weeks, closed = report.rows
    balance = opening.cells[7].minor_units
    for row in weeks:
        come, go = (cell.minor_units if cell else 0 for cell in row.cells[5:7])
        balance += come - go
        assert row.cells[7].minor_units == balance
    assert closed.cells[7].minor_units == balance
    assert closed.cells[3] == DAYS[-1] + timedelta(days=13 * 7)
    assert len({row.cells[2] for row in weeks}) == 13
    out = {row.cells[4]: row.cells[6] for row in weeks if row.cells[6]}
    assert out["Loans committed, not yet drawn"] == Money(waiting.amount, "USDC")
    assert any("Past due and not counted" in note for note in report.notes)


def test_loans_cost_as_many_queries_for_many_as_for_one():
    pool, borrower = lending.loans_pool(), lending.institution()
    lending.active_loan(pool, borrower)
    names = ("maturity-ladder", "arrears-ageing", "cash-forecast", "interest-income")

    def count(name: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            build(name, Asked(TODAY, TODAY + 30 * DAY))
        return len(captured)

    few = {name: count(name) for name in names}
    for _ in range(3):
        lending.active_loan(pool, borrower)
    assert {name: count(name) for name in names} == few


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
