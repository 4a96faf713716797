"""Limits: what institutions, their groups, sectors and exchanges, and a pool have used."""

from collections.abc import Callable, Iterable

from django.db.models import Q

from loans.formats.credit_policy import read_policy
from loans.models import Institution, Loan
from loans.queries import books
from loans.queries.policies import policy_in_force
from loans.rules.limits import Headroom
from loans.rules.profiles import NOT_AFFILIATED
from loans.rules.states import LoanState
from together.ledger.rules.money import ASSETS, Money
from together.treasury.models import Pool

CENTS = 100


def used(institutions: Iterable[Institution], asset: str = "USDC") -> dict[int, int]:
    """Give what each of some institutions owes or is promised, in minor units; two queries."""
    found = {one.pk: 0 for one in institutions}
    outstanding = books.balances(["loan.principal"], asset)
    loans = Loan.objects.filter(institution__in=list(found), pool__asset=asset)
    for owner, number, state, amount, cancelled in loans.values_list(
        "institution_id", "number", "state", "amount", "cancelled"
    ):
        is_promised = state in (LoanState.COMMITTED, LoanState.DRAWING)
        owed = outstanding["loan.principal", number]
        found[owner] += amount - cancelled if is_promised else owed
    return found


def limits_of(institution: Institution, asset: str = "USDC") -> Headroom:
    """Give an institution's limit and what is used of it: promised or outstanding."""
    return Headroom(
        name=f"limit of {institution.legal_name}",
        limit=Money(institution.limit, asset),
        used=Money(used([institution], asset)[institution.pk], asset),
        asked=Money(0, asset),
    )


def headrooms(institution: Institution, pool: Pool, amount: Money) -> list[Headroom]:
    """Give the limits that a new loan of an amount must keep, with room before and after."""
    free = Money(-books.balance("fund.available", pool.code, pool.asset), pool.asset)
    room = Headroom(f"pool {pool.name}", free, Money(0, pool.asset), amount)
    return [room, *borrower_headrooms(institution, amount)]


def borrower_headrooms(institution: Institution, amount: Money) -> list[Headroom]:
    """
    Give the limits of a borrower: its own, and by the policy in force those that it shares.

    What is promised already counts as used. Shared are the limits of its group of connected
    clients, of its sector, and of all that are affiliated with its exchange; in four queries.
    """
    known = list(Institution.objects.filter(_sharing(institution)))
    taken = used(known, amount.asset)
    rules = read_policy(policy_in_force().document).limits

    def room(name: str, cents: int, shares: Callable[[Institution], bool]) -> Headroom:
        sum_used = sum(taken[one.pk] for one in known if shares(one))
        limit = cents * 10 ** ASSETS[amount.asset] // CENTS
        return Headroom(name, Money(limit, amount.asset), Money(sum_used, amount.asset), amount)

    own = Money(taken[institution.pk], amount.asset)
    limit = Money(institution.limit, amount.asset)
    found = [Headroom(f"limit of {institution.legal_name}", limit, own, amount)]
    if institution.group:
        name = f"group {institution.group}"
        found.append(room(name, rules.group, lambda one: one.group_id == institution.group_id))
    sector = institution.get_sector_display()
    found.append(
        room(f"sector {sector}", rules.sector, lambda one: one.sector == institution.sector)
    )
    if institution.affiliation != NOT_AFFILIATED:
        name = f"affiliated with {institution.exchange}"
        found.append(
            room(name, rules.affiliation, lambda one: one.exchange == institution.exchange)
        )
    return found


def _sharing(institution: Institution) -> Q:
    """Give the condition of an institution that shares a limit with another one."""
    found = Q(pk=institution.pk) | Q(sector=institution.sector)
    if institution.group_id:
        found |= Q(group=institution.group_id)
    if institution.affiliation != NOT_AFFILIATED:
        found |= Q(exchange=institution.exchange)
    return found
