"""Notices of a loan: no day on which something is to be said is passed over."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from loans.rules.notices import (
    REMINDERS,
    Open,
    Timing,
    days_late,
    is_in_default,
    is_month_end,
    is_to_invoice,
    next_day,
    recipients,
    reminder,
)

START = date(2026, 1, 1)
DAY = timedelta(days=1)
timings = st.builds(Timing, st.integers(1, 90), st.integers(1, 90))
dues = st.lists(st.integers(-100, 400), max_size=4)


def facts(timing, due_on, day, grace):
    """Say all that a day says about an instalment."""
    late = days_late(due_on, day, grace)
    return (is_to_invoice(timing, due_on, day), reminder(late), is_in_default(timing, late))


@given(timings, dues, st.integers(0, 20), st.integers(0, 300), st.booleans())
def test_between_a_day_and_the_next_one_nothing_new_is_to_be_said(
    timing, days, grace, since, is_owed
):
    still_open = [Open(n, START + due * DAY) for n, due in enumerate(days)]
    day = START + since * DAY
    following = next_day(timing, still_open, day, grace, is_owed=is_owed)
    last = following or day + 200 * DAY
    between = day + DAY
    while between < last:
        assert not (is_owed and is_month_end(between))
        for one in still_open:
            before = facts(timing, one.due_on, day, grace)
            now = facts(timing, one.due_on, between, grace)
            # An invoice that could have been written before is no news.
            assert now[1:] == before[1:]
            assert before[0] or not now[0]
        between += DAY


def test_reminders_and_default_count_from_the_end_of_the_grace():
    due = date(2026, 3, 1)
    assert next(n for n in range(1, 60) if reminder(days_late(due, due + n * DAY, 5)) == 1) == 6
    assert not is_in_default(Timing(cure_days=30), days_late(due, due + 35 * DAY, 5))
    assert is_in_default(Timing(cure_days=30), days_late(due, due + 36 * DAY, 5))
    assert REMINDERS == (1, 5, 15, 30)


def test_an_invoice_is_for_what_is_not_due_yet():
    due = date(2026, 3, 15)
    when = [n for n in range(-20, 5) if is_to_invoice(Timing(), due, due + n * DAY)]
    assert (when[0], when[-1]) == (-10, -1)


def test_a_notice_of_default_goes_to_more_people():
    assert recipients("invoice") == ("finance",)
    assert "legal" in recipients("default")
