"""The console's pages over conditions precedent: agreed, shown to be satisfied, or waived."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.admin.of_application import OfApplication
from loans.models import Application, Condition
from loans.operations import conditions
from loans.queries.underwriting import evidence_for
from loans.rules.states import ApplicationState, ConditionState
from together.controls.admin.acts import Act, Call, Effect
from together.controls.admin.base import Fact
from together.controls.admin.four_eyes import approval_fact, stages_to_pass
from together.controls.admin.showing import (
    Table,
    badge,
    column,
    link,
    moment,
    moment_column,
    state_column,
)
from together.controls.models import Approval, Document
from together.controls.queries.held import Visitor


class Agree(forms.Form):
    text = forms.CharField(
        label="What must be so",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Before any money goes out, such as: the security agreement is signed.",
    )


class Waive(forms.Form):
    note = forms.CharField(
        label="Why",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Who agrees to it reads this, and it stays with the condition.",
    )


def satisfied_form(condition: Condition, visitor: Visitor) -> type[forms.Form]:
    """Make the form with the documents that may show a condition to be satisfied."""
    today = timezone.now().date()
    known = evidence_for(condition.application.institution, today, visitor)
    choices = [(one.number, f"{one.number} {one.title}") for one in known]

    class Satisfied(forms.Form):
        document = forms.ChoiceField(
            choices=choices,
            help_text="What shows it; file it on the application's page first.",
        )
        note = forms.CharField(
            max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3})
        )

    return Satisfied


def _agree(call: Call) -> str:
    made = conditions.agree(
        application=call.record, text=call.values["text"], by=call.by, at=call.at
    )
    return f"Condition {made.number} is agreed."


def _remove(call: Call) -> str:
    conditions.remove(condition=call.record, by=call.by, at=call.at)
    return f"{call.record} is taken off."


def _satisfied(call: Call) -> str:
    asked = conditions.propose(
        condition=call.record,
        outcome=ConditionState.SATISFIED,
        document=call.values["document"],
        note=call.values["note"],
        by=call.by,
        at=call.at,
    )
    return f"{asked.subject} waits for somebody else to agree that it is satisfied."


def _waive(call: Call) -> str:
    asked = conditions.propose(
        condition=call.record,
        outcome=ConditionState.WAIVED,
        note=call.values["note"],
        by=call.by,
        at=call.at,
    )
    return f"Asked for the waiver of {asked.subject}; {stages_to_pass(asked)}."


def _last_asked(condition: Condition) -> Approval | None:
    found = Approval.objects.filter(kind=conditions.KIND, subject=condition.number)
    return found.order_by("-id").first()


def _settle(call: Call) -> str:
    asked = _last_asked(call.record)
    if asked is None:
        raise conditions.BadCondition(f"{call.record}: nobody said what became of it")
    conditions.settle(condition=call.record, approval=asked, by=call.by, at=call.at)
    return f"{call.record} is {asked.effect['outcome']}."


def _settled(condition: Any) -> Effect:
    asked = _last_asked(condition)
    said = asked.effect if asked else {}
    return (
        ("Condition", condition.text),
        ("Becomes", said.get("outcome", "nothing yet: say first that it is satisfied or waived")),
        ("Document", said.get("document")),
        ("Note", said.get("note")),
    )


def _effect(condition: Any) -> Effect:
    return (("Condition", condition.text), ("Application", condition.application))


def _is_open_and_submitted(record: Any) -> bool:
    submitted = record.application.state == ApplicationState.SUBMITTED
    return bool(record.state == ConditionState.OPEN and submitted)


def _is_open_and_proposed(record: Any) -> bool:
    proposed = record.application.state in (ApplicationState.PROPOSED, ApplicationState.APPROVED)
    return bool(record.state == ConditionState.OPEN and proposed)


AGREE_ACT = Act(
    "condition",
    "A condition precedent",
    "loans.write",
    _agree,
    is_open=lambda record: record.state == ApplicationState.SUBMITTED,
    form=Agree,
    group="Agree",
    button="Add it",
)


def conditions_table(application: Application) -> Table:
    """Give the conditions of an application."""
    rows = [
        [link(one), one.text, badge(one.state), one.document or one.note]
        for one in application.conditions.exclude(state=ConditionState.REMOVED)
    ]
    heads = ["Number", "What must be so before money goes out", "State", "By"]
    return Table("Conditions precedent", heads, rows, empty="None were agreed.")


class ConditionAdmin(OfApplication):
    is_open_once_lent = True
    reads = "loans.read"
    list_display = (
        "number",
        state_column(),
        column("application", lambda c: link(c.application), lambda c: c.application.number),
        "text",
        moment_column("added_at", "agreed"),
    )
    list_filter = ("state",)
    found_by = ("number", "application__number")
    ordering = ("-id",)
    acts = (
        Act(
            "satisfied",
            "Say that it is satisfied",
            "loans.write",
            _satisfied,
            _effect,
            _is_open_and_proposed,
            form_for=satisfied_form,
        ),
        Act(
            "waive",
            "Ask for a waiver",
            "loans.write",
            _waive,
            _effect,
            _is_open_and_proposed,
            form=Waive,
            tone="danger",
        ),
        Act(
            "settle",
            "Close it as approved",
            "loans.write|loans.approve",
            _settle,
            _settled,
            lambda record: _is_open_and_proposed(record) and _last_asked(record) is not None,
            warning="Passes only when exactly this was approved.",
        ),
        Act(
            "remove",
            "Take it off",
            "loans.write",
            _remove,
            _effect,
            _is_open_and_submitted,
            tone="danger",
        ),
    )
    waits_for = {
        ConditionState.OPEN: "a document that shows it, or a waiver, agreed by somebody else",
        ConditionState.SATISFIED: "nothing",
        ConditionState.WAIVED: "nothing: it was given up",
        ConditionState.REMOVED: "nothing: it was taken off before the application was proposed",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("application__institution", "application__pool", "added_by")

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Application", link(record.application)),
            ("Institution", link(record.application.institution)),
            ("What must be so", record.text),
            ("Document", link(Document.objects.filter(number=record.document).first())),
            ("Note", record.note),
            approval_fact(conditions.KIND, record.number),
            ("Agreed by", record.added_by),
            ("Agreed", moment(record.added_at)),
        )
