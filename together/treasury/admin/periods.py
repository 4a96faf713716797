"""The console's pages over closings of the books, with the trial balance of each period."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode

from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.fields import DateInput
from together.controls.admin.showing import (
    Table,
    badge,
    column,
    day,
    moment,
    moment_column,
    money,
)
from together.controls.operations.approvals import NotApproved
from together.ledger.models import Entry
from together.ledger.queries.trial_balance import trial_balance
from together.treasury.operations import periods
from together.treasury.queries.periods import checklist, closed_through

DATE = DateInput()


def _month_end() -> date:
    """Give the last day of the last month that is over; a form is the entrance that asks."""
    return timezone.now().date().replace(day=1) - timedelta(days=1)


class ProposeClosing(forms.Form):
    through = forms.DateField(
        label="Closed through",
        initial=_month_end,
        widget=DATE,
        help_text="The last day of the period: nothing is booked on it or before it any more.",
    )
    reason = forms.CharField(
        max_length=200,
        required=False,
        help_text="Why what the checklist finds may stay open. Approved with the day.",
    )


class ProposeReopening(forms.Form):
    through = forms.DateField(
        label="Stays closed through",
        widget=DATE,
        required=False,
        help_text="An earlier day; empty to open every day again.",
    )
    reason = forms.CharField(max_length=200, help_text="Approved with the day, and kept.")


def _propose_closing(call: Call) -> Done:
    asked = periods.propose_closing(**call.values, by=call.by, at=call.at)
    words = f"Asked for approval to close the books through {asked.subject}."
    return Done(f"{words} Somebody else approves it.", asked)


def _propose_reopening(call: Call) -> Done:
    asked = periods.propose_reopening(**call.values, by=call.by, at=call.at)
    words = f"Asked for approval to reopen the books ({asked.subject})."
    return Done(f"{words} Somebody else approves it.", asked)


def _approved(kind: str) -> dict[str, Any]:
    """
    Give the day and the reason that were approved.

    :raises NotApproved: if no closing or reopening was that is still to be done
    """
    asked = periods.approved(kind)
    if asked is None:
        raise NotApproved("Nothing was approved that is still to be done: propose it first.")
    return {"through": _through(asked), "reason": asked["reason"]}


def _through(asked: dict[str, Any]) -> date | None:
    return date.fromisoformat(asked["through"]) if asked["through"] else None


def _close(call: Call) -> Done:
    closing = periods.close(**_approved(periods.CLOSING), by=call.by, at=call.at)
    return Done(f"The books are {closing}.", closing)


def _reopen(call: Call) -> Done:
    closing = periods.reopen(**_approved(periods.REOPENING), by=call.by, at=call.at)
    return Done(f"The books are reopened: {closing}.", closing)


def _approved_effect(kind: str) -> Effect:
    """Tell which closing or reopening was approved, and what was open when it was asked for."""
    asked = periods.approved(kind)
    if asked is None:
        return (_closed_now(), ("Approved", "nothing that is still to be done"))
    return (
        _closed_now(),
        ("Approved: closed through", _day_or_none(_through(asked))),
        ("Reason", asked["reason"] or None),
        *(("Open then", point) for point in asked.get("open_points", [])),
    )


def _report(record: Any) -> Any:
    """Link to the trial balance of a closed period as a report, which can be taken as a file."""
    if record.through is None or record.is_reopening:
        return None
    since = record.was + timedelta(days=1) if record.was else date(2000, 1, 1)
    asked = {"since": since.isoformat(), "through": record.through.isoformat()}
    address = f"{reverse('admin:report', args=['trial-balance'])}?{urlencode(asked)}"
    return format_html('<a href="{}">Trial balance of the period</a>', address)


def _day_or_none(value: date | None) -> Any:
    return day(value) if value else "no day"


def _closed_now() -> tuple[str, Any]:
    return ("Closed now through", _day_or_none(closed_through()))


def _closing_effect(_: Any) -> Effect:
    """Tell what is closed now, and what the checklist of the last month's last day finds."""
    through = _month_end()
    found = [
        (one.name, badge("holds") if one.holds else badge(one.found, "bad"))
        for one in checklist(through)
    ]
    return (_closed_now(), ("Checklist for", day(through)), *found)


class ClosingAdmin(ReadOnlyAdmin):
    reads = "books.read"
    list_display = (
        column("closing", str, str),
        column("was closed through", lambda c: _day_or_none(c.was), lambda c: c.was),
        "reason",
        moment_column("written_at", "closed or reopened"),
    )
    list_acts = (
        Act(
            "propose-closing",
            "Propose a closing",
            "treasury.write",
            _propose_closing,
            _closing_effect,
            form=ProposeClosing,
        ),
        Act(
            "close",
            "Close the books",
            "treasury.write",
            _close,
            lambda _: _approved_effect(periods.CLOSING),
            has_step_up=True,
            warning="Closes through the day that somebody else approved, and no other. Nothing is"
            " booked up to it any more; what comes late counts in the open period.",
        ),
        Act(
            "propose-reopening",
            "Propose a reopening",
            "treasury.write",
            _propose_reopening,
            lambda _: (_closed_now(),),
            form=ProposeReopening,
        ),
        Act(
            "reopen",
            "Reopen the books",
            "treasury.write",
            _reopen,
            lambda _: _approved_effect(periods.REOPENING),
            tone="danger",
            has_step_up=True,
            warning="Opens the days that somebody else approved, and no others.",
        ),
    )

    def state_of(self, record: Any) -> str:
        return "reopened" if record.is_reopening else "closed"

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.through.isoformat() if record.through else "all",)

    def facts(self, record: Any) -> Sequence[Fact]:
        late = 0
        if record.through:
            late = Entry.objects.filter(
                booked_on__gt=record.through, happened_on__lte=record.through
            ).count()
        return (
            ("Closed through", _day_or_none(record.through)),
            ("Was closed through", _day_or_none(record.was)),
            ("Reason", record.reason or None),
            ("Written", moment(record.written_at)),
            ("Later entries that correct this time", late),
            ("As a report", _report(record)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        if record.through is None or record.is_reopening:
            return ()
        since = record.was + timedelta(days=1) if record.was else None
        rows = [
            [a.code, a.name, *map(money, (a.opening, a.debits, a.credits_, a.closing))]
            for a in trial_balance(since, record.through)
        ]
        heads = ["Account", "Name", "Opening", "Debits", "Credits", "Closing"]
        return (Table("Trial balance of the period", heads, rows, frozenset({2, 3, 4, 5})),)
