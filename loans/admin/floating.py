"""Floating rates in the console: how one is asked for, what a loan earns, and its fixings."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from loans.admin.proposals import Proposal
from loans.formats.floating import HOW, MOST_DAYS, floating_of, in_pairs, percent
from loans.models import Instrument, Loan
from loans.operations import rate_corrections
from loans.queries.fixings import waits_for
from loans.queries.lives import life_of
from loans.queries.rates import fixings_set, rate_now
from loans.rules.floating import IN_ADVANCE
from loans.rules.market_data import InstrumentKind
from loans.rules.states import LoanState
from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.base import Fact
from together.controls.admin.fields import DateInput
from together.controls.admin.showing import NOTHING, Table, badge, day, link

DAYS = "Business days of the index's calendar."
WARNING = (
    "Nothing changes yet: the next page shows the difference, before and after, instalment by"
    " instalment. Somebody else approves exactly that."
)


class FloatingRate(forms.Form):
    """What an application says of a floating rate; without an index its rate is fixed."""

    index = forms.ModelChoiceField(
        Instrument.objects.filter(kind=InstrumentKind.FIXING),
        required=False,
        label="Floating: index",
        empty_label="None: the rate is fixed",
        help_text="The rate whose fixings are followed. The rate above is then what the plan"
        " counts with before the first fixing.",
    )
    convention = forms.ChoiceField(
        choices=list(HOW.items()), initial=IN_ADVANCE, required=False, label="Floating: how"
    )
    spread = forms.CharField(
        max_length=12,
        required=False,
        label="Floating: spread",
        help_text="What is added a year, as a fraction: 0.025 is 2.5 %.",
    )
    floor = forms.CharField(
        max_length=12,
        required=False,
        label="Floating: floor",
        help_text="A fixing counts as at least this much. Empty: there is no floor.",
    )
    cap = forms.CharField(
        max_length=12,
        required=False,
        label="Floating: cap",
        help_text="A fixing counts as at most this much. Empty: there is no cap.",
    )
    lookback_days = forms.IntegerField(
        min_value=0, max_value=MOST_DAYS, required=False, label="Floating: lookback", help_text=DAYS
    )
    observation_shift = forms.BooleanField(
        required=False,
        label="Floating: observation shift",
        help_text="Fixings count for the days of their own observation; of compounded ones only.",
    )
    lockout_days = forms.IntegerField(
        min_value=0,
        max_value=MOST_DAYS,
        required=False,
        label="Floating: lockout",
        help_text="The last days of a period repeat the fixing before them.",
    )
    fallback_days = forms.IntegerField(
        min_value=1,
        max_value=MOST_DAYS,
        required=False,
        label="Floating: fallback",
        help_text="A missing fixing is replaced by the last one, if it is at most so many business"
        " days older. Empty: the loan waits.",
    )


def floating_terms(values: dict[str, Any]) -> dict[str, Any]:
    """Give what the terms say of a floating rate; nothing if it is fixed."""
    index = values.get("index")
    if index is None:
        return {}
    said: dict[str, Any] = {
        "index": index.code,
        "convention": values["convention"] or IN_ADVANCE,
        "calendar": index.calendar,
        "spread": values["spread"] or "0",
    }
    said |= {name: values[name] for name in ("floor", "cap") if values[name]}
    days = ("lookback_days", "lockout_days", "fallback_days")
    said |= {name: values[name] for name in days if values[name]}
    if values["observation_shift"]:
        said["observation_shift"] = True
    return {"floating": said}


def agreed_facts(terms: dict[str, Any]) -> Sequence[tuple[str, str]]:
    """Give what is agreed about the rate of terms, floating or fixed."""
    agreed = floating_of(terms)
    if agreed is None:
        return (("Rate a year", str(terms.get("rate"))),)
    return (*in_pairs(agreed), ("Planned at", f"{terms.get('rate')} a year"))


def rate_facts(loan: Loan, today: date) -> Sequence[Fact]:
    """Give the rate in effect of a floating loan and its next fixing."""
    now = rate_now(loan, today)
    if now is None:
        return ()
    coming = None
    if now.next_on is not None:
        coming = f"{now.next_on:%-d %b %Y}, by the fixing of {now.next_fixing_on:%-d %b %Y}"
    waits = _waits(loan, today)
    return (
        ("Rate in effect", now.words),
        ("In effect since", day(now.since)),
        ("Next rate to be set", coming),
        *((("Waits for a fixing", waits),) if waits else ()),
    )


def _waits(loan: Loan, today: date) -> str | None:
    """Say why its days cannot be closed, if they cannot."""
    if loan.state != LoanState.ACTIVE:
        return None
    return waits_for(loan, life_of(loan), on=today, at=timezone.now()) or None


def fixings_table(loan: Loan) -> list[Table]:
    """Give the fixings of a floating loan, newest first; no table for a fixed rate."""
    if not loan.terms.get("floating"):
        return []
    rows = [
        [
            link(one.event, str(one.event.sequence)),
            day(one.event.on),
            percent(one.value),
            day(one.fixing_on),
            _state(one.is_fallback, one.corrected_by),
            one.event.recorded_by or "the system",
        ]
        for one in fixings_set(loan)
    ]
    heads = ["No.", "Counts from", "Fixing", "Fixed on", "State", "Set by"]
    return [
        Table(
            "Rate fixings, newest first",
            heads,
            rows,
            frozenset({0, 2}),
            "None is set yet: a rate is set as soon as its fixing is known.",
        )
    ]


def _state(is_fallback: bool, corrected_by: int | None) -> Any:
    if corrected_by:
        return f"corrected by event {corrected_by}"
    return badge("fallback") if is_fallback else NOTHING


class CorrectFixing(Proposal):
    on = forms.DateField(
        label="Counts from",
        widget=DateInput(),
        help_text="The day whose rate is set, as the loan's fixings say. The value is the one that"
        " is observed by now: nobody types it.",
    )


def _correct(call: Call) -> Done:
    asked = rate_corrections.propose(
        loan=call.record,
        on=call.values["on"],
        reason=call.values["reason"],
        by=call.by,
        at=call.at,
    )
    roles = len(asked.approval.roles)
    return Done(
        f"{asked.number} is proposed. This is the difference it makes; nothing is booked before"
        f" {roles} {'stage has' if roles == 1 else 'stages have'} approved it.",
        asked,
    )


def _effect(loan: Any) -> Effect:
    now = rate_now(loan, timezone.now().date())
    return (("Rate in effect", now.words if now else NOTHING),)


CORRECT_ACT = Act(
    "rate-fixing",
    "Correct a rate fixing",
    "loans.propose",
    _correct,
    _effect,
    lambda loan: bool(loan.terms.get("floating")) and loan.state == LoanState.ACTIVE,
    CorrectFixing,
    warning=WARNING,
    group="Propose an adjustment",
    button="Propose",
)
