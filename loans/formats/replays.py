"""Replays as JSON: the events of a loan's life, and its state at checkpoints."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from loans.formats.fields import Fields
from loans.formats.figures import Answer
from loans.formats.floating import read_fixed, read_spread
from loans.formats.schedules import read_change
from loans.formats.terms import read_step, read_terms
from loans.rules.exact import Fraction
from loans.rules.replay.events import (
    BEHAVIOURS,
    BEYOND,
    COMMITMENT_FEE,
    FIXING,
    MARGIN,
    TYPES,
    WAIVERS,
    Event,
    ReAge,
)
from loans.rules.replay.fold import Checkpoint, State, replay
from loans.rules.replay.life import Transaction
from loans.rules.rounding import text
from loans.rules.terms import MOST_INSTALMENTS, PAYMENTS

PARTS = {"principal": "principal", "interest": "interest", "fees": "fee", "penalties": "penalty"}
SUMMED = (
    *PARTS,
    "due",
    "paid",
    "paid_in_advance",
    "paid_late",
    "written_off",
    "outstanding",
)


def life(fields: Fields) -> Answer:
    """Answer ``replay``: the state of a loan at its checkpoints."""
    fields.required("terms")
    terms = read_terms(fields.object("terms"), for_replay=True)
    events = [read_event(one) for one in fields.objects("events", least=1)]
    fields.done()
    return {"checkpoints": [_checkpoint(one, terms.decimals) for one in replay(terms, events)]}


def read_event(fields: Fields) -> Event:
    """
    Read one event.

    :raises Fault: with the path of the field that is wrong
    """
    return _read(fields, TYPES)


def read_recorded(document: Mapping[str, Any]) -> Event:
    """
    Read one event of a loan as it is recorded, from its JSON.

    Beyond the calculation contract, and refused by ``calc``: ``charge_waiver`` and
    ``accrual_waiver`` with an ``amount`` (all that is open, if it is left out), ``recovery``, and
    ``commitment_fee`` with one, ``margin_change`` with the ``spread`` of a floating rate, and
    ``rate_fixed`` with its fixing and, of a correction, the ``target``.

    :raises Fault: with the path of the field that is wrong
    """
    return _read(Fields(dict(document)), (*TYPES, *BEYOND))


def _read(fields: Fields, types: Sequence[str]) -> Event:
    kind = fields.choice("type", types)
    on = fields.day("date")
    identity: str | int | None = None
    if kind != "checkpoint" and fields.has("id"):
        identity = fields.label("id")
    event = Event(type=kind, on=on, identity=identity, **_READ[kind](fields))
    fields.done()
    return event


def _with_amount(fields: Fields) -> dict[str, Any]:
    return {"amount": fields.amount("amount")}


def _with_amount_or_all(fields: Fields) -> dict[str, Any]:
    return {"amount": fields.amount("amount") if fields.has("amount") else None}


def _read_charge(fields: Fields) -> dict[str, Any]:
    return {
        "amount": fields.amount("amount"),
        "is_penalty": fields.choice("kind", ("fee", "penalty"), "fee") == "penalty",
        "recorded_on": fields.day_or_none("recorded_on"),
    }


def _read_chargeback(fields: Fields) -> dict[str, Any]:
    target = fields.label("target") if fields.has("target") else None
    return {"amount": fields.amount("amount"), "target": target}


def _read_fixing(fields: Fields) -> dict[str, Any]:
    target = fields.label("target") if fields.has("target") else None
    return {"fixed": read_fixed(fields), "target": target}


def _read_margin(fields: Fields) -> dict[str, Any]:
    return {"spread": read_spread(fields)}


def _read_re_age(fields: Fields) -> dict[str, Any]:
    plan = ReAge(
        fields.day("first_due_date"),
        fields.whole("instalments", least=1, most=MOST_INSTALMENTS),
        read_step(fields.object("period")),
    )
    return {"re_age": plan}


def _read_change(kind: str, fields: Fields) -> dict[str, Any]:
    return {"change": read_change(fields, kind, "date")}


_READ: dict[str, Callable[[Fields], dict[str, Any]]] = {
    **dict.fromkeys(("drawdown", "refund", "recovery", COMMITMENT_FEE, *PAYMENTS), _with_amount),
    **dict.fromkeys(WAIVERS, _with_amount_or_all),
    **dict.fromkeys(("payoff", "write_off", "end_of_day"), lambda _: {}),
    "charge": _read_charge,
    "chargeback": _read_chargeback,
    "reversal": lambda fields: {"target": fields.label("target")},
    "rate_change": partial(_read_change, "rate_change"),
    "extend": partial(_read_change, "extend"),
    "move_due_date": partial(_read_change, "move_due_date"),
    "re_age": _read_re_age,
    "charge_off": lambda fields: {"behaviour": fields.choice("behaviour", BEHAVIOURS, "regular")},
    FIXING: _read_fixing,
    MARGIN: _read_margin,
    "checkpoint": lambda fields: {"name": fields.words("name")},
}


def _checkpoint(one: Checkpoint, decimals: int) -> Answer:
    rows = [_amounts(state) for state in one.instalments]
    since = one.delinquency.since
    return {
        "name": one.name,
        "date": one.on.isoformat(),
        "status": one.status,
        "charged_off": one.is_charged_off,
        "overpaid": text(one.overpaid, decimals),
        "instalments": [
            {
                "number": state.number,
                "due_date": state.row.period.due_on.isoformat(),
                "days": state.row.period.days,
                **{name: text(amount, decimals) for name, amount in row.items()},
                "balance": text(state.row.balance, decimals),
            }
            for state, row in zip(one.instalments, rows, strict=True)
        ],
        "totals": {
            name: text(sum((row[name] for row in rows), Fraction(0)), decimals) for name in SUMMED
        },
        "transactions": [_transaction(done, decimals) for done in one.transactions],
        "delinquency": {
            "days_past_due": one.delinquency.days_past_due,
            "bucket": one.delinquency.bucket,
            "since": None if since is None else since.isoformat(),
        },
    }


def _amounts(state: State) -> dict[str, Fraction]:
    return {
        **{name: state.due[component] for name, component in PARTS.items()},
        "due": state.total(state.due),
        "paid": state.total(state.paid),
        "paid_in_advance": state.paid_in_advance,
        "paid_late": state.paid_late,
        "written_off": state.total(state.written_off),
        "outstanding": state.outstanding,
    }


def _transaction(one: Transaction, decimals: int) -> Answer:
    return {
        "event": one.event,
        "type": one.type,
        "date": one.on.isoformat(),
        "amount": text(one.amount, decimals),
        **{name: text(one.parts[component], decimals) for name, component in PARTS.items()},
        "overpayment": text(one.overpayment, decimals),
        "balance": text(one.balance, decimals),
        "reversed": one.is_reversed,
    }
