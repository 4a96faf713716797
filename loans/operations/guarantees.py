"""Guarantees: agreed with an application, taken off it before it is proposed."""

from datetime import datetime
from typing import Any

from django.db import transaction

from loans.models import Application, Guarantee
from loans.operations import agreeing
from loans.queries.underwriting import evidence_for
from loans.rules.profiles import is_lei
from loans.rules.states import TERM_MOVES
from together import Refused
from together.controls.models import Person
from together.controls.operations.numbers import next_number
from together.ledger.rules.money import Money


class BadGuarantee(Refused):
    """Raised when a guarantee cannot be so; says every field, its value and the rule."""


@transaction.atomic(durable=True)
def agree(
    *,
    application: Application,
    guarantor: str,
    lei: str = "",
    amount: Money | None = None,
    document: str = "",
    by: Person,
    at: datetime,
) -> Guarantee:
    """
    Add a guarantee to an application, of all that is owed or up to an amount.

    :raises BadGuarantee: if the name, the LEI, the amount or the document is wrong
    :raises NotPossibleNow: if the application was proposed
    """
    application = agreeing.open_application(application, by)
    found = _faults(application, guarantor, lei, amount)
    known = evidence_for(application.institution, at.date(), by)
    if document and not known.filter(number=document).exists():
        found.append(f"document: {document} is no document of the application that is in force")
    if found:
        raise BadGuarantee(f"{application.number}: {'; '.join(found)}")
    made = Guarantee.objects.create(
        number=next_number(Guarantee, "GU"),
        application=application,
        guarantor=guarantor,
        lei=lei,
        amount=amount.minor_units if amount else None,
        document=document,
        added_by=by,
        added_at=at,
    )
    said = {"guarantor": guarantor, "amount": str(amount) if amount else "all", "by": document}
    agreeing.added("guarantee", made, said, by, at)
    return made


def _faults(application: Application, guarantor: str, lei: str, amount: Money | None) -> list[str]:
    found = []
    if not guarantor.strip() or len(guarantor) > 120:
        found.append("guarantor: must be named, in up to 120 letters")
    if lei and not is_lei(lei):
        found.append(f"lei: {lei!r} is no LEI: 20 characters with valid check digits")
    if lei and lei == application.institution.lei:
        found.append(f"lei: {lei} is the borrower itself")
    if amount is not None and (amount.asset != application.pool.asset or amount.minor_units <= 0):
        found.append(f"amount: {amount} must be above zero, in {application.pool.asset}")
    return found


@transaction.atomic(durable=True)
def remove(*, guarantee: Guarantee, by: Person, at: datetime) -> None:
    """
    Take a guarantee off an application that is not proposed.

    :raises NotPossibleNow: if it was, or if the guarantee is off already
    """
    agreeing.remove("guarantee", guarantee, TERM_MOVES, by, at)


def terms(application: Application) -> list[dict[str, Any]]:
    """Give what an approval binds of the guarantees of an application."""
    return [
        {
            "number": one.number,
            "guarantor": one.guarantor,
            "lei": one.lei,
            "amount": one.amount,
            "document": one.document,
        }
        for one in application.guarantees.filter(state="agreed")
    ]
