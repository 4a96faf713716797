"""Groups of connected clients: entering one; who belongs to it stands on the institutions."""

from datetime import datetime

from django.db import transaction

from loans.models import Group
from loans.rules.profiles import LONGEST_NAME, fold
from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record


class NotAGroup(Refused):
    """Raised when a group cannot be entered; says which field, its value and the rule."""


@transaction.atomic(durable=True)
def enter(*, name: str, by: Person, at: datetime) -> Group:
    """
    Enter a group of connected clients.

    :raises NotAGroup: if it has no name, or another group is called the same
    """
    people.demand(by, "loans.write")
    if not fold(name) or len(name) > LONGEST_NAME:
        raise NotAGroup(f"name: {name[:40]!r} must be stated, in up to {LONGEST_NAME} letters")
    number = next_number(Group, "G")
    # The number is given out to one at a time: until this ends nobody else enters a group.
    for other in Group.objects.all():
        if fold(other.name) == fold(name):
            raise NotAGroup(f"name: {name!r} is {other.number} ({other.name}) already")
    group = Group.objects.create(number=number, name=name, entered_by=by, entered_at=at)
    record(what="group.entered", subject=group.number, by=by, at=at, details={"name": name})
    return group
