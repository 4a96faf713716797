"""Contacts: entered by who may, ended once with a reason, never edited or deleted."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import Contact
from loans.operations import contacts
from loans.operations.contacts import NotAContact
from loans.rules.contacts import Details
from tests.factories import NOW, TODAY, person
from tests.loans.parties import entered
from together.controls.models import AuditRecord
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow

pytestmark = pytest.mark.django_db
INES = Details("Ines Falk", "finance", "ines@example.test", "+44 20 7946 0018")


def contact(of=None, *, details=INES, by=None, starts_on=TODAY - timedelta(days=9)) -> Contact:
    return contacts.enter(
        institution=of or entered(),
        details=details,
        starts_on=starts_on,
        by=by or person("loan_officer"),
        at=NOW,
    )


def end(of: Contact, *, on=TODAY, reason="left", by=None) -> None:
    contacts.end(contact=of, on=on, reason=reason, by=by or person("compliance"), at=NOW)
    of.refresh_from_db()


def test_a_contact_is_entered_and_written_down():
    made = contact()
    assert (made.number, made.phone, made.ended_on) == ("CT-0001", "+442079460018", None)
    written = AuditRecord.objects.get(what="contact.entered")
    assert (written.subject, written.details["name"]) == (made.institution.number, "Ines Falk")


def test_what_cannot_be_so_is_refused_and_nothing_is_entered():
    with pytest.raises(NotAContact, match=r"email: 'x' is no address.*phone: '1' is no number"):
        contact(details=replace(INES, email="x", phone="1"))
    with pytest.raises(NotAContact, match="is in the future"):
        contact(starts_on=TODAY + timedelta(days=1))
    with pytest.raises(NotAllowed):
        contact(by=person("credit_checker"))
    assert not Contact.objects.exists()


def test_somebody_speaks_once_in_a_capacity_until_ended():
    borrower = entered()
    first = contact(borrower)
    with pytest.raises(NotAContact, match=f"is {first.number} in the same capacity"):
        contact(borrower, details=replace(INES, email="INES@example.test"))
    contact(borrower, details=replace(INES, capacity="legal"))
    end(first)
    assert contact(borrower).number == "CT-0003"


def test_a_contact_is_ended_once_with_a_reason_and_stays():
    made = contact()
    for on, reason, said in (
        (TODAY, " ", "reason: must be given"),
        (TODAY + timedelta(days=1), "x", "is not between"),
        (TODAY - timedelta(days=10), "x", "is not between"),
    ):
        with pytest.raises(NotAContact, match=said):
            end(made, on=on, reason=reason)
    end(made)
    assert (made.ended_on, made.ended_for) == (TODAY, "left")
    with pytest.raises(NotPossibleNow, match="already"):
        end(made)
    assert AuditRecord.objects.filter(what="contact.ended").count() == 1


def test_the_database_lets_a_contact_only_be_ended():
    made = contact()
    for change in ({"email": "else@example.test"}, {"ended_on": TODAY}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Contact.objects.update(**change)
    end(made)
    with pytest.raises(DatabaseError, match="it is ended once"), transaction.atomic():
        Contact.objects.update(ended_on=None, ended_by=None, ended_at=None, ended_for="")
