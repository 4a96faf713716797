"""The console's register of confidential applications: whose they are, and who is let in."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from loans.models import Application, Confidentiality
from loans.operations import confidentialities
from loans.queries import confidential
from together.controls.admin.acts import Act, Call, Effect, WithReason
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    column,
    link,
    moment,
    moment_column,
)
from together.controls.models import Person, RoleGrant
from together.controls.rules.roles import ROLES

TONES = {"confidential": "wait", "lifted": "plain"}
READERS = [role.code for role in ROLES if "loans.read" in role.may]
WHO = (
    "its owner, who is let in, compliance and the auditor, and whoever decides it at its stage;"
    " everybody else sees its number and state only"
)


class MakeConfidential(forms.Form):
    reason = forms.CharField(
        max_length=confidentialities.MOST_LETTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Read by whoever may open the application.",
    )


def grant_form(held: Confidentiality) -> type[forms.Form]:
    """Make the form with the people who read loans and are not let in yet."""
    holders = RoleGrant.objects.filter(role__in=READERS, scope="", revoked_at=None)
    people = Person.objects.filter(is_active=True, pk__in=holders.values("person"))
    people = people.exclude(pk=held.owner_id).exclude(
        pk__in=held.grants.filter(ended_at=None).values("person")
    )

    class LetIn(forms.Form):
        person = forms.ModelChoiceField(people.order_by("full_name", "username"))

    return LetIn


def end_form(held: Confidentiality) -> type[forms.Form]:
    """Make the form with the people who are let in now."""
    grants = held.grants.filter(ended_at=None).select_related("person")
    choices = [(str(one.pk), str(one.person)) for one in grants]

    class LetOut(WithReason):
        access = forms.ChoiceField(label="Person", choices=choices)
        field_order = ("access", "reason")

    return LetOut


def _make(call: Call) -> str:
    made = confidentialities.make(
        application=call.record, reason=call.values["reason"], by=call.by, at=call.at
    )
    return f"{call.record} is confidential ({made.number}): let in who works on it."


def _grant(call: Call) -> str:
    to = call.values["person"]
    confidentialities.grant(confidentiality=call.record, to=to, by=call.by, at=call.at)
    return f"{to} may open {call.record.application}."


def _end(call: Call) -> str:
    one = call.record.grants.get(pk=call.values["access"])
    confidentialities.end(grant=one, reason=call.values["reason"], by=call.by, at=call.at)
    return f"{one.person} may open {call.record.application} no more."


def _lift(call: Call) -> str:
    reason = call.values["reason"]
    confidentialities.lift(confidentiality=call.record, reason=reason, by=call.by, at=call.at)
    return f"{call.record.application} is not confidential any more."


def _effect(held: Confidentiality) -> Effect:
    return (("Application", held.application.number), ("Owner", held.owner))


def _lift_effect(held: Confidentiality) -> Effect:
    return (*_effect(held), ("Seen then by", "everybody whose role reads loans"))


def _make_effect(application: Application) -> Effect:
    return (("Application", application.number), ("Seen then by", WHO))


def _holds(held: Confidentiality) -> bool:
    return held.lifted_at is None


def _has_guests(held: Confidentiality) -> bool:
    return _holds(held) and held.grants.filter(ended_at=None).exists()


def _is_open(application: Application) -> bool:
    return not confidential.in_force().filter(application=application).exists()


MAKE_ACT = Act(
    "make-confidential",
    "Make it confidential",
    "loans.write",
    _make,
    _make_effect,
    _is_open,
    MakeConfidential,
    warning="You become its owner: you say who else may open it.",
)


def access_tables(application: Application) -> list[Table]:
    """Give who has access to an application, if it is confidential now."""
    held = confidential.in_force().filter(application=application).select_related("owner").first()
    return [_access(held, "Who has access")] if held else []


def access_fact(application: Application) -> list[Fact]:
    """Give the fact that an application is confidential now, with the lead to its register."""
    held = confidential.in_force().filter(application=application).first()
    return [("Confidential", link(held))] if held else []


def _access(held: Confidentiality, title: str) -> Table:
    owner = [held.owner, badge("owner", "good"), NOTHING, moment(held.made_at), NOTHING]
    rows = [owner]
    for one in held.grants.select_related("person", "granted_by", "ended_by"):
        # Why it ended stands in the trail of the application: the register is read by everybody.
        ended = f"{one.ended_at:%d %b %Y %H:%M} by {one.ended_by}" if one.ended_at else NOTHING
        state = badge("ended", "plain") if one.ended_at else badge("let in", "good")
        rows.append([one.person, state, one.granted_by, moment(one.granted_at), ended])
    return Table(title, ["Who", "State", "By", "Since (UTC)", "Ended (UTC)"], rows)


class StateFilter(SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("confidential", "confidential"), ("lifted", "lifted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in ("confidential", "lifted"):
            return queryset
        return queryset.filter(lifted_at__isnull=self.value() == "confidential")


class ConfidentialityAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    nothing = "Nothing is confidential: the page of an application has the button."
    tones = TONES
    list_display = (
        "number",
        column("state", lambda c: badge(c.holding, TONES[c.holding]), lambda c: c.holding),
        column("application", lambda c: c.application.number, lambda c: c.application.number),
        column("stands", lambda c: badge(c.application.state), lambda c: c.application.state),
        column("ask", lambda c: c.owner, lambda c: str(c.owner)),
        moment_column("made_at", "since"),
        moment_column("lifted_at", "lifted"),
    )
    list_filter = (StateFilter,)
    found_by = ("number", "application__number")
    ordering = ("-id",)
    waits_for = {
        "confidential": "nothing: it holds until its owner or the committee lifts it",
        "lifted": "nothing: whoever reads loans sees the application",
    }
    acts = (
        Act(
            "let-in",
            "Let somebody in",
            "loans.write|loans.comply",
            _grant,
            _effect,
            _holds,
            form_of=grant_form,
        ),
        Act(
            "let-out",
            "End somebody's access",
            "loans.read",
            _end,
            _effect,
            _has_guests,
            form_of=end_form,
            tone="danger",
        ),
        Act(
            "lift",
            "Lift it",
            "loans.write|loans.approve",
            _lift,
            _lift_effect,
            _holds,
            WithReason,
            tone="danger",
        ),
    )

    def state_of(self, record: Any) -> str:
        return str(record.holding)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("application", "owner", "lifted_by")

    def title_of(self, record: Any) -> str:
        return f"{record.application} is {record.holding}" if _holds(record) else str(record)

    def note(self, record: Any) -> str:
        said = f"It is seen by {WHO}." if _holds(record) else f"Lifted: {record.lifted_for}."
        return f"{said} What was done, and why, stands in the trail of the application."

    def facts(self, record: Any) -> Sequence[Fact]:
        facts: tuple[Fact, ...] = (
            ("Application", link(record.application)),
            ("It stands", badge(record.application.state)),
            ("Owner", record.owner),
            ("Since", moment(record.made_at)),
        )
        if _holds(record):
            return facts
        return (*facts, ("Lifted by", record.lifted_by), ("Lifted", moment(record.lifted_at)))

    def tables(self, record: Any) -> Sequence[Table]:
        return (_access(record, "Who has access"),)
