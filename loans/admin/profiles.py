"""The console's pages over profiles of institutions: what is said of one, and changes of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from loans.models import Group, Institution
from loans.operations import institutions, profiles
from loans.queries.limits import limits_of
from loans.queries.profiles import ASSET, profile_of
from loans.rules.countries import COUNTRIES
from loans.rules.profiles import AFFILIATIONS, SECTORS, WORDS, Profile, changed
from loans.rules.states import ProfileState
from together.controls.admin.acts import Act, Call, Done, Effect, proposed_acts
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.four_eyes import approval_fact, stages_to_pass
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    column,
    figures,
    link,
    moment,
    moment_column,
    money,
    state_column,
)
from together.ledger.rules.money import Money
from together.treasury.admin.pools import read_amount

WRITES = "loans.write|loans.approve"


class ProfileForm(forms.Form):
    """What is known of an institution; each field says what it is for."""

    legal_name = forms.CharField(max_length=120, help_text="As the register has it.")
    aliases = forms.CharField(
        label="Also known as",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Trading names and former names, one a line. They are screened as well.",
    )
    jurisdiction = forms.ChoiceField(
        choices=[("", "choose"), *((code, f"{name} ({code})") for code, name in COUNTRIES.items())]
    )
    sector = forms.ChoiceField(choices=[("", "choose"), *SECTORS])
    group = forms.ModelChoiceField(
        Group.objects.all(),
        required=False,
        empty_label="none",
        help_text="Connected clients: what hits one hits the others. They share a limit.",
    )
    parent = forms.ModelChoiceField(
        Institution.objects.all(),
        required=False,
        empty_label="none, or not an institution here",
        help_text="Who controls it, where that is an institution here; else name it below.",
    )
    parent_name = forms.CharField(label="Parent elsewhere", max_length=120, required=False)
    parent_lei = forms.CharField(label="LEI of that parent", max_length=20, required=False)
    affiliation = forms.ChoiceField(label="Affiliation to an exchange", choices=AFFILIATIONS)
    exchange = forms.CharField(
        max_length=80, required=False, help_text="Which one, where there is an affiliation."
    )
    limit = forms.CharField(max_length=30, help_text=f"Most it may owe, in whole {ASSET}.")


class EnterInstitution(ProfileForm):
    lei = forms.CharField(label="LEI", max_length=20)
    wallet = forms.CharField(
        max_length=80,
        help_text="Its account at the exchange. Loans go there once it is confirmed.",
    )
    field_order = ("legal_name", "lei", "wallet")


class ProposeChange(ProfileForm):
    reason = forms.CharField(max_length=400, help_text="Why, and on which evidence.")


def form_of(institution: Institution) -> type[forms.Form]:
    """Make the form of a change with what is known now in its fields."""
    now = profile_of(institution)
    known = {
        **now.document,
        "aliases": "\n".join(now.aliases),
        "group": institution.group_id,
        "parent": institution.parent_id,
        "limit": figures(str(now.limit.decimal)),
    }

    class ChangeOfInstitution(ProposeChange):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.initial = known
            others = Institution.objects.exclude(pk=institution.pk)
            self.fields["parent"].queryset = others  # type: ignore[attr-defined]

    return ChangeOfInstitution


def read(values: Mapping[str, Any]) -> Profile:
    """Read a profile from the fields of its form."""
    named = ("legal_name", "parent_name", "parent_lei", "exchange")
    aliases = [line.strip() for line in values["aliases"].splitlines()]
    return Profile(
        **{name: values[name].strip() for name in named},
        aliases=tuple(alias for alias in aliases if alias),
        jurisdiction=values["jurisdiction"],
        sector=values["sector"],
        group=values["group"].number if values["group"] else "",
        parent=values["parent"].number if values["parent"] else "",
        affiliation=values["affiliation"],
        limit=read_amount(values["limit"], ASSET, "limit"),
    )


def _enter(call: Call) -> Done:
    entered = institutions.enter(
        lei=call.values["lei"],
        profile=read(call.values),
        wallet=call.values["wallet"],
        by=call.by,
        at=call.at,
    )
    return Done(f"{entered.legal_name} is entered as {entered.number}.", entered)


def _propose(call: Call) -> Done:
    asked = profiles.propose(
        institution=call.record,
        profile=read(call.values),
        reason=call.values["reason"],
        by=call.by,
        at=call.at,
    )
    made = call.record.changes.get(number=asked.subject)
    return Done(f"{made} is proposed; {stages_to_pass(asked)}.", made)


def _put_in_force(call: Call) -> str:
    changed_one = profiles.put_in_force(change=call.record, by=call.by, at=call.at)
    return f"{changed_one.legal_name} is what {call.record} says."


def _withdraw(call: Call) -> str:
    profiles.withdraw(change=call.record, by=call.by, at=call.at)
    return f"{call.record} is withdrawn."


def shown(name: str, value: Any) -> Any:
    """Write a fact of a profile for people."""
    if name == "limit":
        return money(Money(int(value), ASSET))
    words = {"sector": SECTORS, "affiliation": AFFILIATIONS}.get(name)
    if words:
        return dict(words).get(value, value)
    if name == "jurisdiction":
        return f"{COUNTRIES.get(value, 'unknown')} ({value})"
    return (", ".join(value) if isinstance(value, list) else value) or NOTHING


def _difference(change: Any) -> Effect:
    return (
        ("Institution", change.institution),
        *(
            (f"{WORDS[name]}, {when}", shown(name, said[name]))
            for name in changed(change.before, change.after)
            for when, said in (("before", change.before), ("after", change.after))
        ),
        ("Used of its limit now", money(limits_of(change.institution).used)),
    )


ENTER_ACT = Act("enter", "Enter an institution", "loans.write", _enter, form=EnterInstitution)
CHANGE_ACT = Act(
    "change",
    "Propose a change",
    "loans.write",
    _propose,
    form_of=form_of,
    warning="It holds once it was approved: what moves a limit as a loan of that size would be.",
)


def changes_table(institution: Institution) -> Table:
    """Give the changes of an institution's profile."""
    rows = [
        [
            link(one),
            badge(one.state),
            ", ".join(WORDS[name] for name in changed(one.before, one.after)),
            one.proposed_by,
            moment(one.proposed_at),
        ]
        for one in institution.changes.select_related("proposed_by")[:10]
    ]
    heads = ["Number", "State", "What", "Proposed by", "Proposed"]
    return Table("Changes of the profile", heads, rows, empty="It is as it was entered.")


class ProfileChangeAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = (
        "number",
        state_column(),
        column("institution", lambda c: c.institution, lambda c: c.institution.number),
        column(
            "what",
            lambda c: ", ".join(WORDS[name] for name in changed(c.before, c.after)),
            lambda c: " ".join(changed(c.before, c.after)),
        ),
        moment_column("proposed_at", "proposed"),
    )
    list_filter = ("state",)
    found_by = ("number", "institution__number")
    ordering = ("-id",)
    acts = (
        *proposed_acts(
            WRITES,
            _put_in_force,
            _withdraw,
            _difference,
            "Passes only when exactly this passed every stage of its approval.",
        ),
    )
    waits_for = {
        ProfileState.PROPOSED: "the stages of its approval, then to be put in force",
        ProfileState.APPLIED: "nothing: the institution became what it says",
        ProfileState.WITHDRAWN: "nothing: it was given up",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("institution", "proposed_by")

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Institution", link(record.institution)),
            ("Version", record.version),
            ("Reason", record.reason),
            approval_fact(profiles.KIND, record.number, record.effect_digest),
            ("Proposed by", record.proposed_by),
            ("Proposed", moment(record.proposed_at)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        moved = changed(record.before, record.after)
        rows = [
            [
                WORDS[name],
                shown(name, record.before[name]),
                shown(name, record.after[name]),
                badge("changes", "wait") if name in moved else "stays",
            ]
            for name in sorted(WORDS, key=lambda name: name not in moved)
        ]
        return (Table("Before and after", ["Fact", "Before", "After", ""], rows),)
