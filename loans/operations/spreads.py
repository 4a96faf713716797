"""Spreads: an institution's accounts, entered in one template with their evidence."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from loans.models import Institution, Spread
from loans.queries.underwriting import evidence_for
from loans.rules.credit.spreads import BASES, SECTIONS, faults
from together import Refused
from together.controls.models import Document, Person
from together.controls.operations import people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record


class NotSpreadable(Refused):
    """Raised when accounts cannot be so; says every field that is wrong, its value and the rule."""


@transaction.atomic(durable=True)
def enter(
    *,
    institution: Institution,
    ends_on: date,
    months: int,
    basis: str,
    amounts: Mapping[str, int],
    evidence: Mapping[str, str],
    note: str = "",
    replaces: Spread | None = None,
    by: Person,
    at: datetime,
) -> Spread:
    """
    Enter the accounts of some months up to a day, in whole cents of USD by line of the template.

    ``evidence`` names the document that shows each section; one that is left out is flagged
    wherever it counts. What was entered wrongly is replaced by another, which says why.

    :raises NotSpreadable: if amounts do not tie, a document is not the institution's or not in
        force, these months are entered already, or what is replaced was replaced
    """
    people.demand(by, "loans.write")
    institution = Institution.objects.select_for_update().get(pk=institution.pk)
    found = faults(amounts, ends_on, months, at.date())
    found += _faults(basis, evidence, note, evidence_for(institution, at.date(), by))
    found += _place(institution, ends_on, months, replaces, note)
    if found:
        raise NotSpreadable(f"{institution.number}: {'; '.join(found)}")
    spread = Spread.objects.create(
        number=next_number(Spread, "S"),
        institution=institution,
        ends_on=ends_on,
        months=months,
        basis=basis,
        amounts=dict(amounts),
        evidence={name: number for name, number in evidence.items() if number},
        note=note,
        replaces=replaces,
        entered_by=by,
        entered_at=at,
    )
    said = {
        "institution": institution.number,
        "ends_on": ends_on.isoformat(),
        "months": months,
        "replaces": replaces.number if replaces else None,
    }
    record(what="spread.entered", subject=spread.number, by=by, at=at, details=said)
    return spread


def _faults(
    basis: str, evidence: Mapping[str, str], note: str, known: QuerySet[Document]
) -> list[str]:
    found, in_force = [], set(known.values_list("number", flat=True))
    if basis not in dict(BASES):
        found.append(f"basis: {basis!r} is none of {', '.join(dict(BASES))}")
    if len(note) > 400:
        found.append("note: must have up to 400 letters")
    for section, number in evidence.items():
        if section not in dict(SECTIONS):
            found.append(f"evidence.{section}: is no section of the template")
        elif number and number not in in_force:
            found.append(f"evidence.{section}: {number} is no document of it that is in force")
    return found


def _place(
    institution: Institution, ends_on: date, months: int, replaces: Spread | None, note: str
) -> list[str]:
    """Say why accounts cannot stand where they are meant to."""
    current = Spread.objects.filter(institution=institution, replaced_by=None)
    found = []
    if replaces is not None and not current.filter(pk=replaces.pk).exists():
        found.append(f"replaces: {replaces.number} is not of it, or was replaced already")
    if replaces is not None and not note.strip():
        found.append("note: must say why accounts are replaced")
    others = current.filter(ends_on=ends_on, months=months)
    twin = others.exclude(pk=replaces.pk if replaces else 0).first()
    if twin is not None:
        found.append(f"ends_on: {twin.number} has these months already; replace it instead")
    return found
