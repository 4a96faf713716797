"""Mappings of columns: saved for an account version by version, and found by name."""

from collections.abc import Mapping as Pairs
from datetime import datetime
from typing import Any

from django.db import transaction

from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record
from together.treasury.formats import csv_mapping
from together.treasury.formats.csv_mapping import Mapping
from together.treasury.models import CashAccount, ColumnMapping
from together.treasury.operations.statement_checks import keeper_of


class NoSuchMapping(Refused):
    """Raised when an account has no mapping of a name, or not that version of it."""


class NothingChanged(Refused):
    """Raised when a mapping says what its newest version says already."""


def mapping_for(account: CashAccount, told: Pairs[str, Any]) -> Mapping:
    """
    Make the mapping of an account: whose it is and of what asset follows from the account.

    :raises Unreadable: with a fault for each field that is wrong
    """
    has_asset = "asset" in told.get("columns", {})
    return csv_mapping.of_json(
        {
            **told,
            "account": account.identifier.replace(" ", ""),
            "servicer": keeper_of(account),
            "asset": "" if has_asset else account.asset,
        }
    )


@transaction.atomic(durable=True)
def save(*, account: CashAccount, mapping: Mapping, by: Person, at: datetime) -> ColumnMapping:
    """
    Save a mapping as the next version of its name; files that were read by others keep theirs.

    :raises NothingChanged: if the newest version says the same
    """
    people.demand(by, "treasury.write")
    account = CashAccount.objects.select_for_update().get(pk=account.pk)
    document = mapping.to_json()
    last = account.mappings.filter(name=mapping.name).first()
    if last and last.document == document:
        raise NothingChanged(f"{last} of account {account.code} says exactly this already")
    saved = ColumnMapping.objects.create(
        account=account,
        name=mapping.name,
        version=last.version + 1 if last else 1,
        document=document,
        saved_by=by,
        saved_at=at,
    )
    record(
        what="mapping.saved",
        subject=f"mapping:{saved.pk}",
        by=by,
        at=at,
        details={"account": account.code, "name": saved.name, "version": saved.version},
    )
    return saved


def named(account: CashAccount, text: str) -> ColumnMapping:
    """
    Give the newest version of a mapping by its name, or one version as ``name@2``.

    :raises NoSuchMapping: naming those that the account has
    """
    name, _, version = text.rpartition("@") if text.rpartition("@")[2].isdigit() else (text, "", "")
    found = account.mappings.filter(name=name)
    chosen = (found.filter(version=int(version)) if version else found).first()
    if chosen is None:
        known = ", ".join(str(one) for one in account.mappings.all()) or "none"
        raise NoSuchMapping(f"account {account.code} has no mapping {text!r}; it has: {known}")
    return chosen


def newest(account: CashAccount) -> list[ColumnMapping]:
    """Give the newest version of each mapping of an account."""
    found: dict[str, ColumnMapping] = {}
    for one in account.mappings.all():
        found.setdefault(one.name, one)
    return list(found.values())
