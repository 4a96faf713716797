"""The console's pages over credit policies: read, compared, proposed by a form or a file."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from loans.models import CreditPolicy
from loans.operations import credit_policies
from loans.queries.policies import policy_in_force
from loans.rules.credit.ratios import BY_NAME_OF_RATIO
from loans.rules.states import PolicyState
from together.controls.admin.acts import Act, Attached, Call, Done, Effect, proposed_acts
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.fields import FileInput
from together.controls.admin.four_eyes import approval_fact, stages_to_pass
from together.controls.admin.showing import (
    NOTHING,
    Table,
    digest,
    moment,
    moment_column,
    state_column,
)

WRITES = "loans.propose|loans.approve"
MOST_BYTES = 100_000
Leaf = tuple[tuple[str | int, ...], Any]
# Which ratios are weighed and which grades there are is changed by a file.
STRUCTURE = ("ratio", "grade")
HEADINGS = {
    "scorecard": "Decision by the score",
    "grades": "Grades",
    "loss": "Loss given default, as a fraction",
    "limits": "Limits, in USD",
    "accounts": "Accounts that are asked for",
}


# The database keeps the fields of a document in an order of its own.
WORDS = {
    "pd": "probability of default",
    "least": "least score",
    "accounts.least": "periods, at least",
    "most_months": "longest tenor, months",
    "most_age_days": "oldest, days",
    "affiliation": "affiliated with one exchange",
    "group": "one group",
    "sector": "one sector",
}
ORDER = (
    *("scorecard", "grades", "loss", "limits", "accounts"),
    *("factors", "approved_from", "declined_below"),
    *("ratio", "is_decisive", "lower_is_better", "steps", "bound", "points"),
    *("grade", "least", "pd", "most_months", "most_age_days"),
    *("unsecured", "secured", "group", "sector", "affiliation"),
)


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def leaves(document: Any, path: tuple[str | int, ...] = ()) -> Iterator[Leaf]:
    """Give every single value of a document with the path to it, in the order people read it."""
    if isinstance(document, dict):
        for name in sorted(document, key=_place):
            yield from leaves(document[name], (*path, name))
    elif isinstance(document, list):
        for n, value in enumerate(document):
            yield from leaves(value, (*path, n))
    else:
        yield path, document


def named(path: Sequence[str | int]) -> str:
    """Write a path as the faults of the policy do: scorecard.factors[0].steps[1].bound."""
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in path).lstrip(".")


def _group(document: Any, path: tuple[str | int, ...]) -> str:
    """Say what a value belongs to: a factor by its ratio, a grade by its name, else its part."""
    at, found = document, HEADINGS[str(path[0])]
    for one in path[:-1]:
        at = at[one]
        if isinstance(at, dict) and "ratio" in at:
            found = BY_NAME_OF_RATIO[at["ratio"]].title
        elif isinstance(at, dict) and "grade" in at:
            found = f"Grade {at['grade']}"
    return found


def _label(path: tuple[str | int, ...]) -> str:
    """Say which value of its group a path is: Step 1, bound."""
    words = [f"step {one + 1}" for n, one in enumerate(path) if isinstance(one, int) and n > 2]
    last = str(path[-1])
    plain = WORDS.get(f"{path[0]}.{last}") or WORDS.get(last, last.replace("_", " "))
    text = ", ".join([*words, plain])
    return text[:1].upper() + text[1:]


def _changed(document: Any, path: Sequence[str | int], value: Any) -> None:
    for one in path[:-1]:
        document = document[one]
    document[path[-1]] = value


class Reason(forms.Form):
    reason = forms.CharField(
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Why it shall change: who approves it reads this.",
    )


def change_form(record: Any = None) -> type[forms.Form]:
    """Make the form with every value of the policy in force."""
    document = policy_in_force().document

    class Change(Reason):
        is_dense = True

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            seen = ""
            for path, value in leaves(document):
                if path[-1] in STRUCTURE:
                    continue
                field, group = _field(value, _label(path)), _group(document, path)
                field.heading = group if group != seen else ""  # type: ignore[attr-defined]
                seen = group
                self.fields[named(path)] = field

    return Change


def _field(value: Any, label: str) -> forms.Field:
    if isinstance(value, bool):
        return forms.BooleanField(label=label, initial=value, required=False)
    if isinstance(value, int):
        return forms.IntegerField(label=label, initial=value)
    return forms.CharField(label=label, initial=value, max_length=30)


class FromFile(Reason):
    file = forms.FileField(
        widget=FileInput(),
        help_text="The whole policy as JSON, as the page of a version gives it out: also for other"
        " ratios, steps or grades.",
    )


def _propose(call: Call) -> Done:
    document = json.loads(json.dumps(policy_in_force().document))
    for path, _ in list(leaves(document)):
        if path[-1] not in STRUCTURE:
            _changed(document, path, call.values[named(path)])
    return _asked(call, document)


def _propose_file(call: Call) -> Done:
    file = call.values["file"]
    if file.size > MOST_BYTES:
        raise ValidationError(f"file: {file.size:,} bytes are more than {MOST_BYTES:,}")
    try:
        document = json.loads(file.read().decode())
    except (ValueError, RecursionError) as error:
        raise ValidationError(f"file: is no JSON: {error}") from error
    return _asked(call, document)


def _asked(call: Call, document: Any) -> Done:
    asked = credit_policies.propose(
        document=document, reason=call.values["reason"], by=call.by, at=call.at
    )
    made = CreditPolicy.objects.get(number=asked.subject)
    return Done(f"{made.number} is proposed; {stages_to_pass(asked)}.", made)


def _put_in_force(call: Call) -> str:
    credit_policies.put_in_force(policy=call.record, by=call.by, at=call.at)
    return f"{call.record} is in force."


def _withdraw(call: Call) -> str:
    credit_policies.withdraw(policy=call.record, by=call.by, at=call.at)
    return f"{call.record} is withdrawn."


def differences(before: Any, after: Any) -> list[tuple[str, str, str]]:
    """Give each value that differs between two documents: where, before, after."""
    old, new = ({named(path): value for path, value in leaves(one)} for one in (before, after))
    return [
        (name, str(old.get(name, "-")), str(new.get(name, "-")))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def _effect(policy: Any) -> Effect:
    found = differences(policy_in_force().document, policy.document)
    return tuple((name, f"{before} becomes {after}") for name, before, after in found) or (
        ("Changes", "nothing against the version in force"),
    )


class CreditPolicyAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = ("number", state_column(), "reason", moment_column("proposed_at", "proposed"))
    list_filter = ("state",)
    found_by = ("number",)
    ordering = ("-id",)
    list_acts = (
        Act(
            "change",
            "Propose changes",
            "loans.propose",
            _propose,
            form_of=change_form,
            button="Propose them",
        ),
        Act("file", "Propose from a file", "loans.propose", _propose_file, form=FromFile),
    )
    acts = (
        *proposed_acts(
            WRITES,
            _put_in_force,
            _withdraw,
            _effect,
            "Passes only when exactly this version passed every stage of its approval.",
        ),
        Act(
            "json",
            "Take it as a file",
            "loans.read",
            lambda call: Attached(
                f"{call.record.number}.json",
                json.dumps(call.record.document, indent=2).encode(),
                "application/json",
            ),
        ),
    )
    waits_for = {
        PolicyState.PROPOSED: "a credit checker and the committee, then to be put in force",
        PolicyState.IN_FORCE: "a version that takes its place",
        PolicyState.SUPERSEDED: "nothing: what it decided stays decided by it",
        PolicyState.WITHDRAWN: "nothing: it was given up",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("proposed_by")

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Reason", record.reason),
            ("Proposed by", record.proposed_by or "came with the system"),
            ("Proposed", moment(record.proposed_at)),
            approval_fact(credit_policies.KIND, record.number),
            ("Digest", digest(record.effect_digest)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        last = CreditPolicy.objects.filter(pk__lt=record.pk).exclude(state="withdrawn").first()
        changed = differences(last.document, record.document) if last else []
        values = [
            [_group(record.document, path), _label(path), _shown(value)]
            for path, value in leaves(record.document)
            if path[-1] not in STRUCTURE
        ]
        return (
            Table(
                f"Changes against {last}" if last else "Changes",
                ["Field", "Before", "After"],
                changed,
                empty="It is the first one." if last is None else "None.",
            ),
            Table("The policy", ["Part", "Field", "Value"], values, frozenset({2})),
        )


def _shown(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NOTHING if value == "" else str(value)
