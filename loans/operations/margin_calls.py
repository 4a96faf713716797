"""Margin calls: the monitor opens, meets and defaults them; an extension needs four eyes."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from loans.models import CollateralPolicy, Loan, MarginCall
from loans.operations.pledges import application_of
from loans.queries.collateral import Covering, covering, coverings
from loans.queries.margin_calls import live, watched
from loans.rules.loan_to_value import LIQUIDATION, MARGIN_CALL, WITHIN
from loans.rules.market_data import written
from loans.rules.states import MARGIN_CALL_MOVES, MarginCallState
from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.approvals import NotApproved
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.ledger.rules.money import in_cents

KIND = "margin.extension"
LONGEST = timedelta(days=30)


class NotExtendable(Refused):
    """Raised when a margin call cannot be extended so; says which field, its value and rule."""


@dataclass(slots=True)
class Watched:
    """What the monitor found: calls opened, met and defaulted, and loans it could not value."""

    looked_at: int = 0
    opened: list[str] = field(default_factory=list)
    met: list[str] = field(default_factory=list)
    defaulted: list[str] = field(default_factory=list)
    unvalued: dict[str, str] = field(default_factory=dict)


def watch(*, at: datetime) -> Watched:
    """
    Value every secured loan that is active, all at once, and act on those that changed.

    Each change is a transaction of its own, decided anew under the lock of its application, so
    that it may run twice, or beside itself. What has no fresh price is told and left as it is.
    """
    loans, found = watched(), Watched()
    calls = {call.loan_id: call for call in live()}
    valued = coverings([loan.application for loan in loans], at)
    for loan in loans:
        found.looked_at += 1
        now = valued[loan.application_id]
        if now.cover is None:
            found.unvalued[loan.number] = now.why_not
        elif _is_due(now, calls.get(loan.pk), at):
            _settle(loan, at, found)
    return found


def _is_due(now: Covering, call: MarginCall | None, at: datetime) -> bool:
    """Say whether anything is to be done about a loan; decided again under the lock."""
    if call is None:
        return now.band in (MARGIN_CALL, LIQUIDATION)
    is_late = call.state != MarginCallState.DEFAULTED and at >= call.due_at
    return now.band == WITHIN or is_late or now.band != call.band


@transaction.atomic(durable=True)
def _settle(loan: Loan, at: datetime, found: Watched) -> None:
    application = application_of(loan.application_id)
    now = covering(application, at)
    call = live().select_for_update(of=("self",)).filter(loan=loan).first()
    if now.cover is None:
        found.unvalued[loan.number] = now.why_not
    elif call is None:
        if now.band in (MARGIN_CALL, LIQUIDATION) and watched().filter(pk=loan.pk).exists():
            found.opened.append(_open(loan, now, at).number)
    elif now.band == WITHIN:
        _end(call, MarginCallState.MET, now, at)
        found.met.append(call.number)
    elif call.state != MarginCallState.DEFAULTED and at >= call.due_at:
        _end(call, MarginCallState.DEFAULTED, now, at)
        found.defaulted.append(call.number)
    elif now.band != call.band:
        _note(call, now, at)


def _open(loan: Loan, now: Covering, at: datetime) -> MarginCall:
    policy = CollateralPolicy.objects.order_by("-version")[0]
    call = MarginCall.objects.create(
        number=next_number(MarginCall, "MC"),
        loan=loan,
        policy=policy,
        owed=now.owed.minor_units,
        market_value=int(now.cover.market_value * 100) if now.cover else 0,
        prices={
            one.pledge.instrument_id: [
                one.price.pk,
                written(one.price.value, one.pledge.instrument.scale),
            ]
            for one in now.pledges
            if one.price
        },
        band=now.band,
        opened_at=at,
        due_at=at + timedelta(hours=policy.cure_hours),
    )
    said = {"loan": loan.number, "band": now.band, "due_at": call.due_at.isoformat()}
    record(what="margin_call.opened", subject=call.number, by=None, at=at, details=said)
    return call


def _end(call: MarginCall, state: MarginCallState, now: Covering, at: datetime) -> None:
    _to(call, state)
    call.band, call.ended_at = now.band, at
    call.save(update_fields=["state", "band", "ended_at"])
    said = {"loan": call.loan.number, "band": now.band, "owed": str(now.owed)}
    record(what=f"margin_call.{state.value}", subject=call.number, by=None, at=at, details=said)


def _note(call: MarginCall, now: Covering, at: datetime) -> None:
    """Keep the band that a loan is in by now."""
    before, call.band = call.band, now.band
    call.save(update_fields=["band"])
    said = {"loan": call.loan.number, "before": before, "after": now.band}
    record(what="margin_call.band", subject=call.number, by=None, at=at, details=said)


@transaction.atomic(durable=True)
def propose_extension(
    *, call: MarginCall, until: datetime, reason: str, by: Person, at: datetime
) -> Approval:
    """
    Ask for more time to meet a margin call.

    :raises NotExtendable: if the moment or the reason cannot be so
    :raises NotPossibleNow: if it is met or defaulted
    """
    people.demand(by, "loans.write")
    call = _locked(call)
    _demand_extendable(call)
    if not reason.strip() or len(reason) > 200:
        raise NotExtendable("reason: must be given, in up to 200 letters")
    if not max(call.due_at, at) < until <= at + LONGEST:
        said = f"after {call.due_at:%Y-%m-%d %H:%M}Z and at most {LONGEST.days} days from now"
        raise NotExtendable(f"until: {until:%Y-%m-%d %H:%M}Z must be {said}")
    asked = {
        "number": call.number,
        "loan": call.loan.number,
        "before": _said(call.due_at),
        "until": _said(until),
        "reason": reason.strip(),
    }
    return approvals.request(
        kind=KIND,
        subject=call.number,
        effect=asked,
        amount_cents=in_cents(call.owed, call.loan.pool.asset),
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def extend(*, call: MarginCall, by: Person, at: datetime) -> None:
    """
    Give an approved extension effect: the call is due later.

    :raises NotApproved: if no extension of the call as it stands was approved
    :raises NotPossibleNow: if it is met or defaulted
    """
    people.demand(by, "loans.write")
    call = _locked(call)
    _demand_extendable(call)
    asked = approved(call)
    if asked is None:
        raise NotApproved(f"{KIND} {call.number}: no extension of it was approved")
    _to(call, MarginCallState.EXTENDED)
    call.due_at = datetime.fromisoformat(asked["until"])
    call.extension_digest = approvals.digest(asked)
    call.save(update_fields=["state", "due_at", "extension_digest"])
    record(what="margin_call.extended", subject=call.number, by=by, at=at, details=asked)


def approved(call: MarginCall) -> dict[str, Any] | None:
    """Give the newest approved extension of a call as it is due now, as its effect, or None."""
    for request in Approval.objects.filter(kind=KIND, subject=call.number).order_by("-id"):
        asked: dict[str, Any] = json.loads(request.effect_text)
        is_of_now = asked["before"] == _said(call.due_at)
        if is_of_now and approvals.is_approved(kind=KIND, subject=call.number, effect=asked):
            return asked
    return None


def _demand_extendable(call: MarginCall) -> None:
    lifecycle.move(
        MARGIN_CALL_MOVES, call.state, MarginCallState.EXTENDED, what=f"margin call {call.number}"
    )


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"


def _locked(call: MarginCall) -> MarginCall:
    found = MarginCall.objects.select_for_update(of=("self",))
    return found.select_related("loan__pool").get(pk=call.pk)


def _to(call: MarginCall, state: MarginCallState) -> None:
    call.state = lifecycle.move(
        MARGIN_CALL_MOVES, call.state, state, what=f"margin call {call.number}"
    )
