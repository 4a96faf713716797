"""Bringing a file with statements in: the form on an account's page, and what it answers."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.html import format_html
from django.utils.safestring import SafeString

from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.fields import FileInput
from together.controls.admin.showing import address_of, moment, money
from together.ledger.rules.money import Money
from together.treasury.formats.parsed import LARGEST, Unreadable
from together.treasury.formats.reading import Given
from together.treasury.models import CashAccount, ColumnMapping, StatementFile
from together.treasury.operations import mappings, statement_files, statements
from together.treasury.operations.statement_checks import DoesNotContinue
from together.treasury.rules.states import LineState, StatementFileState
from together.treasury.tasks import work_on_file

# A larger file is read by a worker; about a thousand lines of camt.053, ten thousand of CSV.
AT_ONCE = 1024 * 1024
FAULTS_SHOWN = 20


class Upload(forms.Form):
    file = forms.FileField(
        label="Statement file",
        widget=FileInput,
        help_text="camt.053, MT940, transfers of a chain (JSON), our own CSV, or a bank's CSV with"
        " a mapping; which one shows from its content. Taken whole or refused whole. The same"
        " statement twice changes nothing.",
    )
    mapping = forms.ModelChoiceField(
        ColumnMapping.objects.none(),
        required=False,
        empty_label="None: the file is no bank's CSV",
        help_text="Which column tells what. Make one with Map the columns of a CSV.",
    )
    opening = forms.CharField(
        max_length=40,
        required=False,
        label="Opening balance",
        help_text="Only for a CSV that tells no balances: what the account held before its first"
        " line, such as 1250.50.",
    )
    closing = forms.CharField(
        max_length=40,
        required=False,
        label="Closing balance",
        help_text="What it held after its last line. Both are told, or neither.",
    )

    def clean_file(self) -> Any:
        """Refuse what is larger than any file that is read, before it is kept."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise ValidationError(
                f"The file has {file.size:,} bytes; at most {LARGEST:,} are read."
            )
        return file

    def clean(self) -> dict[str, Any]:
        """Hold the balances together."""
        values = super().clean() or self.cleaned_data
        if bool(values.get("opening")) != bool(values.get("closing")):
            missing = "closing" if values.get("opening") else "opening"
            self.add_error(missing, "Both balances are told, or neither.")
        return values


def upload_of(account: CashAccount) -> type[forms.Form]:
    """Make the form with the newest mappings of an account to choose from."""
    newest = [one.pk for one in mappings.newest(account)]

    class UploadOfAccount(Upload):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            choice = cast("forms.ModelChoiceField[ColumnMapping]", self.fields["mapping"])
            choice.queryset = account.mappings.filter(pk__in=newest)

    return UploadOfAccount


def upload(call: Call) -> Done:
    """Keep an uploaded file; a small one is read at once, a large one by a worker."""
    values = call.values
    given = Given(values["opening"], values["closing"]) if values["opening"] else None
    file = statement_files.receive(
        account=call.record,
        data=values["file"].read(),
        by=call.by,
        at=call.at,
        mapping=values["mapping"],
        given=given,
        name=values["file"].name,
    )
    if file.size > AT_ONCE:
        # The file is committed; a doorbell that does not ring is rung again by the sweep.
        transaction.on_commit(lambda: work_on_file.delay(file.pk), robust=True)
        return Done(f"{file} is here; a worker reads it now. This page shows how far it is.", file)
    try:
        ended = statements.work(file=file, at=call.at)
    except Unreadable as refusal:
        listed = [str(fault) for fault in refusal.faults[:FAULTS_SHOWN]]
        raise ValidationError([_kept(file, len(refusal.faults)), *listed]) from refusal
    except DoesNotContinue as refusal:
        raise ValidationError([_kept(file, 1), str(refusal)]) from refusal
    return Done(_words(ended), ended)


def _kept(file: StatementFile, faults: int) -> SafeString:
    """Say where the refused file and all of its faults are."""
    return format_html(
        'The file is refused and nothing of it is stored: {} {}. <a href="{}">{}</a> is kept with'
        " all of them, to read and to download.",
        faults,
        "fault" if faults == 1 else "faults",
        address_of(file),
        file,
    )


def _words(file: StatementFile) -> str:
    if file.state == StatementFileState.KNOWN:
        return f"{file}: all of it was here already; nothing changed."
    breaks = sum(one.lines.filter(state=LineState.BREAK).count() for one in file.statements.all())
    lines = "1 line" if file.lines == 1 else f"{file.lines:,} lines"
    return f"{file} is in: {lines}, {breaks:,} of them breaks."


def upload_effect(account: CashAccount) -> Effect:
    """Say what the next statement must begin with."""
    last = account.statements.order_by("-number").first()
    told = account.statements.exclude(source_number=None).order_by("-number").first()
    return (
        ("Account", str(account)),
        ("Last statement", last.number if last else "none yet"),
        ("It ended", moment(last.to_at) if last else None),
        ("Number of its servicer", told.source_number if told else None),
        ("Opening must be", money(Money(last.closing if last else 0, account.asset))),
    )


IMPORT = Act(
    "import-statement",
    "Import a statement",
    "treasury.write",
    upload,
    upload_effect,
    form_of=upload_of,
)
