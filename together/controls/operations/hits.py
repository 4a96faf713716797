"""Hits: cleared as somebody else under four eyes, or confirmed by one person."""

from datetime import datetime
from typing import Any

from django.db import transaction

from together import Refused
from together.controls.models import Approval, Hit, Person
from together.controls.operations import approvals, people
from together.controls.operations.people import NotAllowed
from together.controls.operations.records import record
from together.controls.rules import lifecycle, roles
from together.controls.rules.screening import HIT_MOVES, HitState

KIND = "screening.clearing"


class NotDecidable(Refused):
    """Raised when a hit cannot be decided so; says which field, its value and the rule."""


@transaction.atomic(durable=True)
def propose_clearing(*, hit: Hit, reason: str, by: Person, at: datetime) -> Approval:
    """
    Say that a hit is somebody else, and why; compliance approves it.

    :raises NotDecidable: if no reason is given
    :raises NotPossibleNow: if it is cleared already
    """
    held = people.roles_of(by)
    if not by.is_active or not any(
        roles.may(held, act) for act in (f"{hit.area}.write", "screening.write")
    ):
        raise NotAllowed(f"{by} may not do this: it needs a role with {hit.area}.write")
    _demand_reason(reason)
    hit = _locked(hit)
    _moved(hit, HitState.CLEARED)
    hit.reason, hit.proposed_by = reason, by
    asked = effect(hit)
    hit.effect_digest = approvals.digest(asked)
    hit.save(update_fields=["reason", "proposed_by", "effect_digest"])
    return approvals.request(
        kind=KIND, subject=hit.number, effect=asked, amount_cents=0, by=by, at=at
    )


def effect(hit: Hit) -> dict[str, Any]:
    """Give what the approval binds: who is like whom, by which facts of both, and why not."""
    return {
        "number": hit.number,
        "subject": hit.subject,
        "name": hit.title,
        "role": hit.role,
        "said": hit.said,
        "listed": hit.listed,
        "source": hit.source,
        "reference": hit.reference,
        "score": hit.score,
        "times_opened": hit.times_opened,
        "facts_digest": hit.facts_digest,
        "entry_digest": hit.entry.digest,
        "reason": hit.reason,
    }


@transaction.atomic(durable=True)
def clear(*, hit: Hit, by: Person, at: datetime) -> None:
    """
    Let an approved clearing hold: it is somebody else, as long as neither side changes.

    :raises NotApproved: if exactly this was not approved
    :raises NotPossibleNow: if it is cleared already
    """
    people.demand(by, "screening.write")
    hit = _locked(hit)
    to = _moved(hit, HitState.CLEARED)
    approvals.demand(kind=KIND, subject=hit.number, effect=effect(hit))
    _decide(hit, to, by, at)


@transaction.atomic(durable=True)
def confirm(*, hit: Hit, reason: str, by: Person, at: datetime) -> None:
    """
    Say that a hit is them; one person is enough to stop what needs two to go on.

    :raises NotDecidable: if no reason is given
    :raises NotPossibleNow: if it is confirmed already
    """
    people.demand(by, "screening.write")
    _demand_reason(reason)
    hit = _locked(hit)
    to = _moved(hit, HitState.CONFIRMED)
    hit.reason = reason
    _decide(hit, to, by, at)


def _demand_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > 400:
        raise NotDecidable("reason: must be given, in up to 400 letters")


def _locked(hit: Hit) -> Hit:
    return Hit.objects.select_for_update(of=("self",)).select_related("entry").get(pk=hit.pk)


def _moved(hit: Hit, to: HitState) -> HitState:
    return lifecycle.move(HIT_MOVES, HitState(hit.state), to, what=f"hit {hit.number}")


def _decide(hit: Hit, to: HitState, by: Person, at: datetime) -> None:
    hit.state, hit.decided_by, hit.decided_at = to, by, at
    hit.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    said = {"subject": hit.subject, "reason": hit.reason}
    record(what=f"hit.{to.value}", subject=hit.number, by=by, at=at, details=said)
