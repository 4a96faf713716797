"""The console's page over entries of market data: by hand, corrections, and what is held."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from loans.admin.instruments import when
from loans.admin.market_forms import value_of
from loans.operations import market_entries
from loans.rules.market_data import written
from loans.rules.states import MarketEntryState
from together.controls.admin.acts import Act, Call, Done, Effect, WithReason, in_state
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.four_eyes import approval_fact
from together.controls.admin.showing import column, link, moment, moment_column, state_column


def _stand_by(call: Call) -> str:
    reason = call.values["reason"]
    market_entries.stand_by(entry=call.record, reason=reason, by=call.by, at=call.at)
    return f"{call.record} is proposed and waits for somebody else."


def _book(call: Call) -> Done:
    found = market_entries.book(entry=call.record, by=call.by, at=call.at)
    return Done(f"{found} counts now.", found)


def _withdraw(call: Call) -> str:
    reason = call.values["reason"]
    market_entries.withdraw(entry=call.record, reason=reason, by=call.by, at=call.at)
    return f"{call.record} is withdrawn."


def _effect(entry: Any) -> Effect:
    return (
        ("Instrument", entry.instrument.code),
        ("Observed", when(entry.instrument, entry.observed_at)),
        ("Value", value_of(entry.instrument, entry.value)),
        (
            "Instead of",
            value_of(entry.instrument, entry.corrects.value if entry.corrects else None),
        ),
        ("Source", entry.source),
    )


class MarketEntryAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = (
        "number",
        state_column(),
        column("instrument", lambda e: link(e.instrument), lambda e: e.instrument_id),
        column(
            "observed",
            lambda e: when(e.instrument, e.observed_at),
            lambda e: e.observed_at.isoformat(),
            order="observed_at",
        ),
        column(
            "value",
            lambda e: value_of(e.instrument, e.value),
            lambda e: written(e.value, e.instrument.scale),
            is_figure=True,
        ),
        "source",
        column("came by", lambda e: e.get_way_display(), lambda e: e.way),
        moment_column("entered_at", "entered"),
    )
    list_filter = ("state", "instrument", "way")
    nothing = "No value was entered by hand, corrected or held yet; instruments have the buttons."
    found_by = ("number", "instrument__code")
    ordering = ("-id",)
    acts = (
        Act(
            "stand-by",
            "Say that it is right",
            "market.write",
            _stand_by,
            _effect,
            in_state(MarketEntryState.HELD),
            form=WithReason,
            warning="Look it up elsewhere first. Somebody else approves it before it counts.",
        ),
        Act(
            "book",
            "Let it count",
            "market.write",
            _book,
            _effect,
            in_state(MarketEntryState.PROPOSED),
            warning="Passes only when somebody else approved exactly this.",
        ),
        Act(
            "withdraw",
            "Withdraw",
            "market.write",
            _withdraw,
            _effect,
            in_state(MarketEntryState.HELD, MarketEntryState.PROPOSED),
            form=WithReason,
            tone="danger",
        ),
    )
    waits_for = {
        MarketEntryState.HELD: "a person to say that it is right, or to withdraw it",
        MarketEntryState.PROPOSED: "somebody else to approve it, then to be booked",
        MarketEntryState.BOOKED: "nothing: it counts",
        MarketEntryState.WITHDRAWN: "nothing: it was given up",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related(
            "instrument", "corrects__instrument", "file", "entered_by", "proposed_by", "observation"
        )

    def note(self, record: Any) -> str:
        if record.move is None:
            return ""
        return f"It was held because it moved {written(record.move, 2)} % against the last value."

    def facts(self, record: Any) -> Sequence[Fact]:
        corrects = record.corrects
        return (
            *_effect(record),
            ("Corrects", link(corrects, str(corrects)) if corrects else None),
            ("Observation", link(getattr(record, "observation", None))),
            approval_fact("market.entry", record.number, record.effect_digest),
            ("Reason", record.reason),
            ("Came by", record.get_way_display()),
            ("File", link(record.file)),
            ("Entered by", record.entered_by or "the command"),
            ("Entered", moment(record.entered_at)),
            ("Proposed by", record.proposed_by),
        )
