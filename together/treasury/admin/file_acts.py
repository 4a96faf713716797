"""The acts on payment files: prepare, hand over, withdraw, and what comes back for them."""

import csv
import io
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, Sum

from together.controls.admin.acts import Act, Attached, Call, Done, Effect, WithReason, in_state
from together.controls.admin.fields import DateInput
from together.controls.admin.showing import day, digest, money, number
from together.controls.models import Approval
from together.ledger.rules.money import Money
from together.treasury.models import Batch, PaymentFile
from together.treasury.operations import confirmations, file_answers, files
from together.treasury.operations.file_contents import BY_KIND
from together.treasury.rules.states import FileState

LARGEST = 20_000_000


class Prepare(forms.Form):
    execute_on = forms.DateField(
        label="Execute on",
        widget=DateInput(),
        help_text="The day on which the bank is to debit the account.",
    )
    format_ = forms.ChoiceField(
        label="Format",
        choices=[
            ("", "The usual one of the account"),
            *((name, name) for names in BY_KIND.values() for name in names),
        ],
        required=False,
        help_text="pain.001 for banks; a list of transfers for addresses on a chain.",
    )


class Reject(forms.Form):
    references = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One reference a line; empty: the whole file.",
    )
    reason = forms.CharField(max_length=200, help_text="What the bank says. Kept with the payment.")


class Report(forms.Form):
    report = forms.FileField(
        label="Status report (pain.002)",
        help_text="The same report twice changes nothing.",
    )


class Hashes(forms.Form):
    hashes = forms.FileField(
        label="Transactions (CSV)",
        help_text="Without a head: reference, hash. A payment may have several.",
    )


def prepare(call: Call) -> Done:
    """Write the waiting payments of a batch into a file."""
    found = files.prepare(batch=call.record, **call.values, by=call.by, at=call.at)
    left = call.record.count - found.count
    words = f"{found.number} holds {found.count:,} payments and waits for approval."
    return Done(words + (f" {left:,} of the batch are not in it." if left else ""), found)


def prepare_effect(batch: Batch) -> Effect:
    """Tell which payments would stand in the file."""
    rows = files.waiting(batch)
    account = batch.disbursement.account
    return (
        ("Account", str(account)),
        ("Payments that wait", number(len(rows))),
        ("Their total", money(Money(sum(r.amount for r in rows), account.asset))),
        ("Files of this batch so far", number(batch.files.count())),
    )


def is_filed(batch: Batch) -> bool:
    """Say whether payments of a batch wait for a file."""
    by_files = bool(batch.released_at and batch.disbursement.account.kind in BY_KIND)
    return by_files and bool(files.waiting(batch))


def _hand_over(call: Call) -> Attached:
    data = files.hand_over(file=call.record, by=call.by, at=call.at)
    return _attached(call.record, data)


def _download(call: Call) -> Attached:
    return _attached(call.record, files.download(file=call.record, by=call.by, at=call.at))


def _attached(file: PaymentFile, data: bytes) -> Attached:
    kinds = {"xml": "application/xml", "json": "application/json", "csv": "text/csv"}
    return Attached(file.file_name, data, kinds[file.file_name.rpartition(".")[2]])


def _withdraw(call: Call) -> str:
    files.withdraw(file=call.record, **call.values, by=call.by, at=call.at)
    return f"{call.record.number} is withdrawn; its payments wait for another file."


def _accept(call: Call) -> str:
    file_answers.accept(file=call.record, by=call.by, at=call.at)
    return f"{call.record.number} is accepted; its payments settle on statements."


def _reject(call: Call) -> str:
    asked = file_answers.reject(
        file=call.record,
        references=call.values["references"].split(),
        reason=call.values["reason"],
        by=call.by,
        at=call.at,
    )
    count = asked.effect["count"]
    return f"{count:,} payments are rejected; somebody else confirms that they were not paid."


def _report(call: Call) -> str:
    data = bytes_of(call.values["report"])
    asked = file_answers.take_report(file=call.record, data=data, by=call.by, at=call.at)
    if asked is None:
        return "The report rejects nothing new."
    return f"The report rejects {asked.effect['count']:,} payments; somebody else confirms that."


def _release_rejected(call: Call) -> str:
    done = 0
    asked = Approval.objects.filter(kind=file_answers.KIND, subject=call.record.number)
    for approval in asked.order_by("id"):
        if call.record.payments.filter(
            state="rejected", instruction__reference__in=approval.effect["references"]
        ).exists():
            done += file_answers.confirm_rejection(approval=approval, by=call.by, at=call.at)
    return f"{done:,} payments wait for another file."


def _name_transactions(call: Call) -> str:
    text = bytes_of(call.values["hashes"])
    try:
        rows = [row for row in csv.reader(io.StringIO(text.decode("utf-8"))) if row]
        pairs = [(reference.strip(), tx_hash) for reference, tx_hash in rows]
    except (ValueError, csv.Error) as error:
        raise ValidationError(f"The file is not lines of reference, hash: {error}") from error
    new = confirmations.name_transactions(file=call.record, hashes=pairs, by=call.by, at=call.at)
    return f"{new:,} transactions are new; they settle after the chain's confirmations."


def bytes_of(upload: Any) -> bytes:
    """Read an uploaded file, if it is not too large."""
    if upload.size > LARGEST:
        raise ValidationError(f"The file has {upload.size:,} bytes; at most {LARGEST:,} are read.")
    data: bytes = upload.read()
    return data


def effect(file: Any) -> Effect:
    return (
        ("Payments", number(file.count)),
        ("Total", money(total(file))),
        ("Account", str(file.batch.disbursement.account)),
        ("Format", file.format),
        ("Execute on", day(file.execute_on)),
        ("SHA-256 of the file", digest(file.digest)),
    )


def _rejected_effect(file: Any) -> Effect:
    found = file.payments.filter(state="rejected")
    summed = found.aggregate(n=Count("id"), total=Sum("instruction__amount"))
    asset = file.batch.disbursement.account.asset
    return (
        ("Payments rejected, not confirmed", number(summed["n"])),
        ("Their total", money(Money(summed["total"] or 0, asset))),
        ("Where their money is", f"allotment of batch {file.batch.number}"),
        ("SHA-256 of the file", digest(file.digest)),
    )


def total(file: Any) -> Money:
    return Money(file.total, file.batch.disbursement.account.asset)


def _has_rejected(file: Any) -> bool:
    return bool(file.payments.filter(state="rejected").exists())


def _is_list(file: Any) -> bool:
    return bool(file.handed_over_at and file.format.startswith("transfers"))


def _is_bank_file(file: Any) -> bool:
    return bool(file.handed_over_at and file.format.startswith("pain"))


OUT = (FileState.HANDED_OVER, FileState.ACCEPTED)
ACTS = (
    Act(
        "hand-over",
        "Hand over",
        "treasury.hand_over",
        _hand_over,
        effect,
        in_state(FileState.PREPARED),
        has_step_up=True,
        warning="Gives you the file, once it is approved by its digest. Who prepared or approved"
        " it cannot take it. From then on its payments may be carried out.",
        button="Hand over and download",
    ),
    Act(
        "withdraw",
        "Withdraw",
        "treasury.write",
        _withdraw,
        effect,
        in_state(FileState.PREPARED),
        WithReason,
        tone="danger",
    ),
    Act(
        "download",
        "Download again",
        "treasury.hand_over",
        _download,
        effect,
        lambda file: file.handed_over_at is not None,
        has_step_up=True,
        warning="Every download is written down. A bank knows a file it has by its message id.",
    ),
    Act(
        "accept",
        "Accepted",
        "treasury.write",
        _accept,
        effect,
        in_state(FileState.HANDED_OVER),
        group="The answer",
    ),
    Act(
        "reject",
        "Rejected",
        "treasury.write",
        _reject,
        effect,
        in_state(*OUT),
        Reject,
        tone="danger",
        group="The answer",
    ),
    Act(
        "report",
        "Status report",
        "treasury.write",
        _report,
        effect,
        _is_bank_file,
        Report,
        group="The answer",
    ),
    Act(
        "transactions",
        "Name transactions",
        "treasury.write",
        _name_transactions,
        effect,
        _is_list,
        Hashes,
        group="The answer",
    ),
    Act(
        "release-rejected",
        "Release rejected payments",
        "treasury.write",
        _release_rejected,
        _rejected_effect,
        _has_rejected,
        has_step_up=True,
        warning="Passes only when a second person confirmed that they were not paid. Another file"
        " may pay them then, under the same references.",
    ),
)
