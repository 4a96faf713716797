"""Notices of a loan: on which days an instalment is invoiced, reminded of and in default."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
# What terms that say nothing of it mean.
INVOICE_DAYS = 10
CURE_DAYS = 30
MOST_DAYS = 90
# Days past due, after the grace of the terms, on which somebody is reminded.
REMINDERS = (1, 5, 15, 30)
REMINDER_WORDS = {
    1: "Reminder",
    5: "Second reminder",
    15: "Third reminder",
    30: "Last reminder",
}
# In which capacities somebody gets which notice; all others go to finance.
RECIPIENTS = {"default": ("finance", "authorised_signatory", "legal")}
BILLING = ("finance",)


@dataclass(frozen=True, slots=True)
class Timing:
    """Days before a due date on which its invoice goes out, and days in which arrears are cured."""

    invoice_days: int = INVOICE_DAYS
    cure_days: int = CURE_DAYS


@dataclass(frozen=True, slots=True)
class Open:
    """An instalment of which something is open."""

    number: int
    due_on: date


def recipients(kind: str) -> tuple[str, ...]:
    """Give the capacities of the contacts that a kind of notice goes to."""
    return RECIPIENTS.get(kind, BILLING)


def is_to_invoice(timing: Timing, due_on: date, day: date) -> bool:
    """
    Say whether an instalment is to be invoiced by a day: it is due soon, and not yet.

    >>> is_to_invoice(Timing(), date(2026, 1, 20), date(2026, 1, 10))
    True
    """
    return day < due_on <= day + timing.invoice_days * DAY


def days_late(due_on: date, day: date, grace_days: int) -> int:
    """Give the days past due after grace; zero or less while it is not late."""
    return (day - due_on).days - grace_days


def reminder(late: int) -> int | None:
    """
    Give the last step of reminders that so many days late have reached, or None.

    >>> [reminder(late) for late in (0, 1, 4, 5, 40)]
    [None, 1, 1, 5, 30]
    """
    return max((step for step in REMINDERS if step <= late), default=None)


def is_in_default(timing: Timing, late: int) -> bool:
    """Say whether arrears were not cured in time."""
    return late > timing.cure_days


def is_month_end(day: date) -> bool:
    """Say whether a day is the last one of its month."""
    return (day + DAY).month != day.month


def next_day(
    timing: Timing, still_open: Iterable[Open], day: date, grace_days: int, *, is_owed: bool
) -> date | None:
    """
    Give the next day after one on which something is to be said if nothing happens, or None.

    Days on which something happens are looked at anyway.
    """
    days = [_month_end(day + DAY)] if is_owed else []
    for one in still_open:
        late_from = one.due_on + grace_days * DAY
        days.append(one.due_on - timing.invoice_days * DAY)
        days += [late_from + step * DAY for step in REMINDERS]
        days.append(late_from + (timing.cure_days + 1) * DAY)
    return min((one for one in days if one > day), default=None)


def _month_end(day: date) -> date:
    following = day.replace(day=28) + 4 * DAY
    return following - following.day * DAY
