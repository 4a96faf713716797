"""Background work: a loan goes on by itself once money moved, and days are closed."""

from datetime import timedelta

from django.utils import timezone

from loans import tasks
from loans.queries import proofs_of_books
from tests.factories import TODAY
from tests.loans.factories import active_loan, balance, committed_loan, receipt, release, settle
from tests.loans.floating import SOFR, fixing, floating_loan
from together.schedule import SCHEDULE

DAY = timedelta(days=1)


def test_a_paid_drawdown_and_a_receipt_are_written_down_without_a_person(pool, pay):
    loan = committed_loan(pool)
    release(loan)
    loan.refresh_from_db()
    settle(loan, pay)
    tasks.watch()
    loan.refresh_from_db()
    assert loan.state == "active"
    receipt(loan, "1000", loan.business_date + timedelta(days=2))
    tasks.watch()
    tasks.watch()
    assert loan.events.count() == 2
    assert balance("receipts.unallocated", pool.code) == 0
    assert all(check.holds for check in proofs_of_books.checks())


def test_yesterday_is_closed(pool, pay):
    loan = active_loan(pool, pay, on=TODAY)
    tasks.close_day()
    loan.refresh_from_db()
    assert loan.business_date == timezone.now().date() - timedelta(days=1)
    assert all(check.holds for check in proofs_of_books.checks())


def test_a_fixing_that_comes_in_sets_its_rate_and_closes_the_day_that_waited(pool, pay):
    today = timezone.now().date()
    yesterday = today - DAY
    loan = floating_loan(pool, pay, product="bullet", on=yesterday - DAY)
    tasks.close_day()
    loan.refresh_from_db()
    assert loan.business_date == yesterday - DAY
    fixing(SOFR.moved(SOFR.preceding(yesterday - DAY), -2), "0.0412")
    tasks.fix_rates()
    tasks.fix_rates()
    loan.refresh_from_db()
    assert loan.business_date == yesterday
    assert loan.events.filter(type="rate_fixed").count() == 1
    # 1,000,000 x 6.12 % for one of 365 days.
    assert balance("loan.interest", loan.number) == 167_670_000
    assert all(check.holds for check in proofs_of_books.checks())


def test_the_timetable_names_the_tasks():
    named = {entry["task"] for entry in SCHEDULE.values()}
    assert {tasks.watch.name, tasks.close_day.name, tasks.fix_rates.name} <= named
