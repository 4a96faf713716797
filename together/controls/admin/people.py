"""The console's pages over people and their roles."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest

from together.controls.admin.acts import Act, Call
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import Table, column, link, moment, moment_column
from together.controls.models import RoleGrant
from together.controls.operations import people
from together.controls.queries import links
from together.controls.rules import roles


class EnterPerson(forms.Form):
    username = forms.SlugField(max_length=60)
    full_name = forms.CharField(max_length=120)
    email = forms.EmailField()


class GiveRole(forms.Form):
    role = forms.ChoiceField(choices=[(r.code, r.name) for r in roles.ROLES])
    scope = forms.CharField(
        max_length=40, required=False, help_text="The institution's number, for its people only."
    )


class TakeRole(forms.Form):
    role = forms.ChoiceField(choices=[(r.code, r.name) for r in roles.ROLES])
    scope = forms.CharField(max_length=40, required=False)


def _enter(call: Call) -> str:
    people.demand(call.by, "people.write")
    values = call.values
    person = people.enter(
        username=values["username"],
        full_name=values["full_name"],
        email=values["email"],
        by=call.by,
        at=call.at,
    )
    return f"{person} is entered and holds no role yet."


def _give(call: Call) -> str:
    role, scope = call.values["role"], call.values["scope"]
    people.grant(person=call.record, role=role, scope=scope, by=call.by, at=call.at)
    return f"{call.record} is now {roles.BY_CODE[role].name}."


def _take(call: Call) -> str:
    role, scope = call.values["role"], call.values["scope"]
    held = RoleGrant.objects.filter(
        person=call.record, role=role, scope=scope, revoked_at=None
    ).first()
    if held is None:
        raise people.MayNotGrant(f"{call.record} does not hold {roles.BY_CODE[role].name} {scope}")
    people.revoke(grant_id=held.pk, by=call.by, at=call.at)
    return f"{call.record} is no longer {roles.BY_CODE[role].name}."


def _link(call: Call) -> str:
    people.demand(call.by, "people.write")
    path = links.password_path(call.record)
    return f"Hand this one-time link to {call.record} in person: {path}"


def _roles(person: Any) -> str:
    return ", ".join(str(grant) for grant in person.held) or "none"


class PersonAdmin(ReadOnlyAdmin):
    reads = "people.write"
    also_reads = "people.read"
    list_display = (
        "username",
        "full_name",
        "email",
        column("roles", _roles, _roles),
        moment_column("last_login"),
    )
    list_filter = ("is_active",)
    found_in = ("username", "full_name", "email")
    ordering = ("username",)
    list_acts = (Act("enter", "Enter a person", "people.write", _enter, form=EnterPerson),)
    acts = (
        Act("give-role", "Give a role", "people.write", _give, form=GiveRole, has_step_up=True),
        Act("take-role", "Take a role", "people.write", _take, form=TakeRole, has_step_up=True),
        Act(
            "password-link",
            "One-time link",
            "people.write",
            _link,
            lambda p: (("For", p.full_name), ("Effect", "with it they set a new password, once")),
            has_step_up=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        held = RoleGrant.objects.filter(revoked_at=None).order_by("role", "scope")
        found: QuerySet = super().get_queryset(request)
        return found.prefetch_related(Prefetch("grants", queryset=held, to_attr="held"))

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.username,)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Username", record.username),
            ("E-mail", record.email),
            ("May sign in", "yes" if record.is_active else "no"),
            ("Has a password", "yes" if record.has_usable_password() else "not yet"),
            ("Last sign-in", moment(record.last_login)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        rows = [
            [g, g.granted_by, moment(g.granted_at), g.revoked_by, moment(g.revoked_at)]
            for g in record.grants.select_related("granted_by", "revoked_by").order_by("-id")
        ]
        heads = ["Role", "Given by", "Given", "Taken by", "Taken"]
        return (Table("Roles", heads, rows, empty="Holds no role."),)


class RoleGrantAdmin(ReadOnlyAdmin):
    reads = "people.write"
    also_reads = "people.read"
    list_display = (
        column("person", lambda g: g.person, lambda g: g.person.username),
        "role",
        "scope",
        "granted_by",
        moment_column("granted_at"),
        moment_column("revoked_at"),
    )
    list_filter = ("role", ("revoked_at", EmptyFieldListFilter))
    found_by = ("scope", "person__username")
    list_select_related = ("person", "granted_by")
    ordering = ("-id",)

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.person.username,)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Person", link(record.person)),
            ("Role", record.get_role_display()),
            ("Scope", record.scope or None),
            ("Given by", record.granted_by or "the owner of the database"),
            ("Given", moment(record.granted_at)),
            ("Taken by", record.revoked_by),
            ("Taken", moment(record.revoked_at)),
        )
