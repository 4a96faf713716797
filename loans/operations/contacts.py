"""Contacts of institutions: entered, and ended with a reason."""

from datetime import date, datetime

from django.db import transaction

from loans.models import Contact, Institution
from loans.operations.allowed import demand_any
from loans.rules.contacts import Details, digits, faults
from together import Refused
from together.controls.models import Person
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle


class NotAContact(Refused):
    """Raised when a contact cannot be so; says which field, its value and the rule."""


@transaction.atomic(durable=True)
def enter(
    *, institution: Institution, details: Details, starts_on: date, by: Person, at: datetime
) -> Contact:
    """
    Enter somebody who speaks for an institution from a day on.

    :raises NotAContact: if a field cannot be so, or the same one speaks in that capacity already
    """
    demand_any(by, "loans.write", "loans.comply")
    institution = Institution.objects.select_for_update().get(pk=institution.pk)
    found = faults(details, starts_on, at.date())
    if found:
        raise NotAContact("; ".join(found))
    same = Contact.objects.filter(
        institution=institution,
        capacity=details.capacity,
        email__iexact=details.email,
        ended_on=None,
    ).first()
    if same:
        raise NotAContact(f"email: {details.email} is {same.number} in the same capacity")
    contact = Contact.objects.create(
        number=next_number(Contact, "CT"),
        institution=institution,
        name=details.name.strip(),
        capacity=details.capacity,
        email=details.email,
        phone=digits(details.phone),
        starts_on=starts_on,
        entered_by=by,
        entered_at=at,
    )
    said = {"contact": contact.number, "name": contact.name, "capacity": contact.capacity}
    record(what="contact.entered", subject=institution.number, by=by, at=at, details=said)
    return contact


@transaction.atomic(durable=True)
def end(*, contact: Contact, on: date, reason: str, by: Person, at: datetime) -> None:
    """
    Let somebody speak for their institution no more from a day on.

    :raises NotAContact: if no reason is given, or the day is before their first or in the future
    :raises NotPossibleNow: if they were ended already
    """
    demand_any(by, "loans.write", "loans.comply")
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    if contact.ended_on:
        raise lifecycle.NotPossibleNow(f"{contact.number} ended on {contact.ended_on} already")
    if not reason.strip() or len(reason) > 200:
        raise NotAContact("reason: must be given, in up to 200 letters")
    if not contact.starts_on <= on <= at.date():
        rule = f"is not between {contact.starts_on}, when it began, and today"
        raise NotAContact(f"ended_on: {on} {rule}")
    contact.ended_on, contact.ended_for = on, reason
    contact.ended_by, contact.ended_at = by, at
    contact.save(update_fields=["ended_on", "ended_for", "ended_by", "ended_at"])
    said = {"contact": contact.number, "on": on.isoformat(), "reason": reason}
    record(what="contact.ended", subject=contact.institution.number, by=by, at=at, details=said)
