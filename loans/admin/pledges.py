"""The console's pages over pledges and collateral policies, and their acts."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.admin.collateral import facts as covered
from loans.admin.of_application import OfApplication
from loans.operations import collateral_policies, pledges, releases
from loans.operations.collateral_policies import Rules
from loans.rules.exact import Fraction
from loans.rules.loan_to_value import POINT, percent
from loans.rules.market_data import NotAValue, units, written
from loans.rules.states import PledgeState
from together.controls.admin.acts import Act, Call, Effect, WithReason, in_state, proposed_acts
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.four_eyes import approval_fact
from together.controls.admin.showing import (
    Table,
    column,
    figures,
    link,
    moment,
    moment_column,
    state_column,
)


def quantity(pledge: Any) -> str:
    """Write a quantity with its instrument."""
    plain = written(pledge.quantity, pledge.instrument.quantity_scale)
    return f"{figures(plain)} {pledge.instrument_id}"


def _put_in_force(call: Call) -> str:
    pledges.put_in_force(pledge=call.record, by=call.by, at=call.at)
    return f"{call.record} is in force."


def _withdraw(call: Call) -> str:
    pledges.withdraw(pledge=call.record, by=call.by, at=call.at)
    return f"{call.record} is withdrawn."


def _propose_release(call: Call) -> str:
    reason = call.values["reason"]
    asked = releases.propose(pledge=call.record, reason=reason, by=call.by, at=call.at)
    return f"Asked for approval of the release of {asked.subject}."


def _release(call: Call) -> str:
    releases.release(pledge=call.record, by=call.by, at=call.at)
    return f"{call.record} is released."


def _effect(pledge: Any) -> Effect:
    return (
        ("Application", pledge.application),
        ("Pledged", quantity(pledge)),
        ("Kept by", pledge.custodian),
        ("Reference", pledge.reference),
        ("Replaces", pledge.replaces),
        *covered(pledge.application, timezone.now()),
    )


class PledgeAdmin(OfApplication):
    is_open_once_lent = True
    reads = "loans.read"
    nothing = "Nothing is pledged yet: the page of a secured application has the button."
    list_display = (
        "number",
        state_column(),
        column("application", lambda p: link(p.application), lambda p: p.application.number),
        column("pledged", quantity, quantity),
        "custodian",
        "reference",
        moment_column("proposed_at", "proposed"),
    )
    list_filter = ("state", "instrument")
    found_by = ("number", "application__number", "reference")
    ordering = ("-id",)
    acts = (
        *proposed_acts(
            "loans.write",
            _put_in_force,
            _withdraw,
            _effect,
            "Passes only when a credit checker approved exactly this.",
        ),
        Act(
            "propose-release",
            "Propose its release",
            "loans.write",
            _propose_release,
            _effect,
            in_state(PledgeState.IN_FORCE),
            form=WithReason,
            warning="Refused if the loan to value were above the initial one without it.",
        ),
        Act(
            "release",
            "Release",
            "loans.write",
            _release,
            _effect,
            lambda p: p.state == PledgeState.IN_FORCE and releases.approved(p) is not None,
            tone="danger",
            has_step_up=True,
            warning="The collateral goes back. Loan to value is looked at once more.",
        ),
    )
    waits_for = {
        PledgeState.PROPOSED: "a credit checker to approve it, then to be put in force",
        PledgeState.IN_FORCE: "nothing: it secures its loan",
        PledgeState.SUBSTITUTED: "nothing: another pledge took its place",
        PledgeState.RELEASED: "nothing: it went back",
        PledgeState.WITHDRAWN: "nothing: it was given up",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related(
            "application__pool", "instrument", "evidence", "replaces", "proposed_by"
        )

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Application", link(record.application)),
            ("Pledged", quantity(record)),
            ("Kept by", record.custodian),
            ("Reference", record.reference),
            ("Evidence", link(record.evidence)),
            ("Replaces", link(record.replaces)),
            approval_fact("collateral.pledge", record.number, record.effect_digest),
            ("Release: approval", approval_fact("collateral.release", record.number)[1]),
            ("Proposed by", record.proposed_by),
            ("Proposed", moment(record.proposed_at)),
            *covered(record.application, timezone.now()),
        )


class ProposePolicy(forms.Form):
    start = forms.CharField(
        max_length=8, initial="72", label="Initial", help_text="Per cent: up to it is lent."
    )
    margin_call = forms.CharField(
        max_length=8, initial="77", help_text="Per cent: above it more collateral is asked for."
    )
    liquidation = forms.CharField(
        max_length=8, initial="91", help_text="Per cent: above it collateral may be sold."
    )
    cure_hours = forms.IntegerField(
        min_value=1,
        max_value=collateral_policies.MOST_HOURS,
        initial=24,
        label="Hours to meet a margin call",
    )
    haircuts = forms.CharField(
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Instrument and per cent that does not count, divided by commas: BTC 20, USDC 1."
        " What is not named is no collateral.",
    )


def _points(plain: str, field: str) -> int:
    try:
        return units(plain.strip().removesuffix("%").strip(), 2)
    except NotAValue as rule:
        raise ValidationError(f"{field}: {plain!r} {rule}") from rule


def _haircuts(plain: str) -> dict[str, int]:
    found = {}
    for one in plain.split(","):
        code, _, value = one.strip().partition(" ")
        if code in found:
            raise ValidationError(f"haircuts: {code!r} is named twice")
        found[code] = _points(value, f"haircuts: {code}")
    return found


def _propose_policy(call: Call) -> str:
    values = call.values
    rules = Rules(
        initial=_points(values["start"], "initial"),
        margin_call=_points(values["margin_call"], "margin_call"),
        liquidation=_points(values["liquidation"], "liquidation"),
        cure_hours=values["cure_hours"],
        haircuts=_haircuts(values["haircuts"]),
    )
    collateral_policies.propose(rules=rules, by=call.by, at=call.at)
    return "Asked for approval of a collateral policy by the committee."


def _put_policy(call: Call) -> str:
    policy = collateral_policies.put_in_force(by=call.by, at=call.at)
    return f"{policy} of the collateral policy is in force."


def _policy_effect(record: Any) -> Effect:
    asked = collateral_policies.approved()
    if asked is None:
        return (("Approved", "no policy waits to be put in force"),)
    return (
        ("Version", asked["version"]),
        ("Bands", _bands(asked["initial"], asked["margin_call"], asked["liquidation"])),
        ("Hours to meet a margin call", asked["cure_hours"]),
        ("Haircuts", _many(asked["haircuts"])),
    )


def _bands(*points: int) -> str:
    return " / ".join(percent(Fraction(one, POINT)) for one in points)


def _many(haircuts: dict[str, int]) -> str:
    return ", ".join(f"{c} {percent(Fraction(p, POINT))}" for c, p in sorted(haircuts.items()))


class CollateralPolicyAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    nothing = "No collateral policy is in force yet: nothing can be pledged before one is."
    list_display = (
        "version",
        column(
            "initial / margin call / liquidation",
            lambda p: _bands(p.initial, p.margin_call, p.liquidation),
            lambda p: _bands(p.initial, p.margin_call, p.liquidation),
        ),
        column("haircuts", lambda p: _many(p.haircuts), lambda p: _many(p.haircuts)),
        "set_by",
        moment_column("set_at", "in force since"),
    )
    list_filter = ("set_at",)
    found_by = ("effect_digest",)
    ordering = ("-version",)
    list_acts = (
        Act("propose", "Propose a policy", "loans.write", _propose_policy, form=ProposePolicy),
        Act(
            "set",
            "Put the approved policy in force",
            "loans.write",
            _put_policy,
            _policy_effect,
            has_step_up=True,
            warning="Passes only when the committee approved it. Every loan is valued by it then.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("set_by")

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (collateral_policies.SUBJECT,)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Bands", _bands(record.initial, record.margin_call, record.liquidation)),
            ("Hours to meet a margin call", record.cure_hours),
            approval_fact("collateral.policy", "collateral", record.effect_digest),
            ("Put in force by", record.set_by),
            ("In force since", moment(record.set_at)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        rows = [[c, percent(Fraction(p, POINT))] for c, p in sorted(record.haircuts.items())]
        return (Table("Haircuts", ["Instrument", "Does not count"], rows, frozenset({1})),)
