"""The console's pages over observations and the files of them, and the upload of a file."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from loans.admin.instruments import when
from loans.admin.market_forms import value_of
from loans.formats.observations import COLUMNS, LARGEST, MOST_ROWS
from loans.operations import market_entries, market_files
from loans.operations.observations import NotTaken
from loans.rules.market_data import written
from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.fields import FileInput
from together.controls.admin.showing import (
    Table,
    badge,
    column,
    digest,
    digest_column,
    link,
    moment,
    moment_column,
    number,
    number_column,
)

FAULTS_SHOWN = 20


class Correct(forms.Form):
    value = forms.CharField(max_length=40, help_text="What it should have been.")
    reason = forms.CharField(max_length=200, help_text="How it is known; kept for ever.")


class BringFile(forms.Form):
    file = forms.FileField(
        label="Market data file",
        widget=FileInput,
        help_text=f"CSV with the columns {', '.join(COLUMNS)}; up to {MOST_ROWS:,} rows. Taken"
        " whole or refused whole. The same file twice changes nothing.",
    )

    def clean_file(self) -> Any:
        """Refuse what is larger than any file that is read."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise ValidationError(
                f"The file has {file.size:,} bytes; at most {LARGEST:,} are read."
            )
        return file


def _bring(call: Call) -> Done:
    file = call.values["file"]
    try:
        found, is_new = market_files.bring(data=file.read(), name=file.name, by=call.by, at=call.at)
    except NotTaken as refused:
        count, listed = len(refused.faults), [str(one) for one in refused.faults[:FAULTS_SHOWN]]
        head = f"The file is refused and nothing of it is stored: {count} faults."
        raise ValidationError([head, *listed]) from refused
    if not is_new:
        return Done(f"{found}: the same file was taken before; nothing changed.", found)
    return Done(
        f"{found} is in: {found.stored:,} stored, {found.known:,} known before,"
        f" {found.held:,} held for a person.",
        found,
    )


def _correct(call: Call) -> Done:
    asked = market_entries.correct(
        observation=call.record,
        value=call.values["value"],
        reason=call.values["reason"],
        by=call.by,
        at=call.at,
    )
    entry = call.record.instrument.entries.get(number=asked.subject)
    return Done(f"{entry} is proposed and waits for somebody else.", entry)


def _now(observation: Any) -> Effect:
    return (
        ("Observation", str(observation)),
        ("Value now", value_of(observation.instrument, observation.value)),
        ("Source", observation.source),
    )


def counts(observation: Any) -> bool:
    """Say whether an observation counts: no correction supersedes it."""
    return not hasattr(observation, "superseded_by")


def _it(observation: Any) -> str:
    return "counts" if counts(observation) else "corrected"


class ObservationAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = (
        column(
            "observed",
            lambda o: when(o.instrument, o.observed_at),
            lambda o: o.observed_at.isoformat(),
            order="observed_at",
        ),
        column("instrument", lambda o: link(o.instrument), lambda o: o.instrument_id),
        column(
            "value",
            lambda o: value_of(o.instrument, o.value),
            lambda o: written(o.value, o.instrument.scale),
            is_figure=True,
        ),
        "source",
        column("came by", lambda o: o.get_way_display(), lambda o: o.way),
        column("state", lambda o: badge(_it(o), "good" if counts(o) else "plain"), _it),
        moment_column("recorded_at", "recorded"),
    )
    list_filter = ("instrument", "way")
    nothing = (
        "Nothing was observed yet: bring a file in, let a feed send, or enter a value by hand."
    )
    found_by = ("instrument__code", "source")
    ordering = ("-observed_at", "-id")
    acts = (
        Act(
            "correct",
            "Propose a correction",
            "market.write",
            _correct,
            _now,
            counts,
            form=Correct,
            warning="Both values are kept; the new one counts once it is approved and booked.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related(
            "instrument", "file", "entry", "supersedes", "superseded_by", "recorded_by"
        )

    def state_of(self, record: Any) -> str:
        return "" if counts(record) else "corrected"

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.entry.number,) if record.entry else ()

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Instrument", link(record.instrument)),
            ("Observed", when(record.instrument, record.observed_at)),
            ("Value", value_of(record.instrument, record.value)),
            ("Source", record.source),
            ("Came by", record.get_way_display()),
            ("File", link(record.file)),
            ("Entry", link(record.entry)),
            ("Corrects", link(record.supersedes, _text(record.supersedes))),
            (
                "Corrected by",
                None if counts(record) else link(record.superseded_by, _text(record.superseded_by)),
            ),
            ("Recorded by", record.recorded_by or "the system"),
            ("Recorded", moment(record.recorded_at)),
        )


def _text(observation: Any) -> str:
    if observation is None:
        return ""
    return f"{written(observation.value, observation.instrument.scale)} ({observation.source})"


class MarketFileAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = (
        "__str__",
        number_column("stored"),
        number_column("known"),
        number_column("held"),
        number_column("size", "bytes"),
        digest_column("sha256", "SHA-256"),
        moment_column("brought_at", "came in"),
    )
    list_filter = ("brought_at",)
    nothing = "No file came in yet: bring one in, or run manage.py import_market_data."
    found_by = ("sha256",)
    found_in = ("name",)
    ordering = ("-id",)
    list_acts = (Act("bring", "Bring a file in", "market.write", _bring, form=BringFile),)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.defer("data").select_related("brought_by")

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (f"market:{record.pk}",)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Name", record.name),
            ("Stored", number(record.stored)),
            ("Known before", number(record.known)),
            ("Held for a person", number(record.held)),
            ("Bytes", number(record.size)),
            ("SHA-256", digest(record.sha256)),
            ("Brought by", record.brought_by or "the command"),
            ("Came in", moment(record.brought_at)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        most = 100
        found = record.observations.select_related("instrument")[:most]
        rows = [
            [link(one, str(one)), value_of(one.instrument, one.value), one.source] for one in found
        ]
        held = [
            [link(one), badge(one.state), value_of(one.instrument, one.value)]
            + [f"moved {written(one.move or 0, 2)} %"]
            for one in record.entries.select_related("instrument")[:most]
        ]
        more = f"The first {most} of {record.stored:,}." if record.stored > most else ""
        return (
            Table("Observations", ["Observation", "Value", "Source"], rows, frozenset({1}),
                  "None of them is new.", more),
            Table("Held", ["Entry", "State", "Value", "Why"], held, frozenset({2}), "None."),
        )  # fmt: skip
