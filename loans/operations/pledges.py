"""Pledges: collateral is proposed, approved, put in force, and takes the place of another."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from loans.formats.agreed import secured_of
from loans.models import Application, CollateralPolicy, Instrument, Pledge
from loans.operations.cover import demand_after
from loans.operations.hidden import demand_seen_until_lent
from loans.rules.market_data import NotAValue, units, written
from loans.rules.states import OVER, PLEDGE_MOVES, PledgeState
from together import Refused
from together.controls.models import Approval, Document, Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.queries import documents as filed
from together.controls.rules import lifecycle

KIND = "collateral.pledge"


class NotPledgeable(Refused):
    """Raised when something cannot be pledged so; says which field, its value and the rule."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What is pledged: a quantity as decimal text, kept by a custodian under a reference."""

    instrument: Instrument
    quantity: str
    custodian: str
    reference: str
    evidence: Document
    replaces: Pledge | None = None


@transaction.atomic(durable=True)
def propose(*, application: Application, offered: Offered, by: Person, at: datetime) -> Approval:
    """
    Propose a pledge for a secured application or its loan, or one that replaces another.

    :raises NotPledgeable: if it cannot be so
    """
    people.demand(by, "loans.write")
    application = application_of(application.pk)
    demand_seen_until_lent(application, by)
    return begin(application, offered, by, at)[1]


def begin(
    application: Application, offered: Offered, by: Person, at: datetime
) -> tuple[Pledge, Approval]:
    """
    Propose a pledge for a locked application, in the transaction of who calls; see above.

    :raises NotPledgeable: if it cannot be so
    """
    demand_open(application)
    quantity = _demand_sound(application, offered, at)
    pledge = Pledge(
        number=next_number(Pledge, "PL"),
        application=application,
        instrument=offered.instrument,
        quantity=quantity,
        custodian=offered.custodian.strip(),
        reference=offered.reference.strip(),
        evidence=offered.evidence,
        replaces=offered.replaces,
        proposed_by=by,
        proposed_at=at,
    )
    asked = effect(pledge)
    pledge.effect_digest = approvals.digest(asked)
    pledge.save(force_insert=True)
    request = approvals.request(
        kind=KIND, subject=pledge.number, effect=asked, amount_cents=0, by=by, at=at
    )
    return pledge, request


def demand_open(application: Application) -> None:
    """
    Let only an application pass that may have collateral.

    :raises NotPledgeable: if it is unsecured, declined or withdrawn
    """
    if secured_of(application.terms) is None:
        raise NotPledgeable(f"application {application.number}: its terms say that it is unsecured")
    if application.state in OVER:
        raise NotPledgeable(f"application {application.number} is {application.state}")


def _demand_sound(application: Application, offered: Offered, at: datetime) -> int:
    """Give the quantity in units, or name all that is wrong."""
    wrong = [*_unfit(application, offered, at), *_unfit_substitute(application, offered.replaces)]
    quantity, scale = 0, offered.instrument.quantity_scale
    try:
        quantity = units(offered.quantity.replace(",", "").strip(), scale)
        if quantity <= 0:
            raise NotAValue("must be above zero")
    except NotAValue as rule:
        wrong.append(f"quantity: {offered.quantity!r} {rule}")
    if wrong:
        raise NotPledgeable("; ".join(wrong))
    return quantity


def _unfit(application: Application, offered: Offered, at: datetime) -> list[str]:
    policy = CollateralPolicy.objects.order_by("-version").first()
    code, wrong = offered.instrument.code, []
    if policy is None or code not in policy.haircuts:
        wrong.append(f"instrument: {code} has no haircut in the collateral policy in force")
    for field, most in (("custodian", 60), ("reference", 80)):
        text = getattr(offered, field).strip()
        if not 0 < len(text) <= most:
            wrong.append(f"{field}: {text[:40]!r} must be stated, in up to {most} letters")
    valid = filed.valid([application.number], at.date()).filter(pk=offered.evidence.pk)
    if not valid.exists():
        number = offered.evidence.number
        wrong.append(f"evidence: {number} is not of {application.number}, expired or withdrawn")
    return wrong


def _unfit_substitute(application: Application, old: Pledge | None) -> list[str]:
    if old is None:
        return []
    if old.application_id != application.pk or old.state != PledgeState.IN_FORCE:
        return [f"replaces: {old.number} is not in force for {application.number}"]
    if old.replacements.filter(state=PledgeState.PROPOSED).exists():
        return [f"replaces: another pledge that replaces {old.number} waits"]
    return []


def effect(pledge: Pledge) -> dict[str, Any]:
    """Give what the approval binds: what is pledged for whom, where it is, on which evidence."""
    return {
        "number": pledge.number,
        "application": pledge.application.number,
        "instrument": pledge.instrument_id,
        "quantity": written(pledge.quantity, pledge.instrument.quantity_scale),
        "units": pledge.quantity,
        "custodian": pledge.custodian,
        "reference": pledge.reference,
        "evidence": pledge.evidence.number,
        "replaces": pledge.replaces.number if pledge.replaces else None,
    }


@transaction.atomic(durable=True)
def put_in_force(*, pledge: Pledge, by: Person, at: datetime) -> None:
    """
    Let an approved pledge secure its loan; what it replaces goes.

    :raises NotApproved: if exactly this was not approved
    :raises NotPledgeable: if its evidence was withdrawn, or the same is pledged already
    :raises NotCovered: if the loan to value were above the initial one after a substitution
    :raises NotPossibleNow: if it is not proposed
    """
    people.demand(by, "loans.write")
    application = application_of(pledge.application_id)
    demand_seen_until_lent(application, by)
    pledge = locked(pledge.pk)
    approvals.demand(kind=KIND, subject=pledge.number, effect=effect(pledge))
    demand_open(application)
    _demand_once(pledge, at)
    old = locked(pledge.replaces.pk) if pledge.replaces else None
    if old:
        demand_after(application, at, more=pledge, less=old)
    move(pledge, PledgeState.IN_FORCE, by, at)
    if old:
        move(old, PledgeState.SUBSTITUTED, by, at)


def _demand_once(pledge: Pledge, at: datetime) -> None:
    valid = filed.valid([pledge.application.number], at.date()).filter(pk=pledge.evidence_id)
    if not valid.exists():
        raise NotPledgeable(f"evidence: {pledge.evidence.number} expired or was withdrawn")
    same = Pledge.objects.filter(
        instrument=pledge.instrument,
        custodian=pledge.custodian,
        reference=pledge.reference,
        state=PledgeState.IN_FORCE,
    ).exclude(pk__in=[pledge.pk, pledge.replaces_id or 0])
    twice = same.first()
    if twice:
        where = f"{pledge.reference} at {pledge.custodian}"
        raise NotPledgeable(f"reference: {where} is pledged already, as {twice.number}")


@transaction.atomic(durable=True)
def withdraw(*, pledge: Pledge, by: Person, at: datetime) -> None:
    """
    Give up a pledge that is not in force.

    :raises NotPossibleNow: if it is, or was
    """
    people.demand(by, "loans.write")
    pledge = locked(pledge.pk)
    demand_seen_until_lent(pledge.application, by)
    move(pledge, PledgeState.WITHDRAWN, by, at)


def application_of(pk: int) -> Application:
    """Give an application, locked: what changes its collateral comes one after the other."""
    found = Application.objects.select_for_update(of=("self",)).select_related("pool")
    return found.get(pk=pk)


def locked(pk: int) -> Pledge:
    """Give a pledge, locked, with what it is of."""
    found = Pledge.objects.select_for_update(of=("self",))
    return found.select_related("application", "instrument", "evidence", "replaces").get(pk=pk)


def move(pledge: Pledge, to: PledgeState, by: Person, at: datetime, reason: str = "") -> None:
    """Move a pledge along its life, and write it down."""
    pledge.state = lifecycle.move(PLEDGE_MOVES, pledge.state, to, what=f"pledge {pledge.number}")
    pledge.save(update_fields=["state", "release_digest"])
    said = {"application": pledge.application.number, **({"reason": reason} if reason else {})}
    record(what=f"pledge.{to.value}", subject=pledge.number, by=by, at=at, details=said)
