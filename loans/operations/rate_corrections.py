"""Corrections of rate fixings: proposed as adjustments, from what is observed by now."""

from datetime import date, datetime

from django.db import transaction

from loans.models import Adjustment, Loan
from loans.operations import servicing
from loans.operations.effects import NotAdjustable
from loans.queries.fixings import Rates
from loans.queries.lives import floating_life
from loans.rules.replay.events import FIXING
from loans.rules.replay.fixings import takes_fixing
from together.controls.models import Person
from together.controls.operations import people


@transaction.atomic(durable=True)
def propose(*, loan: Loan, on: date, reason: str, by: Person, at: datetime) -> Adjustment:
    """
    Propose the fixing of a day as it is observed now: instead of the one that was set, or for a
    closed day that has none.

    :raises NotAdjustable: if there is no fixing, or the day has it already
    """
    people.demand(by, "loans.propose")
    loan = servicing.drawn(loan)
    found = floating_life(loan)
    if found is None:
        raise NotAdjustable(f"loan: the rate of {loan.number} does not float")
    life, agreed = found
    set_ones = loan.events.filter(type=FIXING, on=on, pointing_here=None)
    before = set_ones.order_by("-sequence").first()
    if not takes_fixing(life, on):
        raise NotAdjustable(f"on: {on} takes no fixing: name the day that a rate counts from")
    taken = Rates(agreed, on=at.date(), at=at).taken(life, on, may_fall_back=True)
    if taken.fixed is None:
        raise NotAdjustable(f"on: {on}: {taken.why_not}")
    if before is not None and before.further == taken.further:
        raise NotAdjustable(f"on: the rate of {on} is set by the fixing that counts already")
    adjustment = Adjustment(loan=loan, type=FIXING, on=on, further=taken.further, target=before)
    return servicing.ask(adjustment, reason=reason, by=by, at=at)
