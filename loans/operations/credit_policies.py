"""Credit policies: a version is proposed, approved, and takes the place of the last one."""

from datetime import datetime
from typing import Any

from django.db import transaction

from loans.formats.credit_policy import read_policy
from loans.models import CreditPolicy
from loans.operations.allowed import demand_any
from loans.rules.faults import Fault
from loans.rules.states import POLICY_MOVES, PolicyState
from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle

KIND = "credit.policy"


class BadPolicy(Refused):
    """Raised when a policy is not what it must be; says which field, its value and the rule."""


@transaction.atomic(durable=True)
def propose(*, document: Any, reason: str, by: Person, at: datetime) -> Approval:
    """
    Propose a new version of the credit policy; a credit checker and the committee approve it.

    :raises BadPolicy: if a field is missing, unknown or wrong, if no reason is given, if nothing
        changes, or if another version waits
    """
    people.demand(by, "loans.propose")
    in_force = CreditPolicy.objects.select_for_update().get(state=PolicyState.IN_FORCE)
    waiting = CreditPolicy.objects.filter(state=PolicyState.PROPOSED).first()
    if waiting:
        raise BadPolicy(f"{waiting.number} waits; put it in force or withdraw it first")
    if not reason.strip() or len(reason) > 400:
        raise BadPolicy("reason: must be given, in up to 400 letters")
    try:
        read_policy(document)
    except Fault as fault:
        raise BadPolicy(str(fault)) from fault
    if document == in_force.document:
        raise BadPolicy(f"document: is that of {in_force.number}, which is in force")
    policy = CreditPolicy(
        number=next_number(CreditPolicy, "CP"),
        document=document,
        reason=reason,
        proposed_by=by,
        proposed_at=at,
    )
    asked = effect(policy)
    policy.effect_digest = approvals.digest(asked)
    policy.save(force_insert=True)
    return approvals.request(
        kind=KIND, subject=policy.number, effect=asked, amount_cents=0, by=by, at=at
    )


def effect(policy: CreditPolicy) -> dict[str, Any]:
    """Give what the approval binds: the whole document, and why it shall be so."""
    return {"number": policy.number, "document": policy.document, "reason": policy.reason}


@transaction.atomic(durable=True)
def put_in_force(*, policy: CreditPolicy, by: Person, at: datetime) -> None:
    """
    Let an approved version take the place of the one in force.

    :raises NotApproved: if exactly this was not approved
    :raises NotPossibleNow: if it is not proposed
    """
    demand_any(by, "loans.propose", "loans.approve")
    last = CreditPolicy.objects.select_for_update().get(state=PolicyState.IN_FORCE)
    policy = CreditPolicy.objects.select_for_update().get(pk=policy.pk)
    to = _to(policy, PolicyState.IN_FORCE)
    approvals.demand(kind=KIND, subject=policy.number, effect=effect(policy))
    for one, state in ((last, _to(last, PolicyState.SUPERSEDED)), (policy, to)):
        one.state = state
        one.save(update_fields=["state"])
    details = {"instead_of": last.number, "digest": policy.effect_digest}
    record(what="credit_policy.in_force", subject=policy.number, by=by, at=at, details=details)


@transaction.atomic(durable=True)
def withdraw(*, policy: CreditPolicy, by: Person, at: datetime) -> None:
    """
    Give up a version that is not in force.

    :raises NotPossibleNow: if it is, or was
    """
    demand_any(by, "loans.propose", "loans.approve")
    policy = CreditPolicy.objects.select_for_update().get(pk=policy.pk)
    policy.state = _to(policy, PolicyState.WITHDRAWN)
    policy.save(update_fields=["state"])
    record(what="credit_policy.withdrawn", subject=policy.number, by=by, at=at, details={})


def _to(policy: CreditPolicy, state: PolicyState) -> PolicyState:
    what = f"credit policy {policy.number}"
    return lifecycle.move(POLICY_MOVES, PolicyState(policy.state), state, what=what)
