"""Requests in the contract's own words, answered by the engine, for worked examples."""

import json

from loans.formats.requests import OPERATIONS, answer

# Section 6.3: 1,000.00 on 2024-01-01 at 12 %, three monthly instalments.
TERMS = {
    "method": "level_payment",
    "rate": "0.12",
    "day_count": "30/360 PERIOD",
    "instalments": 3,
}
DRAWN = {"date": "2024-01-01", "amount": "1000.00"}


def ask(op: str, **fields) -> dict:
    """Give the result of a request; a refusal fails the test."""
    found = refusal_or_result(op, **fields)
    assert "code" not in found, found
    return found


def refusal_or_result(op: str, **fields) -> dict:
    """Give the result of a request, or the error it was refused with."""
    line = json.dumps({"id": 1, "op": op, **fields}).encode()
    said = json.loads(answer(line, OPERATIONS) or "")
    return said["result"] if said["ok"] else said["error"]


def plan(terms: dict | None = None, drawdowns: list | None = None, **more) -> list[str]:
    """Give the rows of a plan as "principal + interest" texts."""
    found = ask(
        "schedule", terms={**TERMS, **(terms or {})}, drawdowns=drawdowns or [DRAWN], **more
    )
    return shown(found["instalments"])


def shown(rows: list[dict]) -> list[str]:
    """Write rows as "principal + interest"."""
    return [f"{row['principal']} + {row['interest']}" for row in rows]


def state(events: list[dict], on: str, terms: dict | None = None) -> dict:
    """Give the state of a loan on a day after 1,000.00 were drawn and some events happened."""
    life = [
        {"type": "drawdown", "id": "d", **DRAWN},
        *events,
        {"type": "checkpoint", "name": "then", "date": on},
    ]
    return ask("replay", terms={**TERMS, **(terms or {})}, events=life)["checkpoints"][0]


def repaid(amount: str, on: str, identity: str | None = None) -> dict:
    """Make a repayment."""
    return {"type": "repayment", "date": on, "amount": amount, "id": identity}
