"""The console's page over evidence: registering files, and gathering their facts."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from retail_claims.admin.evidence_acts import EVIDENCE_ACTS
from retail_claims.admin.findings import words
from retail_claims.models import Evidence, Finding, Programme
from retail_claims.operations import taking_in
from retail_claims.operations.taking_in import Given
from retail_claims.rules.columns import FILES
from together.controls.admin.acts import Act, Call, Done
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    NOTHING,
    Table,
    column,
    digest,
    link,
    moment,
    moment_column,
    number,
)

FILE = "file_"
SHOWN = 50
MEANINGS = {
    "fills": "Every liquidation: account, product, instrument, moment, loss.",
    "snapshot": "Balances of the evening before, by account and wallet.",
    "accounts": "Which person owns an account; without it each account is a person.",
    "incidents": "When the platform was at fault, and for which instrument.",
    "exclusions": "Who is excluded, with a code of the policy.",
    "holds": "Whose claim is held, with a code of the policy.",
    "prior": "What somebody else paid already.",
    "paid": "What this programme paid already.",
}


class Register(forms.Form):
    programme = forms.ModelChoiceField(Programme.objects.all())
    inbox = forms.CharField(
        required=False,
        max_length=200,
        label="Folder of the inbox",
        help_text="For files too large to upload: a folder of the server's inbox with files named"
        " by their role, such as fills.parquet. Leave it empty to upload.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for role in FILES:
            self.fields[f"{FILE}{role}"] = forms.FileField(
                required=False,
                label=role.capitalize(),
                help_text=f"{MEANINGS[role]} CSV, gzipped CSV or Parquet.",
            )

    def clean(self) -> dict[str, Any]:
        """Demand either a folder of the inbox or the two files that no evidence is without."""
        values = super().clean() or {}
        uploaded = [role for role in FILES if values.get(f"{FILE}{role}")]
        if values.get("inbox") and uploaded:
            raise ValidationError("Name a folder of the inbox, or upload files: not both.")
        if not values.get("inbox"):
            for role in ("fills", "snapshot"):
                if role not in uploaded:
                    self.add_error(f"{FILE}{role}", f"No evidence is without {role}.")
        return values


def _register(call: Call) -> Done:
    programme = call.values["programme"]
    about = {"programme": programme, "by": call.by, "at": call.at}
    if call.values["inbox"]:
        found = taking_in.from_inbox(folder=call.values["inbox"], **about)
    else:
        given = {role: call.values[f"{FILE}{role}"] for role in FILES}
        files = {role: Given(file.name, file.chunks()) for role, file in given.items() if file}
        found = taking_in.upload(files=files, **about)
    is_new = found.entered_at == call.at
    words = "is registered" if is_new else "was registered before: these are the same files"
    return Done(f"{str(found).capitalize()} {words}.", found)


class EvidenceAdmin(ReadOnlyAdmin):
    reads = "claims.read"
    nothing = "No evidence yet: register the files of fills and balances."
    list_display = (
        "__str__",
        "programme",
        column("files", lambda e: number(len(e.files)), lambda e: len(e.files)),
        "entered_by",
        moment_column("entered_at", "entered"),
    )
    list_filter = ("programme",)
    found_by = ("digest",)
    list_select_related = ("programme", "entered_by", "base")
    ordering = ("-id",)
    acts = EVIDENCE_ACTS
    list_acts = (
        Act(
            "register",
            "Register evidence",
            "claims.write",
            _register,
            form=Register,
            warning="The files are kept as they are, under their digests, and never changed.",
        ),
    )

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.digest[:16],)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Programme", link(record.programme)),
            ("Entered by", record.entered_by),
            ("Entered", moment(record.entered_at)),
            ("Digest", digest(record.digest)),
            ("Drawn up of", link(record.base) if record.base else NOTHING),
        )

    def tables(self, record: Evidence) -> Sequence[Table]:
        rows = [
            [role, str(one["path"]).rsplit("/", 1)[-1], number(one["bytes"]), digest(one["sha256"])]
            for role, one in sorted(record.files.items())
        ]
        gathered = [
            [link(one), one.get_state_display(), link(one.policy), number(one.persons)]
            for one in record.fact_sets.select_related("policy").defer("policy__salt")
        ]
        stated = [
            [link(one), one.get_role_display(), words(one), "yes" if one.counts else "no"]
            for one in Finding.objects.filter(number__in=record.findings[:SHOWN])
        ]
        more = f", the first {SHOWN} of {len(record.findings)}"
        title = f"Findings in it{more if len(record.findings) > SHOWN else ''}"
        return (
            Table("Files", ["Role", "File", "Bytes", "SHA-256"], rows, frozenset({2})),
            Table(
                title,
                ["Number", "What", "About", "Counts"],
                stated,
                empty="None: its files stand as they were registered.",
            ),
            Table(
                "Facts for simulations",
                ["Number", "State", "Counted as", "Persons"],
                gathered,
                frozenset({3}),
                "None yet: gather the facts to see rejected rows and to simulate policies.",
            ),
        )
