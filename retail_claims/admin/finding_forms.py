"""Forms of findings: one for each role, with the codes of the policies in force."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms

from retail_claims.models import Policy, Programme
from retail_claims.rules import findings as rules
from retail_claims.rules.columns import Column

COUNTS = "counts"
LABELS = {
    "subject_kind": "Whose",
    "subject": "Account or person",
    "expires_at": "Until",
    "incident_id": "Incident",
    "starts_at": "From",
    "ends_at": "Until",
    "account_id": "Account",
    "person_id": "Person",
    "ref": "Reference",
    "class": "Class of the losses",
    "instrument": "Instrument",
}
HELP = {
    "expires_at": "UTC; empty: without an end.",
    "starts_at": "UTC; losses from this moment on are of the class.",
    "ends_at": "UTC; losses from this moment on are not.",
    "instrument": "As fills name it; * for every instrument.",
    "ref": "What names this compensation, once.",
    "amount": "In USD, such as 1250.50.",
    "person_id": "An account's own id, where nobody else owns it.",
}


class Moment(forms.DateTimeInput):
    """A moment to the second, which browsers read and write in one form only."""

    def __init__(self) -> None:
        super().__init__({"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")


def form_of(role: str) -> type[forms.Form]:
    """Make the form that states a finding of a role."""
    fields: dict[str, forms.Field] = {
        "programme": forms.ModelChoiceField(Programme.objects.order_by("code"))
    }
    keys = rules.keys(role)
    fields |= {
        column.name: _field(column, is_key=column.name in keys) for column in rules.columns(role)
    }
    if rules.may_not_count(role):
        fields[COUNTS] = forms.ChoiceField(
            choices=[("yes", "counts"), ("no", "does not count, whoever says so")],
            label="This row",
            help_text=f"For one that does not count, {_named(keys)} is enough.",
        )
    fields["reason"] = forms.CharField(
        max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Which case, document or decision it rests on. Who approves it reads this.",
    )
    return type("StateFinding", (forms.Form,), fields)


def cells(role: str, values: dict[str, Any]) -> dict[str, str]:
    """Give what a form says as the texts of a file's row."""
    return {column.name: _text(values[column.name]) for column in rules.columns(role)}


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value or "")


def _named(keys: Sequence[str]) -> str:
    """Name the fields that make the key: "whose, account or person, code"."""
    return ", ".join(LABELS.get(name, name).lower() for name in keys)


def _field(column: Column, *, is_key: bool) -> forms.Field:
    name, kind = column
    said: dict[str, Any] = {"label": LABELS.get(name), "help_text": HELP.get(name, "")}
    if kind in ("time", "time or empty"):
        return forms.DateTimeField(required=False, widget=Moment(), **said)
    if kind == "subject kind":
        return forms.ChoiceField(choices=[("account", "account"), ("person", "person")], **said)
    if kind in ("class", "exclusion code", "hold code"):
        return forms.ChoiceField(
            choices=[(code, code.replace("_", " ")) for code in _codes(kind)],
            **{**said, "help_text": "As the newest policy has them."},
        )
    return forms.CharField(max_length=64, required=is_key, **said)


def _codes(kind: str) -> list[str]:
    """Give the codes that newest policies of the programmes know."""
    newest = Policy.objects.order_by("programme_id", "-version").distinct("programme_id")
    found: set[str] = set()
    for document in newest.values_list("document", flat=True):
        if kind == "class":
            found |= set(document["coverage"]["rates"])
        else:
            found |= set(document[kind.replace(" ", "_") + "s"])
    return sorted(found)
