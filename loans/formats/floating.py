"""Floating rates as JSON: the agreed one of the terms, and a fixing as its event keeps it."""

from collections.abc import Mapping
from typing import Any

from loans.formats.fields import Fields
from loans.rules import calendars
from loans.rules.calendars import Calendar
from loans.rules.exact import Fraction
from loans.rules.faults import bad_value
from loans.rules.floating import COMPOUNDED, CONVENTIONS, IN_ADVANCE, SIMPLE, Fixed, Floating
from loans.rules.rounding import text

MOST_DAYS = 20
# How fixings become a rate, in words.
HOW = {
    IN_ADVANCE: "in advance, period by period",
    COMPOUNDED: "compounded in arrears",
    SIMPLE: "simple in arrears, day by day",
}


def floating_of(document: Mapping[str, Any]) -> Floating | None:
    """
    Read the floating rate of terms; None if their rate is fixed.

    Terms say ``"floating": {"index": "SOFR", "convention": "compounded", "calendar": "us_sofr",
    "spread": "0.025", "floor": "0", "cap": "0.08", "lookback_days": 5, "observation_shift": false,
    "lockout_days": 0, "fallback_days": 3}``; all but the first three may be left out. Rates are
    fractions a year, days are business days of the calendar.

    :raises Fault: with the path of the field that is wrong
    """
    whole = Fields({"floating": document.get("floating")}, "terms")
    if not whole.has("floating"):
        return None
    said = whole.object("floating")
    found = Floating(
        index=said.words("index"),
        convention=said.choice("convention", CONVENTIONS),
        calendar=Calendar(said.choice("calendar", calendars.CALENDARS)),
        spread=said.decimal_or("spread", Fraction(0)),
        floor=said.decimal("floor") if said.has("floor") else None,
        cap=said.decimal("cap") if said.has("cap") else None,
        lookback_days=said.whole_or("lookback_days", 0, 0, MOST_DAYS),
        observation_shift=said.flag("observation_shift"),
        lockout_days=said.whole_or("lockout_days", 0, 0, MOST_DAYS),
        fallback_days=(
            said.whole("fallback_days", 1, MOST_DAYS) if said.has("fallback_days") else None
        ),
    )
    said.done()
    _check(found)
    return found


def _check(found: Floating) -> None:
    path = "terms.floating"
    if not -1 <= found.spread <= 1:
        raise bad_value(f"{path}.spread", "must be a fraction a year, from -1 to 1")
    if found.floor is not None and found.cap is not None and found.cap < found.floor:
        raise bad_value(f"{path}.cap", "lies below the floor")
    if found.observation_shift and found.convention != COMPOUNDED:
        raise bad_value(f"{path}.observation_shift", "goes with compounded fixings only")
    if found.lockout_days and found.convention == IN_ADVANCE:
        raise bad_value(f"{path}.lockout_days", "goes with daily fixings only")


def read_spread(said: Fields) -> Fraction:
    """
    Read the new spread of a ``margin_change`` event, a fraction a year.

    :raises Fault: if it is not from -1 to 1
    """
    spread = said.decimal("spread")
    if not -1 <= spread <= 1:
        raise bad_value("spread", "must be a fraction a year, from -1 to 1")
    return spread


def read_fixed(said: Fields) -> Fixed:
    """
    Read a fixing of a ``rate_fixed`` event: its value, and which observation it was taken from.

    :raises Fault: with the path of the field that is wrong
    """
    return Fixed(
        value=said.decimal("value"),
        index=said.words("index"),
        fixing_on=said.day("fixing_on"),
        observation=said.whole("observation", 1, 2**62),
        is_fallback=said.flag("fallback"),
    )


def fixed_document(fixed: Fixed, written: str) -> dict[str, Any]:
    """Write a fixing as its event keeps it, with its value as it is written."""
    document = {
        "index": fixed.index,
        "fixing_on": fixed.fixing_on.isoformat(),
        "value": written,
        "observation": fixed.observation,
    }
    return {**document, "fallback": True} if fixed.is_fallback else document


def percent(rate: Fraction, *, sign: bool = False, most: int = 6) -> str:
    """
    Write a rate in per cent, with at most so many decimals; with its sign if it is added.

    >>> percent(Fraction("0.04125")), percent(Fraction("0.02"), sign=True)
    ('4.125 %', '+ 2 %')
    """
    shown = text(abs(rate) * 100, most).rstrip("0").rstrip(".")
    if sign:
        return f"{'-' if rate < 0 else '+'} {shown} %"
    return f"{'-' if rate < 0 and shown != '0' else ''}{shown} %"


def in_words(agreed: Floating) -> str:
    """Write a floating rate in one line: what it follows, how, and what is added."""
    return f"{agreed.index} {HOW[agreed.convention]} {percent(agreed.spread, sign=True)}"


def in_pairs(agreed: Floating) -> tuple[tuple[str, str], ...]:
    """Write what is agreed about a floating rate, by name and value."""
    days = f"business days of {agreed.calendar.name}"
    lookback = f"{agreed.lookback_days} {days}"
    if agreed.observation_shift:
        lookback += ", with observation shift"
    fallback = "none: the loan waits for its fixing"
    if agreed.fallback_days is not None:
        fallback = f"the last one before, at most {agreed.fallback_days} {days} older"
    return (
        ("Rate a year", in_words(agreed)),
        ("Floor of the fixing", "none" if agreed.floor is None else percent(agreed.floor)),
        ("Cap of the fixing", "none" if agreed.cap is None else percent(agreed.cap)),
        ("Lookback", lookback),
        ("Lockout", f"{agreed.lockout_days} {days}" if agreed.lockout_days else "none"),
        ("If a fixing is missing", fallback),
    )
