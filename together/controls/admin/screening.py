"""The console's pages over screening lists and policies, and what pages show of a screening."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.fields import DateInput, FileInput
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    digest,
    link,
    moment,
    moment_column,
    number,
    number_column,
)
from together.controls.models import Hit, Screening
from together.controls.operations import screening_lists, screening_policies
from together.controls.operations.approvals import digest as digest_of
from together.controls.queries import screening as screened
from together.controls.rules.screening import (
    LEAST_THRESHOLD,
    MOST_DAYS,
    MOST_THRESHOLD,
    SOURCES,
    Subject,
)

SHOWN = 20
# An open hit is work, and a confirmed one is bad news; elsewhere both words are good ones.
TONES = {"open": "wait", "cleared": "good", "confirmed": "bad"}


class LoadList(forms.Form):
    source = forms.ChoiceField(choices=SOURCES)
    file = forms.FileField(
        widget=FileInput, help_text="SDN.XML, the UN's consolidated XML, or our own CSV."
    )
    issued_on = forms.DateField(
        label="Issued on",
        required=False,
        widget=DateInput(),
        help_text="For our own list only: the others say it themselves.",
    )


class ProposePolicy(forms.Form):
    threshold = forms.IntegerField(
        help_text=f"From which score on two names are a hit: {LEAST_THRESHOLD} to {MOST_THRESHOLD}."
    )
    most_days = forms.IntegerField(
        label="Days", help_text=f"How long a screening holds: 1 to {MOST_DAYS} days."
    )
    reason = forms.CharField(max_length=400)


def _load(call: Call) -> Done:
    values = call.values
    loaded = screening_lists.load(
        source=values["source"],
        name=values["file"].name,
        data=values["file"].read(),
        issued_on=values["issued_on"],
        by=call.by,
        at=call.at,
    )
    if loaded.is_known:
        return Done(f"This file is {loaded.list.number} already; nothing changed.", loaded.list)
    words = f"{loaded.list} is version {loaded.list.version}; everybody is screened by it now."
    return Done(words, loaded.list)


def _propose(call: Call) -> str:
    screening_policies.propose(**call.values, by=call.by, at=call.at)
    return "The policy is proposed and waits for somebody else of compliance."


def _put_in_force(call: Call) -> Done:
    made = screening_policies.put_in_force(by=call.by, at=call.at)
    return Done(f"{made} is in force; everybody is screened by it now.", made)


def _next_effect(_: Any) -> Effect:
    asked = screening_policies.approved()
    if asked is None:
        return (("Approved", "no policy waits to be put in force"),)
    return tuple((name.replace("_", " ").capitalize(), str(v)) for name, v in asked.items())


class ScreeningListAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    also_reads = "claims.read"
    list_display = (
        "number",
        "source",
        "version",
        "issued_on",
        number_column("entry_count", "entries"),
        number_column("added"),
        number_column("dropped"),
        moment_column("loaded_at", "loaded"),
    )
    list_filter = ("source",)
    found_by = ("number", "sha256")
    ordering = ("-id",)
    list_acts = (
        Act(
            "load",
            "Load a list",
            "screening.write",
            _load,
            form=LoadList,
            warning="Until everybody is screened by it, within a minute or two, nothing is lent.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request).select_related("loaded_by")
        return found

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.number,)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Source", record.get_source_display()),
            ("Version", record.version),
            ("Issued on", record.issued_on),
            ("Entries", number(record.entry_count)),
            ("Names", number(record.name_count)),
            ("New or changed", number(record.added)),
            ("Gone or changed", number(record.dropped)),
            ("File", record.name),
            ("SHA-256", digest(record.sha256)),
            ("Loaded by", record.loaded_by),
            ("Loaded", moment(record.loaded_at)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        heads = ["Reference", "Kind", "Names", "Programme"]
        found = (
            ("New or changed on this version", record.entries, "Nothing is new."),
            ("On it no more, or changed", record.dropped_entries, "Nothing is gone."),
        )
        return [
            Table(
                title,
                heads,
                [
                    [one.reference, one.kind, "; ".join(one.names[:5]), one.programme or NOTHING]
                    for one in rows.order_by("id")[:SHOWN]
                ],
                empty=empty,
                more=f"The first {SHOWN} at most.",
            )
            for title, rows, empty in found
        ]


class ScreeningPolicyAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    also_reads = "claims.read"
    list_display = (
        "version",
        number_column("threshold"),
        number_column("most_days", "days"),
        "reason",
        moment_column("set_at", "in force since"),
    )
    ordering = ("-version",)
    list_acts = (
        Act("propose", "Propose a policy", "screening.write", _propose, form=ProposePolicy),
        Act(
            "put-in-force",
            "Put the approved policy in force",
            "screening.write",
            _put_in_force,
            _next_effect,
            warning="Passes only when a policy was approved by somebody else.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request).select_related("set_by")
        return found

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (screening_policies.SUBJECT,)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Hits from a score of", record.threshold),
            ("A screening holds", f"{record.most_days} days"),
            ("Reason", record.reason),
            ("Put in force by", record.set_by or "the first one, of the migration"),
            ("In force since", moment(record.set_at)),
        )


def screened_fact(subject: Subject, at: Any) -> Fact:
    """Tell on a record's page whether it is screened and clear, or what stands in the way."""
    hit = screened.blocking(subject.area, subject.number).first()
    if hit is not None:
        return ("Sanctions screening", link(hit, f"{hit.number} is {hit.state}"))
    last = screened.last_of(subject.area, [subject.number]).get(subject.number)
    why = screened.stale(last, digest_of(subject.facts), at)
    return ("Sanctions screening", badge("not screened", "bad") if why else badge("clear", "good"))


def screening_tables(subject: Subject) -> Sequence[Table]:
    """Give the hits of a subject, and when it was screened under which names."""
    found = Hit.objects.filter(area=subject.area, subject=subject.number)
    hits = [
        [
            link(one),
            badge(one.state, TONES[one.state]),
            one.said,
            one.listed,
            one.score,
            moment(one.opened_at),
        ]
        for one in found.order_by("-state", "-score")[:SHOWN]
    ]
    done = Screening.objects.filter(area=subject.area, subject=subject.number)
    rows = [
        [
            moment(one.at),
            link(one.newest_list, one.newest_list.number),
            one.policy.version,
            number(len(one.facts["names"]) + len(one.facts["addresses"])),
            number(one.matches),
        ]
        for one in done.select_related("newest_list", "policy").order_by("-id")[:5]
    ]
    heads = ["Hit", "State", "Name of ours", "Name on the list", "Score", "Opened"]
    when = ["Screened (UTC)", "Newest list", "Policy", "Names and addresses", "Matches"]
    return (
        Table("Hits on sanctions lists", heads, hits, frozenset({4}), "Like nobody on a list."),
        Table("Last screenings", when, rows, frozenset({2, 3, 4}), "Never screened."),
    )


def screen_act(area: str, screen: Callable[[Call], str]) -> Act:
    """Make the act that screens a record of an area now."""
    return Act("screen", "Screen now", f"{area}.write|screening.write", screen)
