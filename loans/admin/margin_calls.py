"""The console's page over margin calls: what each waits for, what cures it, and its extension."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.admin.collateral import TONES, facts, pledges_table, usd
from loans.operations import margin_calls
from loans.queries import margin_calls as called
from loans.queries.collateral import covering
from loans.rules.exact import Fraction
from loans.rules.loan_to_value import LIQUIDATION
from loans.rules.states import MarginCallState
from together.controls.admin.acts import Act, Call, Effect, in_state
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.four_eyes import approval_fact
from together.controls.admin.showing import (
    Table,
    badge,
    column,
    link,
    moment,
    moment_column,
    money,
)
from together.ledger.rules.money import Money

LIVE = (MarginCallState.OPEN, MarginCallState.EXTENDED, MarginCallState.DEFAULTED)


# An open call is no good news, whatever else is open.
STATES: dict[str, str] = {MarginCallState.OPEN: "wait"}


class ProposeExtension(forms.Form):
    until = forms.DateTimeField(
        label="Due at (UTC)",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=f"Later than now, at most {margin_calls.LONGEST.days} days.",
    )
    reason = forms.CharField(max_length=200, help_text="Why there is more time; kept for ever.")


def _propose(call: Call) -> str:
    margin_calls.propose_extension(
        call=call.record,
        until=call.values["until"],
        reason=call.values["reason"],
        by=call.by,
        at=call.at,
    )
    return f"Asked for approval of more time for {call.record}."


def _extend(call: Call) -> str:
    margin_calls.extend(call=call.record, by=call.by, at=call.at)
    return f"{call.record} is extended."


def _watch(call: Call) -> str:
    found = margin_calls.watch(at=call.at)
    return words(found)


def words(found: margin_calls.Watched) -> str:
    """Say what the monitor found."""
    told = f"{found.looked_at} loans looked at: {len(found.opened)} calls opened,"
    told += f" {len(found.met)} met, {len(found.defaulted)} defaulted"
    return f"{told}; {len(found.unvalued)} could not be valued." if found.unvalued else f"{told}."


def _effect(record: Any) -> Effect:
    return (
        ("Loan", record.loan),
        ("Due at", moment(record.due_at)),
        *facts(record.loan.application, timezone.now()),
    )


def _extension(record: Any) -> Effect:
    asked = margin_calls.approved(record)
    if asked is None:
        return (("Approved", "no extension waits to be given"),)
    return (
        ("Due at, before", asked["before"]),
        ("Due at", asked["until"]),
        ("Why", asked["reason"]),
    )


class MarginCallAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    tones = STATES
    nothing = "No margin call was opened yet: the monitor looks at every secured loan each minute."
    list_display = (
        "number",
        column("state", lambda m: badge(m.state, STATES.get(m.state, "")), lambda m: m.state),
        column("loan", lambda m: link(m.loan), lambda m: m.loan.number),
        column("band", lambda m: badge(m.band, TONES.get(m.band, "plain")), lambda m: m.band),
        moment_column("due_at", "due"),
        moment_column("opened_at", "opened"),
        moment_column("ended_at", "ended"),
    )
    list_filter = ("state", "band")
    found_by = ("number", "loan__number")
    ordering = ("-id",)
    list_acts = (
        Act(
            "watch",
            "Look at every loan now",
            "loans.write",
            _watch,
            lambda record: (("Secured loans", called.watched().count()),),
        ),
    )
    acts = (
        Act(
            "propose-extension",
            "Propose more time",
            "loans.write",
            _propose,
            _effect,
            in_state(MarginCallState.OPEN, MarginCallState.EXTENDED),
            form=ProposeExtension,
        ),
        Act(
            "extend",
            "Give the approved time",
            "loans.write",
            _extend,
            _extension,
            lambda m: m.state in LIVE[:2] and margin_calls.approved(m) is not None,
            warning="Passes only when exactly this extension was approved.",
        ),
    )
    waits_for = {
        MarginCallState.OPEN: "more collateral in force, or a repayment, until it is due",
        MarginCallState.EXTENDED: "more collateral in force, or a repayment, until it is due",
        MarginCallState.DEFAULTED: "a decision: it was not met in time",
        MarginCallState.MET: "nothing: loan to value is back within the initial band",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("loan__application__pool", "loan__pool", "policy")

    def note(self, record: Any) -> str:
        if record.state not in LIVE:
            return ""
        now = covering(record.loan.application, timezone.now())
        if now.cover is None:
            return f"It cannot be valued now: {now.why_not}."
        if now.band == LIQUIDATION:
            return "Loan to value is in the liquidation band: collateral may be sold."
        return ""

    def facts(self, record: Any) -> Sequence[Fact]:
        prices = ", ".join(f"{code} {price}" for code, (_, price) in record.prices.items())
        now = facts(record.loan.application, timezone.now()) if record.state in LIVE else ()
        return (
            ("Loan", link(record.loan)),
            ("Due", moment(record.due_at)),
            *now,
            ("Opened", moment(record.opened_at)),
            ("Owed then", money(Money(record.owed, record.loan.pool.asset))),
            ("Market value then", usd(Fraction(record.market_value, 100))),
            ("Prices then", prices),
            ("Collateral policy", link(record.policy)),
            ("Extension: approval", approval_fact("margin.extension", record.number)[1]),
            ("Ended", moment(record.ended_at)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        return pledges_table(record.loan.application, timezone.now())


def calls_table(loan: Any) -> list[Table]:
    """Give the margin calls of a loan; no table where there was none."""
    rows = [
        [
            link(one),
            badge(one.state, STATES.get(one.state, "")),
            badge(one.band, TONES.get(one.band, "plain")),
        ]
        + [moment(one.opened_at), moment(one.due_at), moment(one.ended_at)]
        for one in called.of(loan)[:20]
    ]
    heads = ["Margin call", "State", "Band", "Opened", "Due", "Ended"]
    return [Table("Margin calls", heads, rows)] if rows else []
