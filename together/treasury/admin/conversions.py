"""The console's pages over conversions, and the act of an account that proposes one."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.fields import DateInput
from together.controls.admin.four_eyes import approval_fact
from together.controls.admin.showing import (
    Table,
    amount_column,
    day,
    digest,
    link,
    moment,
    moment_column,
    money,
    state_column,
)
from together.ledger.rules.money import Money, NotAnAmount, parse
from together.treasury.models import CashAccount, Conversion
from together.treasury.operations import conversions
from together.treasury.queries.positions import positions
from together.treasury.rules.conversions import BadRate
from together.treasury.rules.states import ConversionState


class ProposeConversion(forms.Form):
    field_order = ("bought_on", "sold", "rate", "source", "on")
    rate = forms.CharField(
        max_length=30,
        help_text="What one whole unit sold buys, for example 0.9998. What it buys is rounded to"
        " the last minor unit, and stands on the next page.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    source = forms.CharField(
        label="Source of the rate",
        max_length=80,
        help_text="Who quoted the rate, and where to find it.",
    )
    on = forms.DateField(label="Day", widget=DateInput())


def others_of(account: Any) -> QuerySet[CashAccount]:
    """Give the accounts of the same pool that keep another asset: those it converts into."""
    return (
        CashAccount.objects.filter(pool=account.pool_id)
        .exclude(asset=account.asset)
        .order_by("code")
    )


def form_of(account: Any) -> type[forms.Form]:
    """Make the form of a conversion out of one account, with the accounts that it may go to."""
    choices = [("", "Choose an account"), *((one.code, str(one)) for one in others_of(account))]
    bought_on = forms.ChoiceField(
        label="Bought on account",
        choices=choices,
        help_text="Another account of the pool, which keeps another asset.",
    )
    sold = forms.CharField(
        label=f"Sold, in {account.asset}",
        max_length=30,
        help_text=f"What leaves this account, for example 1,250.00 {account.asset}.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    return type("Proposed", (ProposeConversion,), {"bought_on": bought_on, "sold": sold})


def _before(account: Any) -> Effect:
    """Tell what a conversion would take from, and how much there is of it."""
    position = next(one for one in positions() if one.pool.code == account.pool_id)
    return (
        ("Sold from", str(account)),
        (
            f"Available in {account.asset}, in the whole pool",
            money(position.of("fund.available", asset=account.asset)),
        ),
    )


def _propose(call: Call) -> Done:
    account, values = call.record, call.values
    other = CashAccount.objects.filter(pk=values["bought_on"]).first()
    if other is None:
        raise ValidationError(f"bought_on: {values['bought_on']!r} is the code of no account")
    try:
        asked = conversions.propose(
            sold_from=account,
            bought_on=other,
            sold=parse(values["sold"].replace(",", ""), account.asset),
            rate=values["rate"].strip(),
            source=values["source"],
            on=values["on"],
            by=call.by,
            at=call.at,
        )
    except (BadRate, NotAnAmount) as error:
        raise ValidationError(str(error)) from error
    made = Conversion.objects.get(number=asked.subject)
    return Done(f"Asked for approval of conversion {made}. Somebody else approves it.", made)


def _book(call: Call) -> str:
    conversions.book(conversion=call.record, by=call.by, at=call.at)
    return "Both legs are in the books, on their way until statements show them."


def _withdraw(call: Call) -> str:
    conversions.withdraw(conversion=call.record, by=call.by, at=call.at)
    return "The conversion is given up."


def _sold(conversion: Any) -> Money:
    return Money(conversion.sold, conversion.sold_from.asset)


def _bought(conversion: Any) -> Money:
    return Money(conversion.bought, conversion.bought_on.asset)


def _effect(conversion: Any) -> Effect:
    return (
        ("Leaves", f"{conversion.sold_from_id}"),
        ("Sold: available falls by", money(_sold(conversion))),
        ("Comes to", f"{conversion.bought_on_id}"),
        ("Bought: available rises by", money(_bought(conversion))),
        ("Rate", conversion.rate),
        ("Source of the rate", conversion.source),
        ("Day", day(conversion.on)),
    )


def _is_proposed(conversion: Any) -> bool:
    return bool(conversion.state == ConversionState.PROPOSED)


ACT = Act(
    "propose-conversion",
    "Propose a conversion",
    "treasury.write",
    _propose,
    _before,
    lambda account: others_of(account).exists(),
    form_of=form_of,
)


class ConversionAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        "number",
        state_column(),
        "pool",
        amount_column("sold", _sold),
        amount_column("bought", _bought),
        "rate",
        "on",
        moment_column("proposed_at", "proposed"),
    )
    list_filter = ("state", "pool")
    found_by = ("number",)
    ordering = ("-id",)
    waits_for = {
        ConversionState.PROPOSED: "approval by somebody else, then to be booked",
        ConversionState.BOOKED: "both of its legs to stand on statements",
        ConversionState.WITHDRAWN: "nothing: it was given up before it was booked",
    }
    acts = (
        Act(
            "book",
            "Book the conversion",
            "treasury.write",
            _book,
            _effect,
            _is_proposed,
            has_step_up=True,
            warning="Passes only when exactly this conversion was approved by somebody else.",
        ),
        Act(
            "withdraw",
            "Withdraw",
            "treasury.write",
            _withdraw,
            _effect,
            _is_proposed,
            tone="danger",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("pool", "sold_from", "bought_on", "proposed_by")

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.number,)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Pool", link(record.pool)),
            ("Sold from", link(record.sold_from)),
            ("Sold", money(_sold(record))),
            ("Bought on", link(record.bought_on)),
            ("Bought", money(_bought(record))),
            ("Rate", record.rate),
            ("Source of the rate", record.source),
            ("Day", day(record.on)),
            ("Proposed by", record.proposed_by),
            ("Proposed", moment(record.proposed_at)),
            approval_fact(conversions.KIND, record.number, record.effect_digest),
            ("Digest", digest(record.effect_digest)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        rows = [
            [link(m.line, m.line.entry_id), m.line.account_id]
            + [money(Money(m.amount, m.line.account.asset)), moment(m.line.booked_at)]
            for m in record.matches.select_related("line__account").order_by("id")
        ]
        heads = ["Entry", "Account", "Amount", "Booked"]
        return (Table("On statements", heads, rows, frozenset({2}), "Neither leg is on one yet."),)
