"""The console's queue of hits on sanctions lists: cleared under four eyes, or confirmed."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from together.controls.admin.acts import Act, Call, Effect, in_state
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.four_eyes import approval_fact
from together.controls.admin.screening import TONES
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    column,
    link,
    moment,
    number,
    number_column,
)
from together.controls.models import Screening
from together.controls.operations import hits
from together.controls.queries import held
from together.controls.queries.screening import waiting
from together.controls.rules.screening import HitState

AREAS = ("loans", "claims")
PROPOSES = "loans.write|claims.write|screening.write"


class AgeFilter(SimpleListFilter):
    """Hits that are open for longer than a number of days."""

    title = "open for"
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the ages at which somebody asks."""
        return [("1", "more than a day"), ("3", "more than 3 days"), ("7", "more than 7 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what was chosen."""
        if self.value() not in ("1", "3", "7"):
            return queryset
        return queryset.filter(waiting(int(str(self.value())), timezone.now()))


class WithReason(forms.Form):
    reason = forms.CharField(
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What was compared, and what it shows. Kept with the hit.",
    )


def _propose(call: Call) -> str:
    asked = hits.propose_clearing(
        hit=call.record, reason=call.values["reason"], by=call.by, at=call.at
    )
    return f"The clearing of {asked.subject} is proposed and waits for compliance."


def _clear(call: Call) -> str:
    hits.clear(hit=call.record, by=call.by, at=call.at)
    return f"{call.record} is cleared: it is somebody else."


def _confirm(call: Call) -> str:
    hits.confirm(hit=call.record, reason=call.values["reason"], by=call.by, at=call.at)
    return f"{call.record} is confirmed: nothing is done with {call.record.title}."


def _effect(hit: Any) -> Effect:
    return (
        ("Subject", f"{hit.title} ({hit.subject})"),
        (f"Our name ({hit.role})", hit.said),
        ("Name on the list", hit.listed),
        ("Source", f"{hit.get_source_display()}, {hit.reference}"),
        ("Score of 100", hit.score),
        *((("Reason", hit.reason),) if hit.reason else ()),
    )


def age(hit: Any) -> int | None:
    """Give the whole days that a hit is open for, or nothing where it is decided."""
    if hit.state != HitState.OPEN:
        return None
    return int((timezone.now() - hit.opened_at).days)


class HitAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    also_reads = "claims.read"
    list_display = (
        "number",
        column("state", lambda h: badge(h.state, TONES[h.state]), lambda h: h.state, order="state"),
        column("subject", lambda h: h.title, lambda h: h.subject),
        column("our name", lambda h: h.said, lambda h: h.said),
        column("name on the list", lambda h: h.listed, lambda h: h.listed),
        "source",
        number_column("score"),
        column("days open", lambda h: number(age(h)), age, order="opened_at", is_figure=True),
    )
    list_filter = ("state", AgeFilter, "source")
    found_by = ("number", "subject", "reference")
    found_in = ("title", "said", "listed")
    # What is open first, the oldest first.
    ordering = ("-state", "opened_at")
    tones = TONES
    acts = (
        Act(
            "propose-clearing",
            "Propose to clear",
            PROPOSES,
            _propose,
            _effect,
            in_state(HitState.OPEN, HitState.CONFIRMED),
            form=WithReason,
        ),
        Act(
            "clear",
            "Clear",
            "screening.write",
            _clear,
            _effect,
            in_state(HitState.OPEN, HitState.CONFIRMED),
            has_step_up=True,
            warning="Passes only when compliance approved exactly this.",
        ),
        Act(
            "confirm",
            "Confirm",
            "screening.write",
            _confirm,
            _effect,
            in_state(HitState.OPEN, HitState.CLEARED),
            form=WithReason,
            tone="danger",
            warning="Nothing more is lent to them; clearing it again needs two. Revoke their"
            " destinations next: that stops what was asked for and is not sent yet.",
        ),
    )
    waits_for = {
        HitState.OPEN: "somebody to find out whether it is the same",
        HitState.CLEARED: "nothing: it is somebody else, as long as neither side changes",
        HitState.CONFIRMED: "nothing: it is them, and nothing is done with them",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Show only hits of the programmes that a person may read."""
        areas = [area for area in AREAS if held.may(request.user, f"{area}.read")]
        found: QuerySet = super().get_queryset(request).filter(area__in=areas)
        return found.select_related("entry__since", "proposed_by", "decided_by")

    def note(self, record: Any) -> str:
        return f"Open because {record.why}." if record.state == HitState.OPEN else ""

    def facts(self, record: Any) -> Sequence[Fact]:
        days = age(record)
        return (
            *_effect(record),
            ("Opened", moment(record.opened_at)),
            ("Days open", NOTHING if days is None else days),
            ("Times opened", record.times_opened),
            approval_fact(hits.KIND, record.number, record.effect_digest),
            ("Proposed by", record.proposed_by),
            ("Decided by", record.decided_by),
            ("Decided", moment(record.decided_at)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        entry = record.entry
        listed = [
            ["Names", "; ".join(entry.names)],
            ["Kind", entry.kind or NOTHING],
            ["Addresses", "; ".join(entry.addresses) or NOTHING],
            ["Programme", entry.programme or NOTHING],
            ["Since", link(entry.since)],
        ]
        last = Screening.objects.filter(area=record.area, subject=record.subject)
        newest = last.order_by("id").last()
        names = newest.facts["names"] if newest else []
        return (
            Table("The entry of the list", ["What", "Value"], listed),
            Table("The subject, as it was screened last", ["What", "Name"], names),
        )
