"""The console's pages over covenants and guarantees, and the acts that agree them."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.admin.of_application import OfApplication
from loans.models import Application, Covenant, Guarantee
from loans.operations import covenants, guarantees
from loans.queries.underwriting import evidence_for
from loans.rules.covenants import MONTHS, MOST_DAYS, words
from loans.rules.credit.ratios import RATIOS
from loans.rules.states import ApplicationState, TermState
from together.controls.admin.acts import Act, Call, Effect, in_state
from together.controls.admin.base import Fact
from together.controls.admin.showing import (
    Table,
    badge,
    column,
    link,
    moment,
    moment_column,
    money,
    state_column,
)
from together.controls.models import Document
from together.controls.queries.held import Visitor
from together.ledger.rules.money import Money
from together.treasury.admin.pools import read_amount


class AgreeFinancial(forms.Form):
    ratio = forms.ChoiceField(choices=[(one.name, one.title) for one in RATIOS])
    is_least = forms.TypedChoiceField(
        label="Side",
        choices=[("yes", "at least"), ("no", "at most")],
        coerce=lambda value: value == "yes",
    )
    bound = forms.CharField(
        max_length=20, help_text="As a number: 0.25 is 25 % of a share; 2 is 2 times."
    )
    every_months = forms.TypedChoiceField(
        choices=[(n, f"{n} months") for n in MONTHS], coerce=int, initial=3, label="Tested every"
    )
    due_days = forms.IntegerField(
        label="Certified within",
        initial=45,
        min_value=0,
        max_value=MOST_DAYS,
        help_text="Days after the period ends.",
    )
    cure_days = forms.IntegerField(
        label="Cured within",
        initial=30,
        min_value=0,
        max_value=MOST_DAYS,
        help_text="Days after a breach is found.",
    )


class AgreeInformation(forms.Form):
    text = forms.CharField(
        label="What is delivered",
        max_length=400,
        help_text="Such as: audited accounts, or a certificate of no default.",
    )
    every_months = forms.TypedChoiceField(
        choices=[(n, f"{n} months") for n in MONTHS], coerce=int, initial=12, label="Every"
    )
    due_days = forms.IntegerField(
        label="Within",
        initial=120,
        min_value=0,
        max_value=MOST_DAYS,
        help_text="Days after the period ends.",
    )
    cure_days = forms.IntegerField(
        label="Cured within", initial=15, min_value=0, max_value=MOST_DAYS
    )


def guarantee_form(application: Application, visitor: Visitor) -> type[forms.Form]:
    """Make the form with the documents that may show a guarantee."""
    known = evidence_for(application.institution, timezone.now().date(), visitor)
    choices = [("", "nothing: it is flagged")]
    choices += [(one.number, f"{one.number} {one.title}") for one in known]

    class AgreeGuarantee(forms.Form):
        guarantor = forms.CharField(max_length=120, help_text="Who answers for the borrower.")
        lei = forms.CharField(label="LEI", max_length=20, required=False)
        amount = forms.CharField(
            max_length=30,
            required=False,
            help_text="The most that it answers for, in whole units; empty for all that is owed.",
        )
        document = forms.ChoiceField(label="Shown by", choices=choices, required=False)

    return AgreeGuarantee


def _covenant(call: Call, kind: str) -> str:
    made = covenants.agree(
        application=call.record, said={"kind": kind, **call.values}, by=call.by, at=call.at
    )
    return f"Covenant {made.number} is agreed."


def _guarantee(call: Call) -> str:
    application, values = call.record, call.values
    amount = read_amount(values["amount"], application.pool.asset) if values["amount"] else None
    made = guarantees.agree(
        application=application,
        guarantor=values["guarantor"],
        lei=values["lei"],
        amount=amount,
        document=values["document"],
        by=call.by,
        at=call.at,
    )
    return f"Guarantee {made.number} is agreed."


def _agree(name: str, label: str, do: Any, **form: Any) -> Act:
    return Act(
        name,
        label,
        "loans.write",
        do,
        is_open=in_state(ApplicationState.SUBMITTED),
        group="Agree",
        button="Add it",
        **form,
    )


AGREE_ACTS = (
    _agree(
        "financial-covenant",
        "A financial covenant",
        lambda call: _covenant(call, "financial"),
        form=AgreeFinancial,
    ),
    _agree(
        "information-covenant",
        "An information covenant",
        lambda call: _covenant(call, "information"),
        form=AgreeInformation,
    ),
    _agree("guarantee", "A guarantee", _guarantee, form_for=guarantee_form),
)


def said(covenant: Covenant) -> str:
    """Say a covenant in words."""
    one = covenant
    return words(one.kind, one.ratio, one.bound, one.text, is_least=one.is_least)


def answers_for(guarantee: Guarantee) -> Any:
    """Write what a guarantor answers for."""
    if guarantee.amount is None:
        return "all that is owed"
    return money(Money(guarantee.amount, guarantee.application.pool.asset))


def covenants_table(application: Application) -> Table:
    """Give the covenants of an application."""
    rows = [
        [link(one), said(one), f"{one.every_months} months", f"{one.due_days} days"]
        for one in application.covenants.filter(state=TermState.AGREED)
    ]
    heads = ["Number", "What is kept", "Tested every", "Certified within"]
    return Table("Covenants", heads, rows, empty="None were agreed.")


def guarantees_table(application: Application) -> Table:
    """Give the guarantees of an application."""
    rows = [
        [link(one), one.guarantor, answers_for(one), one.document or badge("not shown", "bad")]
        for one in application.guarantees.filter(state=TermState.AGREED)
    ]
    heads = ["Number", "Guarantor", "Answers for", "Shown by"]
    return Table("Guarantees", heads, rows, frozenset({2}), empty="Nobody answers for it.")


def _is_removable(record: Any) -> bool:
    submitted = record.application.state == ApplicationState.SUBMITTED
    return bool(record.state == TermState.AGREED and submitted)


def _effect(record: Any) -> Effect:
    return (("Application", record.application), ("Becomes", "no part of what is agreed"))


def _remove_covenant(call: Call) -> str:
    covenants.remove(covenant=call.record, by=call.by, at=call.at)
    return f"{call.record} is taken off."


def _remove_guarantee(call: Call) -> str:
    guarantees.remove(guarantee=call.record, by=call.by, at=call.at)
    return f"{call.record} is taken off."


class _AgreedAdmin(OfApplication):
    is_open_once_lent = True
    reads = "loans.read"
    list_filter: Any = ("state",)
    found_by = ("number", "application__number")
    ordering = ("-id",)
    waits_for = {
        TermState.AGREED: "the end of its loan",
        TermState.REMOVED: "nothing: it was taken off before the application was proposed",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("application__institution", "application__pool", "added_by")

    def agreed(self, record: Any) -> Sequence[Fact]:
        """Give the facts that every term has."""
        return (
            ("Application", link(record.application)),
            ("Institution", link(record.application.institution)),
            ("Agreed by", record.added_by),
            ("Agreed", moment(record.added_at)),
        )


def _take_off(do: Any) -> Act:
    return Act("remove", "Take it off", "loans.write", do, _effect, _is_removable, tone="danger")


class CovenantAdmin(_AgreedAdmin):
    list_display = (
        "number",
        state_column(),
        column("application", lambda c: link(c.application), lambda c: c.application.number),
        column("what is kept", said, said),
        moment_column("added_at", "agreed"),
    )
    list_filter = ("state", "kind")
    acts = (_take_off(_remove_covenant),)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("What is kept", said(record)),
            ("Tested every", f"{record.every_months} months"),
            ("Certified within", f"{record.due_days} days after the period"),
            ("Cured within", f"{record.cure_days} days"),
            *self.agreed(record),
        )


class GuaranteeAdmin(_AgreedAdmin):
    list_display = (
        "number",
        state_column(),
        column("application", lambda g: link(g.application), lambda g: g.application.number),
        "guarantor",
        column("answers for", answers_for, lambda g: g.amount or "all", is_figure=True),
        moment_column("added_at", "agreed"),
    )
    acts = (_take_off(_remove_guarantee),)

    def facts(self, record: Any) -> Sequence[Fact]:
        document = Document.objects.filter(number=record.document).first()
        return (
            ("Guarantor", record.guarantor),
            ("LEI", record.lei),
            ("Answers for", answers_for(record)),
            ("Shown by", link(document) if document else badge("not shown", "bad")),
            *self.agreed(record),
        )
