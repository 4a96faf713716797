"""People and roles: enter somebody, give and take roles."""

from datetime import datetime

from django.db import DatabaseError, transaction

from together import Refused
from together.controls.models import Person, RoleGrant
from together.controls.operations.records import record
from together.controls.rules import roles


class MayNotGrant(Refused):
    """Raised when somebody gives or takes a role that is not theirs to give."""


class NotAllowed(Refused):
    """Raised when none of a person's roles allows the act."""


@transaction.atomic(durable=True)
def enter(*, username: str, full_name: str, email: str, by: Person | None, at: datetime) -> Person:
    """Enter somebody who may sign in; they hold no role yet and cannot use a password."""
    person = Person(username=username, full_name=full_name, email=email)
    person.set_unusable_password()
    person.full_clean(exclude=["password"])
    person.save()
    record(what="person.entered", subject=username, by=by, at=at)
    return person


@transaction.atomic(durable=True)
def grant(*, person: Person, role: str, scope: str = "", by: Person | None, at: datetime) -> None:
    """
    Give somebody a role.

    :raises MayNotGrant: if the giver is no security administrator, or the same person
    """
    try:
        with transaction.atomic():
            RoleGrant.objects.create(
                person=person, role=role, scope=scope, granted_by=by, granted_at=at
            )
    except DatabaseError as error:
        raise MayNotGrant(str(error).splitlines()[0]) from error
    record(what="role.granted", subject=person.username, by=by, at=at, details={"role": role})


@transaction.atomic(durable=True)
def revoke(*, grant_id: int, by: Person, at: datetime) -> None:
    """
    Take a role away.

    :raises MayNotGrant: if the taker is no security administrator, or the same person
    """
    held = RoleGrant.objects.select_for_update(of=("self",)).get(pk=grant_id)
    held.revoked_by, held.revoked_at = by, at
    try:
        with transaction.atomic():
            held.save(update_fields=["revoked_by", "revoked_at"])
    except DatabaseError as error:
        raise MayNotGrant(str(error).splitlines()[0]) from error
    record(
        what="role.revoked", subject=held.person.username, by=by, at=at, details={"role": held.role}
    )


def roles_of(person: Person, scope: str | None = None) -> frozenset[str]:
    """Give the roles somebody holds now, in any scope or in one."""
    held = RoleGrant.objects.filter(person=person, revoked_at=None)
    if scope is not None:
        held = held.filter(scope=scope)
    return frozenset(held.values_list("role", flat=True))


def demand(person: Person, act: str) -> None:
    """
    Let an act pass only if one of the person's roles allows it.

    :raises NotAllowed: otherwise, whoever it is: there is no superuser
    """
    if not person.is_active or not roles.may(roles_of(person), act):
        raise NotAllowed(f"{person} may not do this: it needs a role with {act!r}")
