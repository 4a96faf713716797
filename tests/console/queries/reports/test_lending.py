"""Reports of lent money: what is to come ties to the books, on every day of a loan's life."""

from datetime import date, timedelta

import pytest

from tests.console.queries.reports.books import demand_tied
from tests.factories import TODAY, usdc
from together.console.queries.reports.asked import Asked
from together.console.queries.reports.catalogue import build
from together.console.queries.reports.lending import LATE, LONGER, RUNGS, rung_of
from together.ledger.rules.money import Money

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


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
