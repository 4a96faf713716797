"""Institutions: entering a legal entity that may borrow."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from loans.models import Institution
from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.ledger.rules.money import Money
from together.treasury.operations import destinations
from together.treasury.operations.destinations import Owner
from together.treasury.rules.destinations import Details, NotADestination, RailKind


class NotAnInstitution(Refused):
    """Raised when what is entered about an institution cannot be so; says which field and why."""


@transaction.atomic(durable=True)
def enter(
    *,
    legal_name: str,
    lei: str,
    jurisdiction: str,
    exchange_affiliation: str,
    wallet: str,
    limit: Money,
    by: Person,
    at: datetime,
) -> Institution:
    """
    Enter a legal entity.

    ``limit`` is the most it may owe or be promised; ``jurisdiction`` an ISO 3166 code. Its
    ``wallet`` at the exchange is kept as its first destination: loans go there once somebody else
    confirmed it.

    :raises NotAnInstitution: if the LEI is none or is entered already, a field is empty or too
        long, the wallet is none, or the limit is not above zero
    """
    people.demand(by, "loans.write")
    institution = Institution(
        number=next_number(Institution, "I"),
        legal_name=legal_name,
        lei=lei,
        jurisdiction=jurisdiction,
        exchange_affiliation=exchange_affiliation,
        limit=limit.minor_units,
        entered_by=by,
        entered_at=at,
    )
    _demand_sound(institution)
    institution.save(force_insert=True)
    try:
        destinations.write_down(
            owner=Owner("institution", lei),
            details=Details(RailKind.EXCHANGE, limit.asset, wallet),
            label=legal_name[:80],
            by=by,
            at=at,
        )
    except NotADestination as error:
        raise NotAnInstitution(str(error).replace("identifier:", "wallet:", 1)) from error
    said = {"lei": lei, "limit": str(limit)}
    record(what="institution.entered", subject=institution.number, by=by, at=at, details=said)
    return institution


def _demand_sound(institution: Institution) -> None:
    try:
        institution.full_clean(exclude=["entered_by"])
    except ValidationError as error:
        raise NotAnInstitution(
            "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        ) from error
