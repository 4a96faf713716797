"""The console's page over instruments: the last value, its age, the series, and the policy."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone

from loans.admin.market_forms import INSTRUMENT_ACTS, INSTRUMENT_LIST_ACTS, source_names, value_of
from loans.models import InstrumentPolicy, Observation
from loans.queries import market_data
from loans.rules.market_data import InstrumentKind, age, written
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.four_eyes import approval_fact
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    column,
    day,
    figures,
    link,
    moment,
)

DRAWN = 400
LISTED = 20


def state_of_value(instrument: Any) -> str:
    """Say whether the last value of an instrument may be used now."""
    if instrument.most_age is None:
        return "no policy"
    if instrument.last_at is None:
        return "nothing yet"
    return "stale" if _age(instrument).is_stale else "fresh"


def _age(instrument: Any) -> Any:
    return age(
        instrument.kind,
        instrument.last_at,
        timezone.now(),
        instrument.most_age or 0,
        instrument.calendar,
    )


def when(instrument: Any, at: Any) -> Any:
    """Write when a value was observed: a moment, or the day of a fixing."""
    if at is None:
        return NOTHING
    return moment(at) if instrument.kind == InstrumentKind.PRICE else day(at.date())


def _last(instrument: Any) -> str:
    return "" if instrument.last_value is None else written(instrument.last_value, instrument.scale)


class InstrumentAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = (
        "code",
        "name",
        "kind",
        column("last value", lambda i: value_of(i, i.last_value), _last, is_figure=True),
        column(
            "observed",
            lambda i: when(i, i.last_at),
            lambda i: i.last_at and i.last_at.isoformat(),
            order="last_at",
        ),
        column(
            "age",
            lambda i: str(_age(i)) if i.last_at else NOTHING,
            lambda i: str(_age(i)) if i.last_at else "",
        ),
        column("usable", lambda i: badge(state_of_value(i)), state_of_value),
    )
    list_filter = ("kind",)
    nothing = "No instrument is entered yet: enter one, then propose its policy."
    found_by = ("code",)
    found_in = ("name",)
    ordering = ("code",)
    acts = INSTRUMENT_ACTS
    list_acts = INSTRUMENT_LIST_ACTS

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        last = market_data.in_force(timezone.now()).filter(instrument=OuterRef("pk"))
        last = last.order_by("-observed_at", "-id")
        policy = InstrumentPolicy.objects.filter(instrument=OuterRef("pk")).order_by("-version")
        annotated: QuerySet = found.select_related("entered_by").annotate(
            last_value=Subquery(last.values("value")[:1]),
            last_at=Subquery(last.values("observed_at")[:1]),
            most_age=Subquery(policy.values("most_age")[:1]),
        )
        return annotated

    def state_of(self, record: Any) -> str:
        return state_of_value(record)

    def note(self, record: Any) -> str:
        return market_data.as_of([record.pk], timezone.now())[record.pk].why_not

    def facts(self, record: Any) -> Sequence[Fact]:
        is_price = record.kind == InstrumentKind.PRICE
        return (
            ("Last value", value_of(record, record.last_value)),
            ("Observed", when(record, record.last_at)),
            ("Age", str(_age(record)) if record.last_at else None),
            ("Name", record.name),
            ("Kind", "price in USD" if is_price else "fixing, as a fraction a year"),
            ("Decimals of a value", record.scale),
            ("Decimals of a quantity", record.quantity_scale if is_price else None),
            ("Calendar", None if is_price else record.calendar),
            approval_fact("market.policy", record.code),
            ("Entered by", record.entered_by),
            ("Entered", moment(record.entered_at)),
        )

    def chart(self, record: Any) -> dict[str, Any] | None:
        points = list(market_data.in_force().filter(instrument=record)[:DRAWN])[::-1]
        if len(points) < 2:
            return None
        form = "%-d %b %Y %H:%M" if record.kind == InstrumentKind.PRICE else "%-d %b %Y"
        return {
            "kind": "line",
            "title": f"{record.code}: the last {len(points)} values",
            "label": record.code,
            "labels": [one.observed_at.strftime(form) for one in points],
            "values": [written(one.value, record.scale) for one in points],
        }

    def tables(self, record: Any) -> Sequence[Table]:
        return (_observations(record), _entries(record), _policies(record))


def _observations(instrument: Any) -> Table:
    found = Observation.objects.filter(instrument=instrument).select_related("superseded_by")
    rows = [
        [
            link(one, when(instrument, one.observed_at)),
            value_of(instrument, one.value),
            one.source,
            one.get_way_display(),
            badge("corrected") if hasattr(one, "superseded_by") else badge("counts", "good"),
        ]
        for one in found[:LISTED]
    ]
    heads = ["Observed", "Value", "Source", "Came by", "State"]
    empty = "Nothing was observed yet: bring a file in, let a feed send, or enter a value by hand."
    more = f"The last {LISTED}; all of them are under Observations." if len(rows) == LISTED else ""
    return Table("Observations", heads, rows, frozenset({1}), empty, more)


def _entries(instrument: Any) -> Table:
    found = market_data.open_entries().filter(instrument=instrument)
    rows = [
        [link(one), badge(one.state), when(instrument, one.observed_at)]
        + [value_of(instrument, one.value), one.reason or f"moved {written(one.move or 0, 2)} %"]
        for one in found[:LISTED]
    ]
    heads = ["Entry", "State", "Observed", "Value", "Why"]
    return Table("Entries that wait", heads, rows, frozenset({3}), "None waits.")


def _policies(instrument: Any) -> Table:
    is_price = instrument.kind == InstrumentKind.PRICE
    rows = [
        [
            one.version,
            source_names(one.sources),
            f"{one.most_age} {'hours' if is_price else 'business days'}",
            f"{written(one.most_move, 2)} %" if is_price else f"{one.most_move} basis points",
            " to ".join(figures(written(end, instrument.scale)) for end in (one.least, one.most)),
            one.set_by,
            moment(one.set_at),
        ]
        for one in instrument.policies.select_related("set_by").order_by(F("version").desc())[:10]
    ]
    heads = ["Version", "Sources", "Stale after", "Held if it moves more than", "Bounds"]
    heads += ["Put in force by", "When (UTC)"]
    empty = "None yet: nothing is accepted, and nothing may depend on it."
    return Table("Policy", heads, rows, frozenset(), empty)
