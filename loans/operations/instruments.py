"""Instruments: what is observed, and the policy of each: proposed, approved, put in force."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from loans.models import Instrument, InstrumentPolicy
from loans.rules.calendars import CALENDARS
from loans.rules.market_data import CODE, LARGEST, MOST_SCALE, InstrumentKind, written
from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.approvals import NotApproved
from together.controls.operations.records import record

KIND = "market.policy"
MOST_HOURS, MOST_DAYS, MOST_MOVE, MOST_SOURCES = 31 * 24, 30, 10_000, 10


class NotAnInstrument(Refused):
    """Raised when an instrument cannot be so; says which field, its value and the rule."""


class OutOfBounds(Refused):
    """Raised when a policy would accept what no policy may; says which field, value and rule."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The facts of a policy; see :class:`~loans.models.InstrumentPolicy` for what they mean."""

    sources: Sequence[str]
    most_age: int
    most_move: int
    least: int
    most: int


@transaction.atomic(durable=True)
def enter(
    *,
    code: str,
    name: str,
    kind: str,
    scale: int,
    quantity_scale: int = 0,
    calendar: str = "none",
    by: Person,
    at: datetime,
) -> Instrument:
    """
    Enter an instrument; nothing of it is accepted before a policy is in force.

    :raises NotAnInstrument: if a field is not what it must be, or the code is taken
    """
    people.demand(by, "market.write")
    _demand_sound(code, name, kind, (scale, quantity_scale), calendar)
    entered = Instrument.objects.create(
        code=code,
        name=name.strip(),
        kind=kind,
        scale=scale,
        quantity_scale=quantity_scale,
        calendar=calendar,
        entered_by=by,
        entered_at=at,
    )
    said = {"kind": kind, "scale": scale, "quantity_scale": quantity_scale, "calendar": calendar}
    record(what="instrument.entered", subject=code, by=by, at=at, details=said)
    return entered


def _demand_sound(code: str, name: str, kind: str, scales: tuple[int, int], calendar: str) -> None:
    scale, quantity_scale = scales
    rules = (
        (CODE.fullmatch(code), "code", code, "must be 2 to 20 capital letters, digits, . or -"),
        (0 < len(name.strip()) <= 80, "name", name, "must be stated, in up to 80 letters"),
        (kind in set(InstrumentKind), "kind", kind, "must be price or fixing"),
        (0 <= scale <= MOST_SCALE, "scale", scale, f"must be from 0 to {MOST_SCALE}"),
        (
            0 <= quantity_scale <= MOST_SCALE,
            "quantity_scale",
            quantity_scale,
            f"must be from 0 to {MOST_SCALE}",
        ),
        (calendar in CALENDARS, "calendar", calendar, f"must be one of {', '.join(CALENDARS)}"),
        (not Instrument.objects.filter(pk=code).exists(), "code", code, "is entered already"),
    )
    wrong = [f"{field}: {value!r} {rule}" for holds, field, value, rule in rules if not holds]
    if wrong:
        raise NotAnInstrument("; ".join(wrong))


@transaction.atomic(durable=True)
def propose_policy(*, instrument: Instrument, rules: Rules, by: Person, at: datetime) -> Approval:
    """
    Ask for the next version of what is accepted of an instrument.

    :raises OutOfBounds: naming the field, the value and the rule
    """
    people.demand(by, "market.write")
    _demand_bounds(instrument, rules)
    effect = {
        "instrument": instrument.code,
        "version": _next(instrument),
        **asdict(rules),
        "sources": sorted(set(rules.sources)),
        "range": " to ".join(written(one, instrument.scale) for one in (rules.least, rules.most)),
    }
    return approvals.request(
        kind=KIND, subject=instrument.code, effect=effect, amount_cents=0, by=by, at=at
    )


def _demand_bounds(instrument: Instrument, rules: Rules) -> None:
    is_price = instrument.kind == InstrumentKind.PRICE
    oldest = MOST_HOURS if is_price else MOST_DAYS
    named = all(0 < len(one) <= 40 and one == one.strip() for one in rules.sources)
    checks = (
        (0 < len(rules.sources) <= MOST_SOURCES and named, "sources", list(rules.sources),
         f"must be 1 to {MOST_SOURCES} names of up to 40 letters"),
        (0 < rules.most_age <= oldest, "most_age", rules.most_age, f"must be from 1 to {oldest}"),
        (0 < rules.most_move <= MOST_MOVE, "most_move", rules.most_move,
         f"must be from 1 to {MOST_MOVE} basis points"),
        (rules.least < rules.most, "least", rules.least, f"must be below {rules.most}"),
        (rules.least > 0 or not is_price, "least", rules.least, "must be above zero for a price"),
        (max(abs(rules.least), abs(rules.most)) <= LARGEST, "most", rules.most, "is too large"),
    )  # fmt: skip
    wrong = [f"{field}: {value} {rule}" for holds, field, value, rule in checks if not holds]
    if wrong:
        raise OutOfBounds(f"{instrument.code}: {'; '.join(wrong)}")


@transaction.atomic(durable=True)
def put_in_force(*, instrument: Instrument, by: Person, at: datetime) -> InstrumentPolicy:
    """
    Put the newest approved policy of an instrument in force; what comes in follows it from then.

    :raises NotApproved: if no policy of the next version was approved
    """
    people.demand(by, "market.write")
    lock(instrument.code)
    asked = approved(instrument)
    if asked is None:
        raise NotApproved(f"no policy {_next(instrument)} of {instrument.code} was approved")
    facts = {name: asked[name] for name in Rules.__slots__}
    policy = InstrumentPolicy.objects.create(
        instrument=instrument,
        version=asked["version"],
        **facts,
        effect_digest=approvals.digest(asked),
        set_by=by,
        set_at=at,
    )
    record(what="market.policy_set", subject=instrument.code, by=by, at=at, details=asked)
    return policy


def lock(*codes: str) -> None:
    """Let no other operation take in what concerns these instruments until this one ends."""
    with connection.cursor() as cursor:
        for code in sorted(set(codes)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"instrument:{code}"])


def approved(instrument: Instrument) -> dict[str, Any] | None:
    """Give the newest approved policy that is not in force yet, as its effect, or None."""
    version = _next(instrument)
    for request in Approval.objects.filter(kind=KIND, subject=instrument.code).order_by("-id"):
        asked: dict[str, Any] = json.loads(request.effect_text)
        is_next = asked["version"] == version
        if is_next and approvals.is_approved(kind=KIND, subject=instrument.code, effect=asked):
            return asked
    return None


def _next(instrument: Instrument) -> int:
    last = InstrumentPolicy.objects.filter(instrument=instrument).order_by("-version").first()
    return last.version + 1 if last else 1
