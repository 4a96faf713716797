"""The first person: a security administrator, made by the owner of the database."""

from datetime import datetime

from django.db import transaction

from together import Refused
from together.controls.models import AuditRecord, Person, RoleGrant

OWNER = "owner"


class AlreadyBegun(Refused):
    """Raised when a security administrator exists already: they enter everybody else."""


def first_administrator(*, username: str, full_name: str, email: str, at: datetime) -> Person:
    """
    Make the first security administrator through the owner's connection.

    Afterwards only a security administrator gives roles; the application role never can.

    :raises AlreadyBegun: if there is one
    """
    with transaction.atomic(using=OWNER, durable=True):
        if RoleGrant.objects.using(OWNER).filter(role="security_administrator").exists():
            raise AlreadyBegun("a security administrator exists; they enter everybody else")
        person = Person(username=username, full_name=full_name, email=email)
        person.set_unusable_password()
        person.save(using=OWNER)
        RoleGrant.objects.using(OWNER).create(
            person=person, role="security_administrator", granted_at=at
        )
        AuditRecord.objects.using(OWNER).create(
            what="system.bootstrapped", subject=username, at=at, details={}
        )
    return Person.objects.get(pk=person.pk)
