"""The console's pages over cash accounts, where statements come in."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from together.controls.admin.acts import Call
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    Table,
    link,
    moment,
    money,
    number_column,
)
from together.ledger.models import Account
from together.ledger.rules.money import ASSETS, Money
from together.treasury.admin import chain_acts, conversions, policies, proofs
from together.treasury.admin.mappings import mappings_of
from together.treasury.admin.statement_files import files_of
from together.treasury.admin.uploads import IMPORT
from together.treasury.models import CashAccount, Pool
from together.treasury.models.accounts import KINDS
from together.treasury.operations import accounts
from together.treasury.queries.three_way import standing


class OpenAccount(forms.Form):
    code = forms.SlugField(max_length=20, help_text="Short and for ever: the books keep it.")
    kind = forms.ChoiceField(choices=KINDS)
    asset = forms.ChoiceField(choices=[(code, code) for code in ASSETS])
    identifier = forms.CharField(
        max_length=80, help_text="The wallet, the IBAN or account number, or the address."
    )
    servicer = forms.CharField(
        max_length=40,
        required=False,
        help_text="The exchange, the BIC of the bank, or the number of the chain.",
    )
    holder = forms.CharField(
        max_length=120, required=False, help_text="Whose name it is in, as the bank writes it."
    )


def open_of(call: Call) -> str:
    """Open an account of the pool on whose page this is."""
    account = accounts.open_account(pool=call.record, **call.values, by=call.by, at=call.at)
    return f"Account {account} is open. It holds nothing until a statement says so."


def named(pool: Pool, code: str) -> CashAccount:
    """
    Give the account of a pool that a form names, or the main one.

    :raises ValidationError: if the pool has no such account
    """
    if not code:
        return pool.main_account
    found = pool.accounts.filter(pk=code).first()
    if found is None:
        known = ", ".join(pool.accounts.values_list("code", flat=True))
        raise ValidationError(f"account: {code!r} is no account of {pool.name} ({known})")
    return found


def of_pool(pool: Pool) -> Table:
    """Give the accounts of a pool with the cash that the books hold on each."""
    held = dict(Account.objects.filter(chart_id="cash").values_list("subject", "balance"))
    rows = [
        [link(a, a.code), a.get_kind_display(), a.identifier]
        + [money(Money(held.get(a.code, 0), a.asset))]
        for a in pool.accounts.all()
    ]
    heads = ["Account", "Kind", "Identifier", "Cash in the books"]
    return Table("Accounts", heads, rows, frozenset({3}))


def _statements_of(account: CashAccount) -> Table:
    """Give the last statements of an account."""
    rows = [
        [link(s), moment(s.from_at), moment(s.to_at), money(Money(s.closing, account.asset))]
        for s in account.statements.order_by("-number")[:10]
    ]
    heads = ["Statement", "From", "To", "Closing"]
    return Table("Statements", heads, rows, frozenset({3}), "No statement yet.")


class CashAccountAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        "code",
        "pool",
        "kind",
        "asset",
        "identifier",
        "servicer",
        number_column("statement_count", "statements"),
    )
    list_filter = ("kind", "pool")
    found_in = ("code", "identifier", "servicer")
    acts = (IMPORT, *chain_acts.ACTS, *policies.ACTS, conversions.ACT)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request).select_related("pool")
        counted: QuerySet = found.annotate(statement_count=Count("statements"))
        return counted

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.code,)

    def facts(self, record: Any) -> Sequence[Fact]:
        kept = Account.objects.filter(chart_id="cash", subject=record.code).first()
        cash = Money(kept.balance if kept else 0, record.asset)
        return (
            ("Pool", link(record.pool)),
            ("Kind", record.get_kind_display()),
            ("Identifier", record.identifier),
            ("Servicer", record.servicer or None),
            ("Holder", record.holder or None),
            ("Cash in the books", money(cash)),
            *proofs.facts_of(record, standing(record, timezone.now())),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        found = standing(record, timezone.now())
        chain = [chain_acts.followed_table(record)] if chain_acts.is_chain(record) else []
        return (
            proofs.now_of(record, found),
            *chain,
            _statements_of(record),
            files_of(record),
            mappings_of(record),
            policies.of_account(record),
        )
