"""The console's pages over groups of connected clients."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from loans.operations import groups
from loans.queries.groups import members, outside
from loans.queries.profiles import ASSET
from loans.rules.profiles import SECTORS
from together.controls.admin.acts import Act, Call, Done
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    Table,
    column,
    link,
    moment,
    moment_column,
    money,
    number,
)
from together.ledger.rules.money import Money


class EnterGroup(forms.Form):
    name = forms.CharField(max_length=120, help_text="How the group is called. It stays.")


def _enter(call: Call) -> Done:
    entered = groups.enter(name=call.values["name"].strip(), by=call.by, at=call.at)
    return Done(f"{entered.name} is entered as {entered.number}.", entered)


class GroupAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = (
        "number",
        "name",
        column(
            "members",
            lambda g: number(g.member_count),
            lambda g: g.member_count,
            order="member_count",
            is_figure=True,
        ),
        moment_column("entered_at", "entered"),
    )
    found_by = ("number",)
    found_in = ("name",)
    ordering = ("number",)
    list_acts = (Act("enter", "Enter a group", "loans.write", _enter, form=EnterGroup),)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request).select_related("entered_by")
        counted: QuerySet = found.annotate(member_count=Count("institutions"))
        return counted

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.number,)

    def facts(self, record: Any) -> Sequence[Fact]:
        found = members(record)
        limit = sum((one.limit for one in found), Money(0, ASSET))
        used = sum((one.used for one in found), Money(0, ASSET))
        return (
            ("Number", record.number),
            ("Members", number(len(found))),
            ("Limits of its members", money(limit)),
            ("Used by its members", money(used)),
            ("Entered by", record.entered_by),
            ("Entered", moment(record.entered_at)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        sectors = dict(SECTORS)
        rows = [
            [
                link(one.institution),
                one.institution.number,
                sectors[one.institution.sector],
                link(one.institution.parent) if one.institution.parent else "",
                money(one.limit),
                money(one.used),
                money(one.limit - one.used),
            ]
            for one in members(record)
        ]
        heads = ["Institution", "Number", "Sector", "Parent", "Limit", "Used", "Free"]
        found = [
            Table(
                "Members",
                heads,
                rows,
                frozenset({4, 5, 6}),
                "Nobody belongs to it: propose a change of an institution that does.",
            )
        ]
        strays = [[link(one), link(one.parent), link(one.group)] for one in outside(record)]
        if strays:
            heads = ["Institution", "Its parent is a member", "Its own group"]
            found.append(Table("Controlled by a member, but not in the group", heads, strays))
        return found
