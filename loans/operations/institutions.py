"""Institutions: entering a legal entity that may borrow, with what is known of it."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from loans.models import Group, Institution
from loans.queries.profiles import misfits
from loans.rules.profiles import Profile, faults
from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.treasury.operations import destinations
from together.treasury.operations.destinations import Owner
from together.treasury.rules.destinations import Details, NotADestination, RailKind


class NotAnInstitution(Refused):
    """Raised when what is said of an institution cannot be so; says field, value and rule."""


@transaction.atomic(durable=True)
def enter(*, lei: str, profile: Profile, wallet: str, by: Person, at: datetime) -> Institution:
    """
    Enter a legal entity.

    Its ``wallet`` at the exchange is kept as its first destination: loans go there once somebody
    else confirmed it. What its profile says is changed later under four eyes only.

    :raises NotAnInstitution: if the LEI is none or is entered already, a fact of the profile
        cannot be so, or the wallet is none
    """
    people.demand(by, "loans.write")
    institution = Institution(
        number=next_number(Institution, "I"), lei=lei, entered_by=by, entered_at=at
    )
    demand_sound(institution, profile)
    take(institution, profile)
    _demand_clean(institution)
    institution.save(force_insert=True)
    try:
        destinations.write_down(
            owner=Owner("institution", lei),
            details=Details(RailKind.EXCHANGE, profile.limit.asset, wallet),
            label=profile.legal_name[:80],
            by=by,
            at=at,
        )
    except NotADestination as error:
        raise NotAnInstitution(str(error).replace("identifier:", "wallet:", 1)) from error
    said: dict[str, Any] = {"lei": lei, **profile.document, "limit": str(profile.limit)}
    record(what="institution.entered", subject=institution.number, by=by, at=at, details=said)
    return institution


def demand_sound(institution: Institution, profile: Profile) -> None:
    """
    Let only a profile pass that can be so; part of the operation that writes it down.

    :raises NotAnInstitution: otherwise, with every fault
    """
    with connection.cursor() as cursor:
        # Until the transaction ends nobody else names a parent: two halves of a circle meet here.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('loans:parents'))")
    found = faults(profile, institution.lei) or misfits(profile, institution.lei)
    if found:
        raise NotAnInstitution("; ".join(found))


def take(institution: Institution, profile: Profile) -> None:
    """Give an institution the facts of a profile; it is not saved here."""
    institution.legal_name = profile.legal_name
    institution.aliases = list(profile.aliases)
    institution.jurisdiction = profile.jurisdiction
    institution.sector = profile.sector
    institution.group = Group.objects.filter(number=profile.group).first()
    institution.parent = Institution.objects.filter(number=profile.parent).first()
    institution.parent_name = profile.parent_name
    institution.parent_lei = profile.parent_lei
    institution.affiliation = profile.affiliation
    institution.exchange = profile.exchange
    institution.limit = profile.limit.minor_units


def _demand_clean(institution: Institution) -> None:
    try:
        institution.full_clean(exclude=["entered_by"])
    except ValidationError as error:
        raise NotAnInstitution(
            "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        ) from error
