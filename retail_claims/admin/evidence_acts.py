"""What officers do with evidence: gathering its facts, and drawing it up with findings."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django import forms

from retail_claims.models import Policy
from retail_claims.operations import drawing_up, fact_sets
from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.showing import number


def _policy_form(label: str, words: str) -> Callable[[Any], type[forms.Form]]:
    """Make the form of an evidence that asks for a version of its programme's policy."""

    def form_of(evidence: Any) -> type[forms.Form]:
        versions = Policy.objects.filter(programme_id=evidence.programme_id).defer("salt")

        class ChoosePolicy(forms.Form):
            policy = forms.ModelChoiceField(
                versions.order_by("-version"), label=label, help_text=words
            )

        return ChoosePolicy

    return form_of


def _gather(call: Call) -> Done:
    policy = Policy.objects.select_related("programme").get(pk=call.values["policy"].pk)
    made = fact_sets.ask(evidence=call.record, policy=policy, by=call.by, at=call.at)
    return Done(f"{made.number} is gathered by a worker; this page follows it.", made)


def _draw_up(call: Call) -> Done:
    policy = Policy.objects.select_related("programme").get(pk=call.values["policy"].pk)
    found = drawing_up.draw_up(evidence=call.record, policy=policy, by=call.by, at=call.at)
    is_new = found.entered_at == call.at
    words = "is registered" if is_new else "was drawn up before: these are the same files"
    return Done(f"{str(found).capitalize()} {words}.", found)


def _findings_in_force(evidence: Any) -> Effect:
    found = Counter(one.get_role_display() for one in drawing_up.standing(evidence))
    return (
        ("Files of", str(evidence.base or evidence)),
        *((f"Findings: {name.lower()}", number(count)) for name, count in sorted(found.items())),
        ("Findings in force", number(found.total())),
    )


EVIDENCE_ACTS = (
    Act(
        "gather",
        "Gather facts to simulate",
        "claims.write",
        _gather,
        lambda evidence: (("Evidence", str(evidence)), ("Files", number(len(evidence.files)))),
        form_of=_policy_form(
            "Counted as by",
            "Its window, products and snapshot say what counts; all else can change.",
        ),
    ),
    Act(
        "draw-up",
        "Draw up with findings",
        "claims.write",
        _draw_up,
        _findings_in_force,
        form_of=_policy_form(
            "Read as by", "Its codes and classes are those that files and findings may hold."
        ),
        warning="A new evidence is registered, whose files say what the findings in force say;"
        " this one stays as it is.",
    ),
)
