"""The console's pages over requests for information, and the act that asks an institution."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.admin.of_application import OfApplication
from loans.operations import information_requests
from loans.operations.information_requests import LONGEST_QUESTION, MOST_DAYS
from loans.rules.institution_states import InformationState
from loans.rules.states import UNDECIDED
from together.controls.admin.acts import Act, Call, Done, Effect, WithReason, in_state
from together.controls.admin.base import Fact
from together.controls.admin.fields import DateInput
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    column,
    day,
    link,
    moment,
    moment_column,
    state_column,
)
from together.controls.models import Document


class AskForInformation(forms.Form):
    question = forms.CharField(
        max_length=LONGEST_QUESTION,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Its Admin or Manager reads and answers this in the portal.",
    )
    due_on = forms.DateField(
        label="Answer by",
        widget=DateInput(),
        help_text=f"After today, at most {MOST_DAYS} days from today.",
    )


def _ask(call: Call) -> Done:
    made = information_requests.ask(
        application=call.record,
        question=call.values["question"],
        due_on=call.values["due_on"],
        by=call.by,
        at=call.at,
    )
    return Done(f"{made.number} waits for {call.record.institution} in the portal.", made)


ASK_ACT = Act(
    "ask",
    "Ask for information",
    "loans.write",
    _ask,
    lambda record: (("Application", record), ("Asks", record.institution)),
    in_state(*UNDECIDED),
    form=AskForInformation,
    button="Ask",
    warning="The application is not proposed before it is answered, or the question withdrawn.",
)


def information_table(application: Any) -> Table:
    """Give what an institution was asked about an application, the newest first."""
    rows = [
        [link(one), badge(one.state), one.question[:80], day(one.due_on), one.asked_by]
        for one in application.information.select_related("asked_by")[:20]
    ]
    heads = ["Request", "State", "Question", "Answer by", "Asked by"]
    return Table("Information asked for", heads, rows, empty="Nothing was asked.")


def _withdraw(call: Call) -> str:
    reason = call.values["reason"]
    information_requests.withdraw(request=call.record, reason=reason, by=call.by, at=call.at)
    return f"{call.record} is withdrawn."


def _effect(record: Any) -> Effect:
    return (("Application", record.application), ("Question", record.question))


class InformationRequestAdmin(OfApplication):
    reads = "loans.read"
    tones = {InformationState.ANSWERED: "good"}
    nothing = "Nothing was asked yet: the page of an application has the button."
    list_display = (
        "number",
        state_column(),
        column("application", lambda r: link(r.application), lambda r: r.application.number),
        column(
            "institution",
            lambda r: r.application.institution,
            lambda r: r.application.institution.number,
        ),
        column("question", lambda r: r.question[:60], lambda r: r.question),
        column("answer by", lambda r: day(r.due_on), lambda r: r.due_on, order="due_on"),
        moment_column("asked_at", "asked"),
    )
    list_filter = ("state",)
    found_by = ("number", "application__number", "application__institution__number")
    ordering = ("-id",)
    acts = (
        Act(
            "withdraw",
            "Withdraw the question",
            "loans.write",
            _withdraw,
            _effect,
            in_state(InformationState.OPEN),
            form=WithReason,
            tone="danger",
        ),
    )
    waits_for = {
        InformationState.OPEN: "its institution's Admin or Manager to answer it in the portal",
        InformationState.ANSWERED: "nothing: a loan officer goes on with its application",
        InformationState.WITHDRAWN: "nothing: nobody needs to know any more",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("application__institution", "asked_by", "ended_by")

    def note(self, record: Any) -> str:
        is_late = record.state == InformationState.OPEN and record.due_on < timezone.now().date()
        return f"It was to be answered by {record.due_on}." if is_late else ""

    def facts(self, record: Any) -> Sequence[Fact]:
        ended = "Withdrawn for" if record.state == InformationState.WITHDRAWN else "Answer"
        return (
            ("Application", link(record.application)),
            ("Institution", link(record.application.institution)),
            ("Question", record.question),
            ("Answer by", day(record.due_on)),
            ("Asked by", record.asked_by),
            ("Asked", moment(record.asked_at)),
            (ended, record.answer or NOTHING),
            ("Ended by", record.ended_by or NOTHING),
            ("Ended", moment(record.ended_at) if record.ended_at else NOTHING),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        found = Document.objects.filter(number__in=record.documents).order_by("id")
        rows = [[link(one), one.name, one.size] for one in found]
        empty = "No file came with it."
        return (Table("Files of the answer", ["Document", "File", "Bytes"], rows, empty=empty),)
