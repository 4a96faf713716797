"""Groups of connected clients: their members, and what each has used of its limit."""

from dataclasses import dataclass

from django.db.models import QuerySet

from loans.models import Group, Institution
from loans.queries.limits import used
from loans.queries.profiles import ASSET
from together.ledger.rules.money import Money


@dataclass(frozen=True, slots=True)
class Member:
    """An institution with its limit, and what it owes or is promised."""

    institution: Institution
    limit: Money
    used: Money


def members(group: Group) -> list[Member]:
    """Give the members of a group, by their numbers."""
    found = list(group.institutions.select_related("parent__group").order_by("number"))
    taken = used(found)
    return [Member(one, Money(one.limit, ASSET), Money(taken[one.pk], ASSET)) for one in found]


def outside(group: Group) -> QuerySet[Institution]:
    """Give the institutions whose parent is a member although they are none: to be looked at."""
    below = Institution.objects.filter(parent__group=group).exclude(group=group)
    return below.select_related("parent", "group").order_by("number")
