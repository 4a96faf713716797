"""Term sheets as they are kept: the plan that one of them shows, read back from its words."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from loans.rules.exact import Fraction
from loans.rules.offers import IF_DRAWN, Plan

DAY = "%d %b %Y"
DUE, TO_PAY = "Due", "To pay"


def heading(drawn_on: date) -> str:
    """
    Write the heading of a schedule that is drawn on a day.

    >>> heading(date(2025, 10, 14))
    'Schedule, if drawn on 14 Oct 2025'
    """
    return f"{IF_DRAWN}{drawn_on:{DAY}}"


def read_plan(content: Mapping[str, Any]) -> Plan | None:
    """
    Read the plan that a sheet shows: what was sent is what is compared.

    None if it does not show every instalment.
    """
    schedule = next(
        (one for one in content["sections"] if one["heading"].startswith(IF_DRAWN)), None
    )
    if schedule is None:
        return None
    pairs = dict(pair for one in content["sections"] for pair in one["pairs"])
    (grid,) = schedule["grids"]
    due, to_pay = (grid["columns"].index(name) for name in (DUE, TO_PAY))
    flows = tuple((_day(row[due]), _amount(row[to_pay])) for row in grid["rows"])
    if str(len(flows)) != pairs.get("Instalments"):
        return None
    drawn_on = _day(schedule["heading"].removeprefix(IF_DRAWN))
    return Plan(drawn_on, _amount(pairs["Amount"].partition(" ")[0]), flows)


def _day(text: str) -> date:
    return datetime.strptime(text, DAY).date()  # noqa: DTZ007 - a day has no zone


def _amount(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))
