"""Four eyes: asking for an approval, deciding it, and demanding it before an effect."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction

from together import Refused
from together.controls.models import Approval, Decision, Person
from together.controls.operations.records import record


class MayNotDecide(Refused):
    """Raised when somebody decides what is not theirs to decide."""


class NotApproved(Refused):
    """Raised when an effect is not the one that was approved, or was not approved at all."""


def digest(effect: dict[str, Any]) -> str:
    """Give the SHA-256 (hex) of an effect's canonical JSON."""
    return hashlib.sha256(canonical(effect).encode()).hexdigest()


def canonical(effect: dict[str, Any]) -> str:
    """Write an effect as canonical JSON: sorted keys, no blanks, ASCII."""
    return json.dumps(effect, sort_keys=True, separators=(",", ":"))


def request(
    *,
    kind: str,
    subject: str,
    effect: dict[str, Any],
    amount_cents: int,
    by: Person,
    at: datetime,
) -> Approval:
    """
    Ask for the approval of an effect; part of the operation that prepared it.

    The same effect asked for twice is one request.
    """
    approval, is_new = Approval.objects.get_or_create(
        kind=kind,
        subject=subject,
        effect_digest=digest(effect),
        defaults={
            "effect_text": canonical(effect),
            "amount_cents": amount_cents,
            "requested_by": by,
            "requested_at": at,
        },
    )
    if is_new:
        approval.refresh_from_db()
        record(what=f"{kind}.requested", subject=subject, by=by, at=at, details=effect)
    return approval


@transaction.atomic(durable=True)
def decide(
    *, approval: Approval, verdict: Decision.Verdict, reason: str = "", by: Person, at: datetime
) -> Decision:
    """
    Decide the stage that a request waits for.

    :raises MayNotDecide: if the person asked for it, decided before, lacks the stage's role, or
        nothing is left to decide
    """
    stage = Decision.objects.filter(approval=approval).count() + 1
    try:
        with transaction.atomic():
            decision = Decision.objects.create(
                approval=approval,
                stage=stage,
                person=by,
                verdict=verdict,
                reason=reason,
                decided_at=at,
            )
    except DatabaseError as error:
        raise MayNotDecide(str(error).splitlines()[0]) from error
    record(
        what=f"{approval.kind}.{verdict}",
        subject=approval.subject,
        by=by,
        at=at,
        details={"digest": approval.effect_digest, "stage": stage, "reason": reason},
    )
    return decision


def is_approved(*, kind: str, subject: str, effect: dict[str, Any]) -> bool:
    """Say whether exactly this effect passed all its stages."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT controls_is_approved(%s, %s, %s)", [kind, subject, digest(effect)])
        (answer,) = cursor.fetchone()
    return bool(answer)


def demand(*, kind: str, subject: str, effect: dict[str, Any]) -> None:
    """
    Let an effect pass only if exactly it was approved.

    :raises NotApproved: otherwise
    """
    if not is_approved(kind=kind, subject=subject, effect=effect):
        raise NotApproved(f"{kind} {subject}: this effect was not approved ({digest(effect)[:12]})")
