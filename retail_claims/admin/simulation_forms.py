"""The form of a simulation: what of a policy may be changed, and the policy that comes of it."""

import json
import secrets
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import forms

from retail_claims.models import Policy as PolicyVersion
from retail_claims.rules import policy as policy_rules
from retail_claims.rules.policy import Policy
from retail_claims.rules.policy_readers import BadPolicy

RATE = "rate: "
MOST_PLACES = 6
# Where in the document each field stands, with its label and what it means.
AMOUNTS: tuple[tuple[str, str, str], ...] = (
    ("eligibility.min_loss", "Smallest loss (USD)", "Below it a claim is declined."),
    (
        "eligibility.min_ratio",
        "Smallest share lost",
        "Loss by net assets, as 0.30 or 3/10; below it a claim is declined.",
    ),
    ("award.floor", "Floor of an award (USD)", "No award is smaller, however full the pool is."),
    ("award.cap", "Cap of an award (USD)", "No award is larger."),
    ("pool.amount", "Pool (USD)", ""),
    ("pool.appeals_reserve", "Appeals reserve (USD)", "Kept back from the pool for appeals."),
)
CHOICES: tuple[tuple[str, str, tuple[tuple[str, str], ...], str], ...] = (
    (
        "pool.weight",
        "Shared by",
        (("demand", "demand"), ("loss", "loss"), ("equal", "the same for all")),
        "What the pool is shared in proportion to when it does not reach for all.",
    ),
    (
        "pool.infeasible_floors",
        "If the floors exceed the pool",
        (("stop", "stop: nothing is awarded"), ("drop_floor", "drop the floor")),
        "",
    ),
    (
        "prior_compensation",
        "Compensated elsewhere",
        (("exclude", "declined"), ("offset", "taken off the demand"), ("ignore", "does not count")),
        "",
    ),
    (
        "snapshot.missing",
        "No balance at the snapshot",
        (("hold", "held"), ("review", "reviewed"), ("decline", "declined")),
        "",
    ),
    (
        "snapshot.not_positive",
        "Net assets not above zero",
        (("hold", "held"), ("review", "reviewed"), ("decline", "declined")),
        "",
    ),
)


class Simulation(forms.Form):
    """What may be changed of a policy; each field begins as the policy has it."""

    is_dense = True

    def __init__(self, *args: Any, base: PolicyVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.base = base
        document = base.document
        versions = base.programme.policies.defer("salt").order_by("-version")
        self.fields["against"] = forms.ModelChoiceField(
            versions,
            required=False,
            empty_label="no other version",
            label="Compared with",
            help_text="Who gains and who loses against this version.",
        )
        for path, label, words in AMOUNTS:
            shown = tidy(at(document, path))
            self.fields[path] = forms.CharField(
                label=label, help_text=words, max_length=32, initial=shown
            )
        for class_id, rate in sorted(document["coverage"]["rates"].items()):
            self.fields[f"{RATE}{class_id}"] = forms.CharField(
                label=f"Cover of {class_id.replace('_', ' ')} losses",
                help_text="1 pays them whole, 0 not at all.",
                max_length=16,
                initial=tidy(rate),
            )
        for path, label, choices, words in CHOICES:
            self.fields[path] = forms.ChoiceField(
                label=label, choices=choices, help_text=words, initial=at(document, path)
            )
        self.fields["escrow"] = forms.MultipleChoiceField(
            label="Money is set aside for",
            choices=(("hold", "held claims"), ("review", "reviewed claims")),
            widget=forms.CheckboxSelectMultiple,
            required=False,
            initial=document["escrow"],
        )

    def clean(self) -> dict[str, Any]:
        """Make the policy, and say at its field what is wrong with it."""
        values = super().clean() or {}
        if not self.errors:
            try:
                values["policy"] = changed(self.base, values)
            except BadPolicy as error:
                field = error.path.replace("coverage.rates.", RATE)
                self.add_error(field if field in self.fields else None, str(error))
        return values


def changed(base: PolicyVersion, values: Mapping[str, Any]) -> Policy:
    """
    Give a version of a policy with what was changed, under its own salt.

    :raises BadPolicy: with the path of what is wrong and the rule it breaks
    """
    return policy_rules.parse(json.dumps({**_document(base, values), "salt": base.salt}))


def next_version(base: PolicyVersion, values: Mapping[str, Any], name: str) -> str:
    """Give the text of a changed policy as a version of its own, with a name and a new salt."""
    return json.dumps({**_document(base, values), "name": name, "salt": secrets.token_hex(32)})


def _document(base: PolicyVersion, values: Mapping[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(base.document))
    del document["salt_sha256"]
    for path in (*(one for one, *_ in AMOUNTS), *(one for one, *_ in CHOICES)):
        *parents, last = path.split(".")
        place = document
        for name in parents:
            place = place[name]
        place[last] = values[path]
    for name, value in values.items():
        if name.startswith(RATE):
            document["coverage"]["rates"][name.removeprefix(RATE)] = value
    document["escrow"] = list(values["escrow"])
    return document


def at(document: Mapping[str, Any], path: str) -> str:
    """Give what a document says at a path."""
    found: Any = document
    for name in path.split("."):
        found = found[name]
    return str(found)


def tidy(text: str) -> str:
    """Write an amount or a rate as people do: 50 for 50.00000000, 0.4 for 2/5, 1/3 as it is."""
    value = Fraction(text)
    shifted = value * 10**MOST_PLACES
    if shifted.denominator != 1:
        return text
    exact = Decimal(shifted.numerator).scaleb(-MOST_PLACES)
    return f"{exact.normalize():f}"
