"""The acts on an account on a chain: taking in what a node says of its transactions."""

from typing import Any

from django import forms

from together.controls.admin.acts import Act, Call, Effect
from together.controls.admin.showing import Table, digest, link, number
from together.treasury.admin.file_acts import bytes_of
from together.treasury.formats.chain_report import COLUMNS
from together.treasury.models import CashAccount
from together.treasury.operations import confirmations
from together.treasury.queries.chains import followed
from together.treasury.rules.destinations import RailKind


class Report(forms.Form):
    report = forms.FileField(
        label="Report of a node (CSV)",
        help_text=f"First line: {', '.join(COLUMNS)}. It has to name every transaction followed.",
    )


def _take(call: Call) -> str:
    done = confirmations.take_report(
        account=call.record, data=bytes_of(call.values["report"]), by=call.by, at=call.at
    )
    return f"{done.settled:,} payments are settled, {done.undone:,} settlements undone."


def _effect(account: CashAccount) -> Effect:
    found = followed(account)
    return (
        ("Account", str(account)),
        ("Transactions followed", number(found.count())),
        ("Of them in no block", number(found.filter(block_number=None).count())),
    )


def is_chain(account: Any) -> bool:
    """Say whether an account is an address on a chain."""
    return bool(account.kind == RailKind.CHAIN)


ACTS = (
    Act(
        "report",
        "Take a chain report",
        "treasury.write",
        _take,
        _effect,
        is_chain,
        Report,
    ),
)


def followed_table(account: CashAccount) -> Table:
    """Give the transactions of an account that can still change."""
    rows = [
        [
            link(t.filed.instruction),
            digest(t.tx_hash),
            number(t.block_number),
            number(t.confirmations),
            t.note,
        ]
        for t in followed(account).select_related("filed__instruction")[:50]
    ]
    heads = ["Reference", "Transaction", "Block", "Confirmations", "Note"]
    return Table(
        "Transactions followed",
        heads,
        rows,
        frozenset({2, 3}),
        empty="No transaction waits for confirmations.",
        more="The first 50." if len(rows) == 50 else "",
    )
