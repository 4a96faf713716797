"""Policies of screening: proposed, approved by compliance, put in force as the next version."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from together import Refused
from together.controls.models import Approval, Person, ScreeningPolicy
from together.controls.operations import approvals, people
from together.controls.operations.records import record
from together.controls.queries.screening import policy
from together.controls.rules.screening import policy_faults

KIND = "screening.policy"
SUBJECT = "screening"


class OutOfBounds(Refused):
    """Raised when a policy cannot be so; says which field, its value and the rule."""


@transaction.atomic(durable=True)
def propose(*, threshold: int, most_days: int, reason: str, by: Person, at: datetime) -> Approval:
    """
    Propose from which score on two names are a hit, and how many days a screening holds.

    :raises OutOfBounds: if a value is out of bounds, or no reason is given
    """
    people.demand(by, "screening.write")
    found = policy_faults(threshold, most_days)
    if not reason.strip() or len(reason) > 400:
        found.append("reason: must be given, in up to 400 letters")
    if found:
        raise OutOfBounds("; ".join(found))
    asked = {
        "version": policy().version + 1,
        "threshold": threshold,
        "most_days": most_days,
        "reason": reason,
    }
    return approvals.request(kind=KIND, subject=SUBJECT, effect=asked, amount_cents=0, by=by, at=at)


def approved() -> dict[str, Any] | None:
    """Give the newest approved policy of the next version, or nothing."""
    asked = Approval.objects.filter(kind=KIND, subject=SUBJECT).order_by("-id")
    for one in asked:
        effect = one.effect
        if effect["version"] == policy().version + 1 and approvals.is_approved(
            kind=KIND, subject=SUBJECT, effect=effect
        ):
            return effect
    return None


@transaction.atomic(durable=True)
def put_in_force(*, by: Person, at: datetime) -> ScreeningPolicy:
    """
    Put the newest approved policy in force; everybody is screened by it anew.

    :raises NotApproved: if no policy of the next version was approved
    """
    people.demand(by, "screening.write")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('screening'))")
    asked = approved()
    if asked is None:
        raise approvals.NotApproved("no policy of the next version was approved")
    made = ScreeningPolicy.objects.create(
        **asked, effect_digest=approvals.digest(asked), set_by=by, set_at=at
    )
    record(what="screening.policy_set", subject=SUBJECT, by=by, at=at, details=asked)
    return made
