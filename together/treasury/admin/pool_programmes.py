"""The console's acts that say which programme a pool is given for that was opened before that."""

from typing import Any

from django import forms

from together.controls.admin.acts import Act, Call, Effect
from together.controls.admin.showing import money
from together.ledger.rules.money import Money
from together.treasury.operations import pools
from together.treasury.rules.programmes import TITLES, PoolProgramme

PROGRAMMES = [(one.value, TITLES[one]) for one in PoolProgramme]


class SayProgramme(forms.Form):
    given_for = forms.ChoiceField(
        label="Given for", choices=PROGRAMMES, help_text="Said once: it does not change again."
    )


def _propose_programme(call: Call) -> str:
    given_for = PoolProgramme(call.values["given_for"])
    pools.propose_programme(pool=call.record, given_for=given_for, by=call.by, at=call.at)
    return f"Asked for approval that {call.record} is given for: {TITLES[given_for]}."


def _say_programme(call: Call) -> str:
    given_for = PoolProgramme(call.values["given_for"])
    pools.say_programme(pool=call.record, given_for=given_for, by=call.by, at=call.at)
    return f"{call.record} is given for: {TITLES[given_for]}."


def _is_unsaid(pool: Any) -> bool:
    return not pool.given_for


def _effect(pool: Any) -> Effect:
    return (("Pool", pool.name), ("Promised", money(Money(pool.promised, pool.asset))))


PROGRAMME_ACTS = (
    Act(
        "propose-programme",
        "Propose its programme",
        "treasury.write",
        _propose_programme,
        _effect,
        _is_unsaid,
        form=SayProgramme,
        warning="It was opened before pools said so. A second person approves it.",
    ),
    Act(
        "say-programme",
        "Say its programme",
        "treasury.write",
        _say_programme,
        _effect,
        _is_unsaid,
        form=SayProgramme,
        warning="Passes only when just this programme was approved.",
    ),
)
