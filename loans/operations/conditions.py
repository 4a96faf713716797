"""Conditions precedent: agreed with an application; no money goes out while one is open."""

from datetime import datetime
from typing import Any

from django.db import transaction

from loans.models import Application, Condition
from loans.operations import agreeing
from loans.operations.allowed import demand_any
from loans.operations.hidden import demand_seen_until_lent
from loans.queries.underwriting import evidence_for, evidence_in_force
from loans.rules.states import CONDITION_MOVES, ConditionState
from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.ledger.rules.money import in_cents

KIND = "loan.condition"
OUTCOMES = (ConditionState.SATISFIED, ConditionState.WAIVED)


class BadCondition(Refused):
    """Raised when a condition or its outcome cannot be so; says the field, its value, the rule."""


class ConditionsOpen(Refused):
    """Raised when money is asked for while conditions are open; names each of them."""


@transaction.atomic(durable=True)
def agree(*, application: Application, text: str, by: Person, at: datetime) -> Condition:
    """
    Add a condition to an application.

    :raises BadCondition: if it says nothing, or too much
    :raises NotPossibleNow: if the application was proposed
    """
    application = agreeing.open_application(application, by)
    if not text.strip() or len(text) > 400:
        raise BadCondition("text: must say what must be so, in up to 400 letters")
    made = Condition.objects.create(
        number=next_number(Condition, "CN"),
        application=application,
        text=text,
        added_by=by,
        added_at=at,
    )
    agreeing.added("condition", made, {"text": text}, by, at)
    return made


@transaction.atomic(durable=True)
def remove(*, condition: Condition, by: Person, at: datetime) -> None:
    """
    Take a condition off an application that is not proposed.

    :raises NotPossibleNow: if it was, or if the condition is not open
    """
    agreeing.remove("condition", condition, CONDITION_MOVES, by, at)


@transaction.atomic(durable=True)
def propose(
    *,
    condition: Condition,
    outcome: ConditionState,
    document: str = "",
    note: str = "",
    by: Person,
    at: datetime,
) -> Approval:
    """
    Say that a condition is satisfied, by a document, or shall be waived, for a reason.

    Somebody else agrees; a waiver of a large loan needs the committee as well.

    :raises BadCondition: if what it rests on is missing or not in force
    :raises NotPossibleNow: if it is not open, or its application not proposed yet
    """
    people.demand(by, "loans.write")
    condition = _locked(condition)
    application = condition.application
    demand_seen_until_lent(application, by)
    _to(condition, outcome)
    if application.state == "submitted":
        raise lifecycle.NotPossibleNow(f"application {application.number} is not proposed yet")
    _check(condition, outcome, document, note, at)
    if document and not evidence_for(application.institution, at.date(), by).filter(
        number=document
    ):
        raise BadCondition(f"document: {document!r} is none of the borrower that is in force")
    whole = in_cents(application.amount, application.pool.asset)
    return approvals.request(
        kind=KIND,
        subject=condition.number,
        effect=effect(condition, outcome, document, note),
        amount_cents=whole if outcome == ConditionState.WAIVED else 0,
        by=by,
        at=at,
    )


def _check(
    condition: Condition, outcome: ConditionState, document: str, note: str, at: datetime
) -> None:
    if outcome not in OUTCOMES:
        raise BadCondition(f"outcome: {outcome} is neither satisfied nor waived")
    if len(note) > 400:
        raise BadCondition("note: must have up to 400 letters")
    if outcome == ConditionState.WAIVED and not note.strip():
        raise BadCondition("note: must say why it is waived")
    in_force = evidence_in_force(condition.application.institution, at.date())
    if outcome == ConditionState.SATISFIED and document not in in_force:
        raise BadCondition(f"document: {document!r} is none of the borrower that is in force")


def effect(
    condition: Condition, outcome: ConditionState | str, document: str, note: str
) -> dict[str, Any]:
    """Give what the approval binds: which condition, what became of it, and by what."""
    return {
        "number": condition.number,
        "application": condition.application.number,
        "text": condition.text,
        "outcome": str(outcome),
        "document": document,
        "note": note,
    }


@transaction.atomic(durable=True)
def settle(*, condition: Condition, approval: Approval, by: Person, at: datetime) -> None:
    """
    Close a condition by the outcome that was approved.

    :raises NotApproved: if exactly this was not approved
    :raises NotPossibleNow: if it is not open
    """
    demand_any(by, "loans.write", "loans.approve")
    condition = _locked(condition)
    demand_seen_until_lent(condition.application, by)
    said = approval.effect
    outcome = ConditionState(said["outcome"])
    asked = effect(condition, outcome, said["document"], said["note"])
    state = _to(condition, outcome)
    approvals.demand(kind=KIND, subject=condition.number, effect=asked)
    _check(condition, outcome, said["document"], said["note"], at)
    condition.state, condition.effect_digest = state, approvals.digest(asked)
    condition.document, condition.note = said["document"], said["note"]
    condition.save(update_fields=["state", "document", "note", "effect_digest"])
    record(
        what=f"condition.{outcome.value}",
        subject=condition.number,
        by=by,
        at=at,
        details={"document": condition.document, "note": condition.note},
    )


def demand(application: Application) -> None:
    """
    Let money go out only if no condition is open.

    :raises ConditionsOpen: otherwise, naming each
    """
    waiting = application.conditions.filter(state=ConditionState.OPEN)
    told = [f"{one.number} ({one.text})" for one in waiting]
    if told:
        raise ConditionsOpen(f"application {application.number}: open are {'; '.join(told)}")


def terms(application: Application) -> list[dict[str, Any]]:
    """Give what an approval binds of the conditions of an application."""
    kept = application.conditions.exclude(state=ConditionState.REMOVED)
    return [{"number": one.number, "text": one.text} for one in kept]


def _locked(condition: Condition) -> Condition:
    found = Condition.objects.select_for_update(of=("self",))
    return found.select_related("application__institution", "application__pool").get(
        pk=condition.pk
    )


def _to(condition: Condition, state: ConditionState) -> ConditionState:
    what = f"condition {condition.number}"
    return lifecycle.move(CONDITION_MOVES, ConditionState(condition.state), state, what=what)
