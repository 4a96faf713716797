"""Groups of connected clients: their members, and what each has used of its limit."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from loans.models import Group, Institution, Loan
from loans.queries import books
from loans.queries.profiles import ASSET
from loans.rules.states import LoanState
from together.ledger.rules.money import Money


@dataclass(frozen=True, slots=True)
class Member:
    """An institution with its limit, and what it owes or is promised."""

    institution: Institution
    limit: Money
    used: Money


def used(institutions: Iterable[Institution], asset: str = ASSET) -> dict[int, int]:
    """Give what each of some institutions owes or is promised, in minor units; two queries."""
    found = {one.pk: 0 for one in institutions}
    outstanding = books.balances(["loan.principal"], asset)
    loans = Loan.objects.filter(institution__in=list(found), pool__asset=asset)
    for owner, number, state, amount in loans.values_list(
        "institution_id", "number", "state", "amount"
    ):
        is_promised = state in (LoanState.COMMITTED, LoanState.DRAWING)
        found[owner] += amount if is_promised else outstanding["loan.principal", number]
    return found


def members(group: Group) -> list[Member]:
    """Give the members of a group, by their numbers."""
    found = list(group.institutions.select_related("parent__group").order_by("number"))
    taken = used(found)
    return [Member(one, Money(one.limit, ASSET), Money(taken[one.pk], ASSET)) for one in found]


def outside(group: Group) -> QuerySet[Institution]:
    """Give the institutions whose parent is a member although they are none: to be looked at."""
    below = Institution.objects.filter(parent__group=group).exclude(group=group)
    return below.select_related("parent", "group").order_by("number")
