"""Releases: a pledge goes back under four eyes, only where its loan stays covered without it."""

import json
from datetime import datetime
from typing import Any

from django.db import transaction

from loans.models import Application, Pledge
from loans.operations.cover import demand_after
from loans.operations.hidden import demand_seen_until_lent
from loans.operations.pledges import NotPledgeable, application_of, locked, move
from loans.queries.collateral import coverings
from loans.rules.market_data import written
from loans.rules.states import PLEDGE_MOVES, PledgeState
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.approvals import NotApproved
from together.controls.rules import lifecycle

KIND = "collateral.release"


@transaction.atomic(durable=True)
def propose(*, pledge: Pledge, reason: str, by: Person, at: datetime) -> Approval:
    """
    Ask to give a pledge back.

    :raises NotPledgeable: if no reason is given
    :raises NotCovered: if the loan to value were above the initial one without it
    :raises NotPossibleNow: if it is not in force
    """
    people.demand(by, "loans.write")
    application = application_of(pledge.application_id)
    demand_seen_until_lent(application, by)
    return begin(application, pledge, reason, by, at)


def begin(
    application: Application, pledge: Pledge, reason: str, by: Person, at: datetime
) -> Approval:
    """
    Ask to give a pledge of a locked application back, in the transaction of who calls; see above.

    :raises NotPledgeable: if no reason is given
    :raises NotCovered: if the loan to value were above the initial one without it
    """
    if not reason.strip() or len(reason) > 200:
        raise NotPledgeable("reason: must be given, in up to 200 letters")
    pledge = locked(pledge.pk)
    lifecycle.move(PLEDGE_MOVES, pledge.state, PledgeState.RELEASED, what=f"pledge {pledge.number}")
    demand_after(application, at, less=pledge)
    asked = {
        "number": pledge.number,
        "application": application.number,
        "instrument": pledge.instrument_id,
        "quantity": written(pledge.quantity, pledge.instrument.quantity_scale),
        "units": pledge.quantity,
        "reason": reason.strip(),
    }
    return approvals.request(
        kind=KIND,
        subject=pledge.number,
        effect=asked,
        amount_cents=_cents(application, pledge, at),
        by=by,
        at=at,
    )


def _cents(application: Application, pledge: Pledge, at: datetime) -> int:
    """Give the market value of a pledge in cents; without a price, as much as the loan."""
    found = coverings([application], at, instead={application.pk: [pledge]})[application.pk]
    if found.cover is not None:
        return int(found.cover.market_value * 100)
    return int(found.owed_usd * 100)


@transaction.atomic(durable=True)
def release(*, pledge: Pledge, by: Person, at: datetime) -> None:
    """
    Give an approved release effect: the pledge secures nothing any more.

    :raises NotApproved: if its release was not approved
    :raises NotCovered: if the loan to value would be above the initial one by now
    :raises NotPossibleNow: if it is not in force
    """
    people.demand(by, "loans.write")
    application = application_of(pledge.application_id)
    demand_seen_until_lent(application, by)
    pledge = locked(pledge.pk)
    asked = approved(pledge)
    if asked is None:
        raise NotApproved(f"{KIND} {pledge.number}: its release was not approved")
    demand_after(application, at, less=pledge)
    pledge.release_digest = approvals.digest(asked)
    move(pledge, PledgeState.RELEASED, by, at, str(asked["reason"]))


def approved(pledge: Pledge) -> dict[str, Any] | None:
    """Give the newest approved release of a pledge, as its effect, or None."""
    for request in Approval.objects.filter(kind=KIND, subject=pledge.number).order_by("-id"):
        asked: dict[str, Any] = json.loads(request.effect_text)
        if approvals.is_approved(kind=KIND, subject=pledge.number, effect=asked):
            return asked
    return None
