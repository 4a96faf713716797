"""What officers do with programmes, policies and runs: the acts of the console's buttons."""

import json
import secrets
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from retail_claims.models import Evidence, Policy, Run
from retail_claims.operations import computations, payments, policies, runs
from retail_claims.rules.policy_readers import BadPolicy
from retail_claims.rules.presets import VARIANTS
from retail_claims.rules.states import RunState
from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.four_eyes import stages_to_pass
from together.controls.admin.showing import digest, figures, money, number
from together.ledger.rules.money import Money
from together.treasury.models import Pool


class FromPreset(forms.Form):
    preset = forms.ChoiceField(choices=[(name, name) for name in VARIANTS])
    name = forms.CharField(max_length=100)
    market_rate = forms.CharField(
        max_length=12,
        required=False,
        help_text="Cover of losses from market movement alone: 1 pays them whole, 0 not at all;"
        " empty: as the preset says.",
    )
    appeals_reserve = forms.CharField(
        max_length=20, initial="6000000", help_text="Kept back for appeals, in whole USD."
    )
    decided_at = forms.DateTimeField(
        help_text="UTC: “now” for every test of age.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class FromText(forms.Form):
    text = forms.CharField(
        label="Policy (JSON, salt included)",
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false"}),
        help_text="A version cannot be changed once entered; the same policy again is itself.",
    )


class Reason(forms.Form):
    reason = forms.CharField(max_length=400, help_text="Kept in the trail of the run.")


def _run_form(policy: Any) -> type[forms.Form]:
    """Make the form that asks which evidence of the programme is decided on."""
    known = Evidence.objects.filter(programme_id=policy.programme_id)

    class ComputeRun(forms.Form):
        evidence = forms.ModelChoiceField(known.order_by("-id"))

    return ComputeRun


class OpenProgramme(forms.Form):
    code = forms.SlugField(max_length=20)
    name = forms.CharField(max_length=120)
    pool = forms.ModelChoiceField(Pool.objects.filter(programme=None))
    announced_at = forms.DateTimeField(
        help_text="UTC: the clocks of 24 and 96 hours run from here.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


def _open(call: Call) -> str:
    return f"{policies.open_programme(by=call.by, at=call.at, **call.values)} is open."


def _enter(call: Call, text: str) -> str:
    try:
        policy = policies.enter(programme=call.record, text=text, by=call.by, at=call.at)
    except BadPolicy as error:
        raise ValidationError(str(error)) from error
    return f"{policy} is entered; its digest is {policy.digest[:12]}…"


def _from_text(call: Call) -> str:
    return _enter(call, call.values["text"])


def _from_preset(call: Call) -> str:
    return _enter(call, json.dumps(document(call.values)))


def document(values: dict[str, Any]) -> dict[str, Any]:
    """Make a policy of a preset and the few values that vary, with a new salt."""
    preset = VARIANTS[values["preset"]]
    decided_at: datetime = values["decided_at"]
    coverage = {**preset["coverage"]}
    if values["market_rate"]:
        coverage["rates"] = {**coverage["rates"], "market": values["market_rate"]}
    return {
        **preset,
        "name": values["name"],
        "coverage": coverage,
        "pool": {**preset["pool"], "appeals_reserve": values["appeals_reserve"]},
        "salt": secrets.token_hex(32),
        "decided_at": decided_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _ask(call: Call) -> str:
    asked = runs.ask(run=call.record, by=call.by, at=call.at)
    return f"Asked for approval of run {asked.subject}; {stages_to_pass(asked)}."


def _approve(call: Call) -> str:
    runs.approve(run=call.record, by=call.by, at=call.at)
    return f"Run {call.record.number} is approved and can be published."


def _publish(call: Call) -> str:
    runs.publish(run=call.record, on=call.at.date(), by=call.by, at=call.at)
    return f"Run {call.record.number} is published; its money is set aside."


def _prepare(call: Call) -> str:
    prepared = payments.prepare(run=call.record, by=call.by, at=call.at)
    return f"{prepared.number} is prepared: {prepared.count:,} payments wait for approval."


def _decline(call: Call) -> str:
    runs.decline(run=call.record, reason=call.values["reason"], by=call.by, at=call.at)
    return f"Run {call.record.number} is declined; another run may follow."


def _give_up(call: Call) -> str:
    runs.give_up(run=call.record, by=call.by, at=call.at)
    return f"Run {call.record.number} is given up; compute it again."


def _compute(call: Call) -> Done:
    policy = Policy.objects.select_related("programme").get(pk=call.record.pk)
    run = computations.ask(policy=policy, evidence=call.values["evidence"], by=call.by, at=call.at)
    return Done(f"{run.number} is computed by a worker; this page follows it.", run)


def percent(rate: str) -> str:
    """Write a rate, such as ``3/10``, as percent."""
    share = Fraction(rate) * 100
    exact = Decimal(share.numerator) / share.denominator
    return f"{exact.normalize():f} %"


def _usd(text: str | None) -> str:
    return figures(text) if text else "any"


def _presets(programme: Any) -> Effect:
    return tuple(
        (
            f"Preset {name}",
            f"awards {_usd(one['award']['floor'])} to {_usd(one['award']['cap'])} USD; pure market"
            f" losses covered at {percent(one['coverage']['rates']['market'])};"
            f" compensated elsewhere: {one['prior_compensation']}",
        )
        for name, one in VARIANTS.items()
    )


def effect(run: Run) -> Effect:
    """Tell in numbers what a run binds."""
    asset = run.programme.pool.asset
    award, rates = run.policy.document["award"], run.policy.document["coverage"]["rates"]
    return (
        ("Persons decided on", number(run.persons)),
        ("Persons awarded", number(run.awards)),
        ("Awarded", money(Money(run.award_total, asset))),
        ("Escrowed for holds", money(Money(run.escrow_total, asset))),
        ("To pay", money(Money(run.payable_total, asset))),
        ("Policy", run.policy),
        ("Each award", f"{_usd(award.get('floor'))} to {_usd(award.get('cap'))} USD"),
        *((f"Cover of {name.replace('_', ' ')} losses", percent(r)) for name, r in rates.items()),
        ("Run digest", digest(run.run_digest)),
    )


def _is(state: RunState) -> Any:
    return lambda run: run.state == state


RUN_ACTS = (
    Act("ask", "Ask for approval", "claims.write", _ask, effect, _is(RunState.DECIDED)),
    Act(
        "approve",
        "Take the approval over",
        "claims.write|claims.approve",
        _approve,
        effect,
        _is(RunState.DECIDED),
        warning="Passes only when exactly this digest passed every stage of its approval.",
    ),
    Act(
        "publish",
        "Publish",
        "claims.write",
        _publish,
        effect,
        _is(RunState.APPROVED),
        has_step_up=True,
        warning="Policy, root and totals become public and the money leaves what is available.",
    ),
    Act(
        "prepare",
        "Prepare payments",
        "treasury.write",
        _prepare,
        effect,
        _is(RunState.PUBLISHED),
    ),
    Act(
        "decline",
        "Decline",
        "claims.write",
        _decline,
        effect,
        _is(RunState.DECIDED),
        form=Reason,
        warning="Its approval can no longer be taken over.",
    ),
    Act(
        "give-up",
        "Give up",
        "claims.write",
        _give_up,
        is_open=_is(RunState.COMPUTING),
        tone="danger",
        warning="Only for a computation that was killed: a living one would be refused its end.",
    ),
)
POLICY_ACTS = (
    Act(
        "compute",
        "Compute a run",
        "claims.write",
        _compute,
        lambda policy: (("Policy", str(policy)), ("Digest", digest(policy.digest))),
        form_of=_run_form,
    ),
)
PROGRAMME_ACTS = (
    Act("policy", "Enter a policy", "claims.write", _from_text, form=FromText),
    Act("preset", "Policy from a preset", "claims.write", _from_preset, _presets, form=FromPreset),
)
PROGRAMME_LIST_ACTS = (Act("open", "Open a programme", "claims.write", _open, form=OpenProgramme),)
