"""The console's pages over contacts of institutions, and the act that enters one."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from loans.models import Institution
from loans.operations import contacts
from loans.rules.contacts import CAPACITIES, Details
from together.controls.admin.acts import Act, Call, Effect
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.fields import DateInput
from together.controls.admin.showing import Table, badge, column, day, link, moment

WRITES = "loans.write|loans.comply"


class EnterContact(forms.Form):
    name = forms.CharField(max_length=120)
    capacity = forms.ChoiceField(choices=CAPACITIES)
    email = forms.CharField(label="E-mail", max_length=120)
    phone = forms.CharField(
        max_length=30, help_text="With the country's code, such as +44 20 7946 0018."
    )
    starts_on = forms.DateField(label="From", widget=DateInput())


class EndContact(forms.Form):
    ended_on = forms.DateField(
        label="Until", widget=DateInput(), help_text="The first day on which they speak no more."
    )
    reason = forms.CharField(max_length=200, help_text="Kept with the contact.")


def _enter(call: Call) -> str:
    values = call.values
    entered = contacts.enter(
        institution=call.record,
        details=Details(values["name"], values["capacity"], values["email"], values["phone"]),
        starts_on=values["starts_on"],
        by=call.by,
        at=call.at,
    )
    return f"{entered.name} is entered as {entered.number}."


def _end(call: Call) -> str:
    values = call.values
    contacts.end(
        contact=call.record,
        on=values["ended_on"],
        reason=values["reason"],
        by=call.by,
        at=call.at,
    )
    return f"{call.record} speaks for it no more."


def _effect(contact: Any) -> Effect:
    return (
        ("Institution", contact.institution),
        ("Name", contact.name),
        ("Capacity", contact.get_capacity_display()),
    )


ENTER_CONTACT = Act("contact", "Enter a contact", WRITES, _enter, form=EnterContact)


def state(contact: Any) -> str:
    """Say whether somebody speaks for their institution."""
    return "ended" if contact.ended_on else "active"


def contacts_table(institution: Institution) -> Table:
    """Give the contacts of an institution, who ended last."""
    found = institution.contacts.order_by("ended_on", "capacity", "id")[:30]
    current = sorted(found, key=lambda one: one.ended_on is not None)
    rows = [
        [
            link(one, one.name),
            one.get_capacity_display(),
            one.email,
            one.phone,
            badge(state(one)),
            day(one.starts_on),
            day(one.ended_on),
        ]
        for one in current
    ]
    heads = ["Name", "Capacity", "E-mail", "Phone", "State", "From", "Until"]
    return Table("Contacts", heads, rows, empty="Nobody speaks for it: enter a contact.")


class ContactAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = (
        "number",
        "name",
        column("state", lambda c: badge(state(c)), state),
        "capacity",
        column("institution", lambda c: c.institution, lambda c: c.institution.number),
        "email",
        "phone",
        "starts_on",
        "ended_on",
    )
    list_filter = ("capacity", ("ended_on", EmptyFieldListFilter))
    found_by = ("number", "institution__number")
    found_in = ("name", "email")
    ordering = ("-id",)
    acts = (
        Act(
            "end",
            "End",
            WRITES,
            _end,
            _effect,
            lambda record: record.ended_on is None,
            form=EndContact,
            tone="danger",
            warning="It stays readable, and is never deleted.",
        ),
    )
    waits_for = {
        "active": "nothing: they speak for the institution",
        "ended": "nothing: they speak for it no more",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("institution", "entered_by", "ended_by")

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.institution.number,)

    def state_of(self, record: Any) -> str:
        return state(record)

    def note(self, record: Any) -> str:
        return f"Ended: {record.ended_for}" if record.ended_for else ""

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Institution", link(record.institution)),
            ("Name", record.name),
            ("Capacity", record.get_capacity_display()),
            ("E-mail", record.email),
            ("Phone", record.phone),
            ("From", day(record.starts_on)),
            ("Until", day(record.ended_on)),
            ("Entered by", record.entered_by),
            ("Entered", moment(record.entered_at)),
            ("Ended by", record.ended_by),
        )
