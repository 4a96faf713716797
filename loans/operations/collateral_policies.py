"""Collateral policies: haircuts and bands of loan to value, proposed, approved, put in force."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import connection, transaction

from loans.models import CollateralPolicy, Instrument
from loans.rules.loan_to_value import POINT
from loans.rules.market_data import InstrumentKind
from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.approvals import NotApproved
from together.controls.operations.records import record

KIND = "collateral.policy"
SUBJECT = "collateral"
MOST_HOURS = 14 * 24


class OutOfBounds(Refused):
    """Raised when a policy cannot be so; says which field, its value and the rule."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Bands and haircuts in basis points, and the hours in which a margin call is to be met."""

    initial: int
    margin_call: int
    liquidation: int
    cure_hours: int
    haircuts: Mapping[str, int]


@transaction.atomic(durable=True)
def propose(*, rules: Rules, by: Person, at: datetime) -> Approval:
    """
    Ask for the next version of the collateral policy.

    :raises OutOfBounds: naming the field, the value and the rule
    """
    people.demand(by, "loans.write")
    _demand_bounds(rules)
    effect = {"version": _next(), **asdict(rules), "haircuts": dict(rules.haircuts)}
    return approvals.request(
        kind=KIND, subject=SUBJECT, effect=effect, amount_cents=0, by=by, at=at
    )


def _demand_bounds(rules: Rules) -> None:
    rise = (0, rules.initial, rules.margin_call, rules.liquidation, POINT + 1)
    wrong = []
    if any(b <= a for a, b in pairwise(rise)):
        said = f"{rules.initial}, {rules.margin_call}, {rules.liquidation}"
        wrong.append(f"bands: {said} must rise from above 0 to at most {POINT} basis points")
    if not 0 < rules.cure_hours <= MOST_HOURS:
        wrong.append(f"cure_hours: {rules.cure_hours} must be from 1 to {MOST_HOURS}")
    if not rules.haircuts:
        wrong.append("haircuts: one instrument at least must have one")
    priced = Instrument.objects.filter(pk__in=rules.haircuts, kind=InstrumentKind.PRICE)
    known = set(priced.values_list("pk", flat=True))
    for code, points in rules.haircuts.items():
        if code not in known:
            wrong.append(f"haircuts: {code!r} is no instrument with a price")
        if not 0 <= points < POINT:
            wrong.append(f"haircuts: {points} of {code} must be from 0 to {POINT - 1}")
    if wrong:
        raise OutOfBounds("; ".join(wrong))


@transaction.atomic(durable=True)
def put_in_force(*, by: Person, at: datetime) -> CollateralPolicy:
    """
    Put the newest approved policy in force; every valuation follows it from then on.

    :raises NotApproved: if no policy of the next version was approved
    """
    people.demand(by, "loans.write")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", ["collateral policy"])
    asked = approved()
    if asked is None:
        raise NotApproved(f"no collateral policy {_next()} was approved")
    policy = CollateralPolicy.objects.create(
        version=asked["version"],
        **{name: asked[name] for name in Rules.__slots__},
        effect_digest=approvals.digest(asked),
        set_by=by,
        set_at=at,
    )
    record(what="collateral.policy_set", subject=SUBJECT, by=by, at=at, details=asked)
    return policy


def approved() -> dict[str, Any] | None:
    """Give the newest approved policy that is not in force yet, as its effect, or None."""
    version = _next()
    for request in Approval.objects.filter(kind=KIND, subject=SUBJECT).order_by("-id"):
        asked: dict[str, Any] = json.loads(request.effect_text)
        is_next = asked["version"] == version
        if is_next and approvals.is_approved(kind=KIND, subject=SUBJECT, effect=asked):
            return asked
    return None


def _next() -> int:
    last = CollateralPolicy.objects.order_by("-version").first()
    return last.version + 1 if last else 1
