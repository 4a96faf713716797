"""The acts and the table of an account's matching policies."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from together.controls.admin.acts import Act, Call, Effect
from together.controls.admin.showing import Table, moment, money
from together.ledger.rules.money import Money, NotAnAmount, parse
from together.treasury.models import CashAccount, OpenLine
from together.treasury.operations.matching import match, policies


class ProposePolicy(forms.Form):
    fees = forms.CharField(
        required=False,
        max_length=200,
        help_text="What the servicer may take off or add to a payment, each in whole units,"
        " divided by spaces: 15.00 25.00. Empty for none.",
    )
    charges_up_to = forms.CharField(
        initial="0",
        max_length=30,
        help_text="Lines of charges up to this amount are booked by themselves; 0 for none.",
    )
    days = forms.IntegerField(
        initial=10,
        min_value=0,
        max_value=policies.MOST_DAYS,
        help_text="How far from the day of a payment its lines may be, where amount and"
        " counterparty have to tell.",
    )


def _amount(text: str, account: CashAccount, field: str) -> int:
    try:
        return parse(text.replace(",", ""), account.asset).minor_units
    except NotAnAmount as error:
        raise ValidationError(f"{field}: {error}") from error


def _propose(call: Call) -> str:
    account, values = call.record, call.values
    asked = policies.propose(
        account=account,
        fees=[_amount(text, account, "fees") for text in values["fees"].split()],
        charges_up_to=_amount(values["charges_up_to"], account, "charges_up_to"),
        days=values["days"],
        by=call.by,
        at=call.at,
    )
    return f"Asked for approval of a matching policy for {asked.subject}."


def _set(call: Call) -> str:
    policy = policies.put_in_force(account=call.record, by=call.by, at=call.at)
    return f"Matching policy {policy} is in force."


def _match(call: Call) -> str:
    before = _breaks(call.record)
    match(account=call.record, at=call.at)
    after = _breaks(call.record)
    return f"{before - after:,} lines were matched, {after:,} are breaks."


def _breaks(account: CashAccount) -> int:
    return OpenLine.objects.filter(account=account).count()


def _match_effect(account: Any) -> Effect:
    return (("Account", str(account)), ("Breaks now", f"{_breaks(account):,}"))


def _set_effect(account: Any) -> Effect:
    asked = policies.approved(account)
    if asked is None:
        return (("Approved", "no policy waits to be put in force"),)
    return (
        ("Version", str(asked["version"])),
        ("Fees", _fees(asked["fees"], account)),
        ("Charges booked by themselves up to", money(_money(asked["charges_up_to"], account))),
        ("Days", str(asked["days"])),
    )


def _fees(fees: list[int], account: CashAccount) -> str:
    return ", ".join(str(_money(fee, account)) for fee in fees) or "none"


def _money(minor_units: int, account: CashAccount) -> Money:
    return Money(minor_units, account.asset)


def of_account(account: CashAccount) -> Table:
    """Give the versions of an account's matching policy, the newest first."""
    rows = [
        [p.version, _fees(p.fees, account), money(_money(p.charges_up_to, account)), p.days]
        + [p.set_by, moment(p.set_at)]
        for p in account.matching_policies.select_related("set_by")
    ]
    heads = ["Version", "Fees", "Charges up to", "Days", "Put in force by", "When (UTC)"]
    empty = "None yet: no fee is expected, and no line of charges is booked by itself."
    return Table("Matching policy", heads, rows, frozenset({2, 3}), empty)


ACTS = (
    Act("match", "Match again", "treasury.write", _match, _match_effect, group="Matching"),
    Act(
        "propose-policy",
        "Propose a matching policy",
        "treasury.write",
        _propose,
        form=ProposePolicy,
        group="Matching",
    ),
    Act(
        "set-policy",
        "Put the approved policy in force",
        "treasury.write",
        _set,
        _set_effect,
        has_step_up=True,
        warning="Passes only when a policy was approved by somebody else.",
        group="Matching",
    ),
)
