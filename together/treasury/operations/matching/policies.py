"""What matching may do by itself on an account: proposed, approved by somebody else, then set."""

import json
from datetime import datetime
from typing import Any

from django.db import transaction

from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.approvals import NotApproved
from together.controls.operations.records import record
from together.treasury.models import CashAccount, MatchingPolicy

KIND = "matching.policy"
MOST_FEES, MOST_DAYS = 20, 60


class OutOfBounds(Refused):
    """Raised when a policy would allow what no policy may; the message names the field."""


@transaction.atomic(durable=True)
def propose(
    *,
    account: CashAccount,
    fees: list[int],
    charges_up_to: int,
    days: int,
    by: Person,
    at: datetime,
) -> Approval:
    """
    Ask for the next version of an account's matching policy.

    ``fees`` and ``charges_up_to`` are minor units of the account's asset.

    :raises OutOfBounds: naming the field, the value and the rule
    """
    people.demand(by, "treasury.write")
    fees = sorted(set(fees))
    if len(fees) > MOST_FEES or any(fee <= 0 for fee in fees):
        raise OutOfBounds(f"fees: {fees} are not up to {MOST_FEES} amounts above zero")
    if charges_up_to < 0:
        raise OutOfBounds(f"charges_up_to: {charges_up_to} is below zero")
    if not 0 <= days <= MOST_DAYS:
        raise OutOfBounds(f"days: {days} is not from 0 to {MOST_DAYS}")
    return approvals.request(
        kind=KIND,
        subject=account.code,
        effect={
            "account": account.code,
            "version": _next(account),
            "fees": fees,
            "charges_up_to": charges_up_to,
            "days": days,
        },
        amount_cents=0,
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def put_in_force(*, account: CashAccount, by: Person, at: datetime) -> MatchingPolicy:
    """
    Put the newest approved policy of an account in force; matching follows it from then on.

    :raises NotApproved: if no policy of the next version was approved
    """
    people.demand(by, "treasury.write")
    CashAccount.objects.select_for_update().get(pk=account.pk)
    asked = approved(account)
    if asked is None:
        raise NotApproved(f"no matching policy {_next(account)} of {account.code} was approved")
    policy = MatchingPolicy.objects.create(
        account=account,
        version=asked["version"],
        fees=asked["fees"],
        charges_up_to=asked["charges_up_to"],
        days=asked["days"],
        effect_digest=approvals.digest(asked),
        set_by=by,
        set_at=at,
    )
    record(what="matching.policy_set", subject=account.code, by=by, at=at, details=asked)
    return policy


def approved(account: CashAccount) -> dict[str, Any] | None:
    """Give the newest approved policy that is not in force yet, as its effect, or None."""
    version = _next(account)
    for request in Approval.objects.filter(kind=KIND, subject=account.code).order_by("-id"):
        asked: dict[str, Any] = json.loads(request.effect_text)
        is_next = asked["version"] == version
        if is_next and approvals.is_approved(kind=KIND, subject=account.code, effect=asked):
            return asked
    return None


def _next(account: CashAccount) -> int:
    last = MatchingPolicy.objects.filter(account=account).order_by("-version").first()
    return last.version + 1 if last else 1
