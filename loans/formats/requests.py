"""The stream of calculation requests: one JSON line in, one JSON answer out, whatever it holds."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from loans.formats.fields import Fields, Fractional
from loans.formats.figures import FIGURES, Answer
from loans.formats.replays import life
from loans.formats.schedules import plan
from loans.rules.faults import Fault, bad_value

OPERATIONS: dict[str, Callable[[Fields], Answer]] = {
    **FIGURES,
    "schedule": plan,
    "replay": life,
}


# The field that is named if an operation leaves the calendar or the numbers that can be written.
_FAR = {
    "adjust_date": "date",
    "compounded_rate": "start",
    "day_count": "start",
    "replay": "terms",
    "schedule": "terms",
}


def answer(line: bytes, operations: Mapping[str, Callable[[Fields], Answer]]) -> str | None:
    """Answer one line of the stream; a blank one gets no answer."""
    if not line.strip():
        return None
    identity: str | int | None = None
    try:
        request = Fields(parse(line))
        identity = _identity(request)
        found: dict[str, Any] = {
            "id": identity,
            "ok": True,
            "result": _operate(request, operations),
        }
    except Fault as fault:
        found = {"id": identity, "ok": False, "error": _error(fault)}
    return json.dumps(found)


def parse(line: bytes) -> dict[str, Any]:
    """
    Read one JSON object.

    :raises Fault: ``invalid_json`` if the line is not UTF-8, not JSON, or no object
    """
    try:
        value = json.loads(
            line.decode("utf-8"), parse_float=lambda _: Fractional(), parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        raise Fault("invalid_json", None, "the line is not one JSON object in UTF-8") from None
    if not isinstance(value, dict):
        raise Fault("invalid_json", None, "the line is not a JSON object")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _identity(request: Fields) -> str | int:
    value = request.required("id")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise bad_value("id", "must be a text or a whole number")
    return value


def _operate(
    request: Fields, operations: Mapping[str, Callable[[Fields], Answer]]
) -> dict[str, Any]:
    name = request.required("op")
    if not isinstance(name, str) or name not in operations:
        raise Fault("unknown_op", "op", f"must be one of {', '.join(sorted(operations))}")
    try:
        return operations[name](request)
    except (OverflowError, RecursionError):
        words = "leads beyond the calendar, or to figures without end"
        raise bad_value(_FAR.get(name, "op"), words) from None


def _error(fault: Fault) -> dict[str, Any]:
    error: dict[str, Any] = {"code": fault.code, "field": fault.field, "message": fault.message}
    if fault.bound is not None:
        error["bound"] = fault.bound
    return error
