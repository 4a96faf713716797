"""Background work: a loan goes on by itself once money moved, and days are closed."""

from datetime import timedelta

from django.utils import timezone

from loans import tasks
from loans.queries import proofs_of_books
from tests.factories import TODAY
from tests.loans.factories import active_loan, balance, committed_loan, receipt, release, settle
from together.schedule import SCHEDULE


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


def test_the_timetable_names_the_tasks():
    named = {entry["task"] for entry in SCHEDULE.values()}
    assert {tasks.watch.name, tasks.close_day.name} <= named
