"""The form by which a mapping of columns is made, field by field explained."""

import base64
import binascii
from collections.abc import Mapping as Pairs
from collections.abc import Sequence
from typing import Any

from django import forms

from together.controls.admin.fields import FileInput
from together.treasury.formats import csv_mapping
from together.treasury.models import ColumnMapping

# So much of a sample is kept while its first lines are looked at.
SAMPLE = 64 * 1024
# Each field of a line, and what to write about its column.
COLUMNS = {
    "booked_on": "The day the bank booked the line. Needed.",
    "value_on": "The day from which the money counts.",
    "amount": "One signed amount, below zero when money left; or the next two instead.",
    "debit": "What left, in a column of its own.",
    "credit": "What came in, in a column of its own.",
    "balance": "The balance after each line. Needed where balances run.",
    "asset": "The currency. Without it every line is of the account's asset.",
    "bank_reference": "The bank's own id of the line: what tells it from all others.",
    "reference": "What the payer or we wrote as reference; matching looks here first.",
    "counterparty": "The other one's name.",
    "counterparty_account": "The other one's account.",
    "remittance": "What the payer wrote.",
    "code": "The bank's code of the kind of line.",
}


NAMES = {
    "booked_on": "booking day",
    "value_on": "value day",
    "debit": "debits",
    "credit": "credits",
    "counterparty_account": "counterparty's account",
}


def _choice(words: Sequence[str], names: Pairs[str, str], **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(choices=[(word, names.get(word, word)) for word in words], **options)


class MappingForm(forms.Form):
    """How one bank writes its CSV; a column is named as in the header, or numbered from 1."""

    name = forms.CharField(
        max_length=80, help_text="A name that exists already gets its next version."
    )
    sample = forms.FileField(
        widget=FileInput,
        required=False,
        help_text="A file of this bank. Its first lines are shown as they are read, before"
        " anything is saved.",
    )
    delimiter = _choice(
        csv_mapping.DELIMITERS,
        {",": "comma ,", ";": "semicolon ;", "\t": "tab", "|": "bar |"},
        help_text="What stands between two cells.",
    )
    encoding = _choice(
        csv_mapping.ENCODINGS, {}, help_text="How letters are written, where no mark tells it."
    )
    rows_before_header = forms.IntegerField(
        min_value=0,
        max_value=csv_mapping.MOST_HEADER_ROWS,
        initial=0,
        help_text="Records above the header, or above the first line, that are passed over.",
    )
    has_header = forms.BooleanField(
        required=False, initial=True, help_text="Without one, columns are numbered."
    )
    dates = forms.CharField(
        initial="YYYY-MM-DD",
        max_length=30,
        help_text="Made of YYYY or YY, MM or M, DD or D, hh, mm, ss and - . / : T, such as"
        " DD.MM.YYYY.",
    )
    decimal_sign = _choice(csv_mapping.DECIMAL_SIGNS, {}, help_text="What stands before the cents.")
    thousands_sign = _choice(
        csv_mapping.THOUSANDS_SIGNS,
        {
            "": "none",
            " ": "blank",
            "\u00a0": "hard blank",
            "\u202f": "narrow blank",
            "\u2019": "\u2019 (raised comma)",
        },
        required=False,
        help_text="What groups thousands.",
    )
    debit_sign = _choice(
        csv_mapping.DEBIT_SIGNS,
        {"none": "no amount has a minus", "minus": "every amount has a minus"},
        help_text="Only where debits have a column of their own.",
    )
    balances = _choice(
        csv_mapping.BALANCES,
        {"running": "stand after each line", "given": "are told beside the file"},
        help_text="Running balances are checked line by line.",
    )
    order = _choice(csv_mapping.ORDERS, {}, help_text="In which order lines stand in the file.")
    types = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One code of the bank a line, such as NCHG = fee. Types: payment, receipt,"
        " return, fee, other. Without one the sign tells payment or receipt.",
    )
    kept_sample = forms.CharField(required=False, widget=forms.HiddenInput)
    looked_at = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, text in COLUMNS.items():
            self.fields[f"column_{name}"] = forms.CharField(
                required=name == "booked_on",
                max_length=100,
                label=f"Column of the {NAMES.get(name, name.replace('_', ' '))}",
                help_text=text,
            )

    def told(self) -> dict[str, Any]:
        """Give what was filled in as the JSON of a mapping."""
        values = self.cleaned_data
        plain: tuple[str, ...] = (
            "name",
            "delimiter",
            "encoding",
            "rows_before_header",
            "has_header",
            "dates",
        )
        plain += ("decimal_sign", "thousands_sign", "debit_sign", "balances", "order")
        columns = {name: values[f"column_{name}"] for name in COLUMNS}
        return {
            **{name: values[name] for name in plain},
            "columns": {name: _place(text) for name, text in columns.items() if text},
            "types": _types(values["types"]),
        }

    def sample_bytes(self) -> bytes:
        """Give the beginning of the sample: uploaded now, or kept from the look before."""
        if self.cleaned_data.get("sample"):
            return bytes(self.cleaned_data["sample"].read(SAMPLE))
        try:
            return base64.b64decode(self.cleaned_data["kept_sample"], validate=True)[:SAMPLE]
        except binascii.Error:
            return b""

    def keep(self, sample: bytes, seen: str) -> None:
        """Carry a sample and what was looked at to the next time the form is sent."""
        carried = {"kept_sample": base64.b64encode(sample).decode(), "looked_at": seen}
        self.data = {**{name: self.data.get(name) for name in self.data}, **carried}


def _place(text: str) -> str | int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else text


def _types(text: str) -> dict[str, str]:
    pairs = [line.partition("=") for line in text.splitlines() if line.strip()]
    return {code.strip(): type_.strip() for code, _, type_ in pairs}


def filled(mapping: ColumnMapping) -> dict[str, Any]:
    """Give what a version says as the form's first values."""
    document = mapping.document
    columns = {f"column_{name}": place for name, place in document["columns"].items()}
    types = "\n".join(f"{code} = {type_}" for code, type_ in document["types"].items())
    return {**document, **columns, "types": types}
