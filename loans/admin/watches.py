"""The console's pages over the watch list, and the act that puts a loan on it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from loans.operations import watches
from loans.rules.states import LoanState
from together.controls.admin.acts import Act, Call, Effect, in_state
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import badge, column, link, moment, moment_column

WRITES = "loans.write|loans.approve|loans.comply"


class WithReason(forms.Form):
    reason = forms.CharField(max_length=180, help_text="Kept for ever.")


def _put_on(call: Call) -> str:
    watch = watches.put_on(loan=call.record, reason=call.values["reason"], by=call.by, at=call.at)
    return f"{call.record} is on the watch list as {watch}."


def _take_off(call: Call) -> str:
    watches.take_off(watch=call.record, reason=call.values["reason"], by=call.by, at=call.at)
    return f"{call.record.loan} is off the watch list."


def _effect(loan: Any) -> Effect:
    return (("Loan", loan), ("From the next assessment on", "stage 2 at least"))


def _effect_of(watch: Any) -> Effect:
    return (("Loan", watch.loan), ("On the list for", watch.reason))


def state(watch: Any) -> str:
    """Say whether a loan is watched."""
    return "ended" if watch.taken_off_at else "watched"


WATCH_ACT = Act(
    "watch",
    "Put on the watch list",
    WRITES,
    _put_on,
    _effect,
    in_state(LoanState.COMMITTED, LoanState.DRAWING, LoanState.ACTIVE),
    form=WithReason,
)


class WatchAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    nothing = "No loan was put on the watch list; a loan's own page does that."
    list_display = (
        "number",
        column("state", lambda w: badge(state(w)), state),
        column("loan", lambda w: link(w.loan), lambda w: w.loan.number),
        "reason",
        moment_column("put_on_at", "since"),
        moment_column("taken_off_at", "until"),
    )
    list_filter = (("taken_off_at", EmptyFieldListFilter),)
    found_by = ("number", "loan__number")
    ordering = ("-id",)
    acts = (
        Act(
            "take-off",
            "Take off the list",
            WRITES,
            _take_off,
            _effect_of,
            lambda record: record.taken_off_at is None,
            form=WithReason,
            warning="Somebody else than who put it there.",
        ),
    )
    waits_for = {
        "watched": "somebody to be sure that its risk is no longer increased",
        "ended": "nothing: it is not watched any more",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("loan", "put_on_by", "taken_off_by")

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.loan.number,)

    def state_of(self, record: Any) -> str:
        return state(record)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Loan", link(record.loan)),
            ("Reason", record.reason),
            ("Put on by", record.put_on_by),
            ("Since", moment(record.put_on_at)),
            ("Taken off by", record.taken_off_by),
            ("Until", moment(record.taken_off_at)),
            ("Taken off for", record.taken_off_for),
        )
