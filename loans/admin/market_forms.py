"""What officers do with market data: the acts of the buttons of instruments, and their forms."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html

from loans.models import Instrument
from loans.operations import instruments, market_entries
from loans.operations.instruments import Rules
from loans.rules.calendars import CALENDARS
from loans.rules.market_data import MOST_SCALE, InstrumentKind, NotAValue, units, written
from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.showing import NOTHING, figures
from together.controls.admin.showing import number as figure


class EnterInstrument(forms.Form):
    code = forms.CharField(max_length=20, help_text="Such as BTC, USDC or SOFR; never changed.")
    name = forms.CharField(max_length=80)
    kind = forms.ChoiceField(
        choices=[("price", "price of an asset in USD"), ("fixing", "fixing of a rate")]
    )
    scale = forms.IntegerField(
        label="Decimals of a value",
        min_value=0,
        max_value=MOST_SCALE,
        initial=4,
        help_text="A price in dollars often has 4; a fixing is a fraction a year (0.0431): 8.",
    )
    quantity_scale = forms.IntegerField(
        label="Decimals of a quantity",
        min_value=0,
        max_value=MOST_SCALE,
        initial=8,
        help_text="Of an asset: 8 for BTC, 6 for USDC. For a rate 0.",
    )
    calendar = forms.ChoiceField(
        choices=[(one, one) for one in CALENDARS],
        help_text="By which a fixing ages; none for prices.",
    )


class ProposePolicy(forms.Form):
    sources = forms.CharField(
        max_length=200,
        help_text="Names of the sources that files and feeds may tell, divided by commas.",
    )
    most_age = forms.IntegerField(
        label="Stale after", min_value=1, help_text="Hours for a price, business days for a fixing."
    )
    most_move = forms.IntegerField(
        label="Held if it moves more than",
        min_value=1,
        max_value=instruments.MOST_MOVE,
        help_text="In basis points against the last value: 2000 is 20 % of a price; for a rate 25"
        " is a quarter of a percentage point.",
    )
    least = forms.CharField(max_length=40, help_text="A lower value is refused.")
    most = forms.CharField(max_length=40, help_text="A higher value is refused.")


class EnterValue(forms.Form):
    observed_at = forms.CharField(
        max_length=40,
        label="Observed at",
        help_text="2025-10-14T12:00:00Z for a price, 2025-10-14 for a fixing.",
    )
    value = forms.CharField(max_length=40, help_text="In dollars, or a fraction a year.")
    source = forms.CharField(max_length=40, help_text="Where it was read.")
    reason = forms.CharField(max_length=200, help_text="Why it is entered by hand.")


def value_of(instrument: Any, value: int | None) -> Any:
    """Write a value: dollars with grouped thousands; a rate as a percentage."""
    if value is None:
        return NOTHING
    text = figures(written(value, instrument.scale))
    if instrument.kind != InstrumentKind.PRICE:
        text = f"{written(value * 100, instrument.scale)} %"
    return format_html('<span class="t-money">{}</span>', text)


def source_names(sources: Sequence[str]) -> str:
    """Write the names of sources."""
    return ", ".join(sources)


def _enter(call: Call) -> Done:
    entered = instruments.enter(**call.values, by=call.by, at=call.at)
    return Done(f"{entered.code} is entered; propose its policy next.", entered)


def _units(text: str, instrument: Instrument, field: str) -> int:
    try:
        return units(text.replace(",", ""), instrument.scale)
    except NotAValue as rule:
        raise ValidationError(f"{field}: {text} {rule}") from rule


def _propose_policy(call: Call) -> str:
    values = call.values
    rules = Rules(
        sources=[one.strip() for one in values["sources"].split(",") if one.strip()],
        most_age=values["most_age"],
        most_move=values["most_move"],
        least=_units(values["least"], call.record, "least"),
        most=_units(values["most"], call.record, "most"),
    )
    instruments.propose_policy(instrument=call.record, rules=rules, by=call.by, at=call.at)
    return f"Asked for approval of a policy for {call.record}."


def _put_in_force(call: Call) -> str:
    policy = instruments.put_in_force(instrument=call.record, by=call.by, at=call.at)
    return f"Policy {policy} is in force."


def _policy_effect(instrument: Any) -> Effect:
    asked = instruments.approved(instrument)
    if asked is None:
        return (("Approved", "no policy waits to be put in force"),)
    unit = "hours" if instrument.kind == InstrumentKind.PRICE else "business days"
    return (
        ("Version", asked["version"]),
        ("Sources", source_names(asked["sources"])),
        ("Stale after", f"{asked['most_age']} {unit}"),
        ("Held if it moves more than", f"{asked['most_move']:,} basis points"),
        ("Bounds", asked["range"]),
    )


def _enter_value(call: Call) -> Done:
    asked = market_entries.propose(instrument=call.record, **call.values, by=call.by, at=call.at)
    entry = call.record.entries.get(number=asked.subject)
    return Done(f"{entry} is proposed and waits for somebody else.", entry)


def _instrument_effect(instrument: Any) -> Effect:
    policies: Any = instrument.policies.order_by("-version").first()
    return (
        ("Instrument", f"{instrument.code}, {instrument.name}"),
        ("Last value", value_of(instrument, getattr(instrument, "last_value", None))),
        ("Policy in force", figure(policies.version) if policies else "none"),
    )


INSTRUMENT_LIST_ACTS = (
    Act("enter", "Enter an instrument", "market.write", _enter, form=EnterInstrument),
)
INSTRUMENT_ACTS = (
    Act(
        "enter-value",
        "Enter a value by hand",
        "market.write",
        _enter_value,
        _instrument_effect,
        is_open=lambda i: i.most_age is not None,
        form=EnterValue,
        warning="It counts once somebody else has approved it and it is booked.",
    ),
    Act(
        "propose-policy",
        "Propose a policy",
        "market.write",
        _propose_policy,
        _instrument_effect,
        form=ProposePolicy,
        group="Policy",
    ),
    Act(
        "set-policy",
        "Put the approved policy in force",
        "market.write",
        _put_in_force,
        _policy_effect,
        group="Policy",
        has_step_up=True,
        warning="Passes only when a policy was approved by somebody else.",
    ),
)
