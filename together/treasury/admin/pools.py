"""The console's page over pools: opening one, its money, what goes back, its accounts."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.fields import DateInput
from together.controls.admin.showing import (
    Table,
    amount_column,
    column,
    day,
    link,
    money,
    number_column,
)
from together.ledger.rules.chart import BY_CODE
from together.ledger.rules.money import ASSETS, Money, NotAnAmount, parse
from together.treasury.admin import accounts
from together.treasury.admin.pool_programmes import PROGRAMME_ACTS, PROGRAMMES
from together.treasury.models import Destination
from together.treasury.operations import pools, winddown
from together.treasury.queries.positions import positions
from together.treasury.rules.programmes import PoolProgramme

FIGURES = re.compile(r"[0-9]{1,13}(\.[0-9]{1,8})?")


class AmountField(forms.CharField):
    """An amount as people write it; read exactly once the asset is known."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(max_length=30, widget=forms.TextInput(attrs=attrs), **kwargs)


def read_amount(text: str, asset: str, field: str = "amount") -> Money:
    """
    Read an amount from a form.

    :raises ValidationError: naming the field, the value and the rule
    """
    plain = text.replace(",", "").strip()
    if not FIGURES.fullmatch(plain):
        raise ValidationError(f"{field}: {text!r} is not an amount such as 1,250.50")
    try:
        found = parse(plain, asset)
    except NotAnAmount as error:
        raise ValidationError(f"{field}: {error}") from error
    if found.minor_units <= 0:
        raise ValidationError(f"{field}: {text} is not above zero")
    return found


class ProposeFunding(forms.Form):
    reference = forms.CharField(max_length=35, help_text="What the bank or the wallet calls it.")
    amount = AmountField(
        help_text="In whole units of the account's asset, for example 1,000,000.00."
    )
    account = forms.CharField(
        max_length=20,
        required=False,
        help_text="Code of the account the money comes into; empty for the main account.",
    )
    on = forms.DateField(label="Day of the money", widget=DateInput())


class WindDown(forms.Form):
    amount = AmountField(help_text="What goes back, of what is available now.")
    destination = forms.CharField(
        max_length=20,
        help_text="Number of a confirmed destination of owner kind funder and this pool's code.",
    )
    account = forms.CharField(
        max_length=20,
        required=False,
        help_text="Code of the account it is paid from; empty for the main account.",
    )


class OpenPool(forms.Form):
    code = forms.SlugField(max_length=20)
    name = forms.CharField(max_length=80)
    given_for = forms.ChoiceField(
        label="Given for",
        choices=PROGRAMMES,
        help_text="Its programme; each funding of it is approved for that. It does not change.",
    )
    wallet = forms.CharField(
        max_length=80, help_text="The pool's main account: its wallet at the exchange."
    )
    asset = forms.ChoiceField(choices=[(code, code) for code in ASSETS])
    promised = AmountField(help_text="What was announced, in whole units.")


def _open(call: Call) -> str:
    values = call.values
    pool = pools.open_pool(
        code=values["code"],
        name=values["name"],
        wallet=values["wallet"],
        given_for=PoolProgramme(values["given_for"]),
        promised=read_amount(values["promised"], values["asset"], "promised"),
        by=call.by,
        at=call.at,
    )
    return f"{pool.name} is open. It holds nothing until it is funded."


def _propose(call: Call) -> str:
    account = accounts.named(call.record, call.values["account"])
    asked = pools.propose_funding(
        pool=call.record,
        account=account,
        reference=call.values["reference"],
        money=read_amount(call.values["amount"], account.asset),
        on=call.values["on"],
        by=call.by,
        at=call.at,
    )
    return f"Asked for approval of funding {asked.subject}. Somebody else approves it."


def _wind_down(call: Call) -> Done:
    pool, values = call.record, call.values
    destination = Destination.objects.filter(number=values["destination"]).first()
    if destination is None:
        raise ValidationError(f"destination: {values['destination']!r} is the number of none")
    account = accounts.named(pool, values["account"])
    made = winddown.propose(
        pool=pool,
        account=account,
        money=read_amount(values["amount"], account.asset),
        destination=destination,
        by=call.by,
        at=call.at,
    )
    return Done(f"Asked for approval of {made}. Released, it is paid like any other.", made)


def _pool_effect(pool: Any) -> Effect:
    now = next(p for p in positions() if p.pool.code == pool.code)
    return (
        ("Pool", pool.name),
        ("Cash now", money(now.of("cash"))),
        ("Available now", money(now.of("fund.available"))),
    )


class PoolAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        "code",
        "name",
        column("given_for", lambda p: p.get_given_for_display(), lambda p: p.given_for),
        amount_column("promised", lambda p: Money(p.promised, p.asset), order="promised"),
        number_column("account_count", "accounts"),
    )
    list_filter = ("given_for", "asset")
    found_in = ("code", "name")
    list_acts = (Act("open", "Open a pool", "treasury.write", _open, form=OpenPool),)
    acts = (
        Act(
            "propose-funding",
            "Propose funding",
            "treasury.write",
            _propose,
            _pool_effect,
            form=ProposeFunding,
        ),
        Act(
            "wind-down",
            "Propose to pay back to the funder",
            "treasury.write",
            _wind_down,
            _pool_effect,
            form=WindDown,
            warning="Only what is available can go back; what is reserved, committed, awarded or"
            " in escrow stays.",
        ),
        Act(
            "open-account",
            "Open an account",
            "treasury.write",
            accounts.open_of,
            _pool_effect,
            form=accounts.OpenAccount,
        ),
        *PROGRAMME_ACTS,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        counted: QuerySet = found.annotate(account_count=Count("accounts"))
        return counted

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Given for", record.get_given_for_display() or "not said yet"),
            ("Promised", money(Money(record.promised, record.asset))),
            ("Measured in", record.asset),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        now = next(p for p in positions() if p.pool.code == record.code)
        balances = [
            [code, BY_CODE[code].name, money(now.of(code, asset=asset))]
            for asset, held in sorted(now.by_asset.items())
            for code in BY_CODE
            if held.get(code)
        ]
        related = record.fundings.select_related("account", "entered_by")
        fundings = [
            [link(f), money(Money(f.amount, f.account.asset)), link(f.account)]
            + [day(f.on), f.entered_by]
            for f in related.order_by("-id")[:20]
        ]
        return (
            Table(
                "Balances of its own accounts and of its batches",
                ["Account", "Name", "Balance"],
                balances,
                frozenset({2}),
                "The pool holds nothing yet.",
            ),
            accounts.of_pool(record),
            Table(
                "Fundings",
                ["Reference", "Amount", "Account", "Day", "Entered by"],
                fundings,
                frozenset({1}),
            ),
        )

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.code,)
