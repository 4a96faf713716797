"""Terms as JSON: sections 5 and 7 of the calculation contract, read into the engine's terms."""

from datetime import date
from typing import Any

from loans.formats.fields import Fields
from loans.rules import calendars, day_counts, due_dates, rounding
from loans.rules.calendars import Calendar
from loans.rules.delinquency import Bucket
from loans.rules.due_dates import Step
from loans.rules.exact import Fraction
from loans.rules.faults import bad_value
from loans.rules.terms import (
    COMPONENTS,
    METHODS,
    MOST_INSTALMENTS,
    PAYMENTS,
    SURPLUSES,
    TIMINGS,
    Allocation,
    CustomRow,
    Grace,
    Terms,
    Waterfall,
)

BUCKETS = tuple(f"{timing}.{component}" for timing in TIMINGS for component in COMPONENTS)


def read_terms(fields: Fields, *, for_replay: bool = False) -> Terms:
    """
    Read the terms of a loan.

    :raises Fault: with the path of the field that is wrong
    """
    mode = fields.choice("rounding", rounding.MODES, "half_even")
    unit, decimals = read_unit(fields)
    further = _read_replay(fields) if for_replay else {}
    terms = Terms(
        method=fields.choice("method", METHODS),
        day_count=fields.choice("day_count", day_counts.OF_SCHEDULES),
        rate=fields.decimal_or("rate", Fraction(0)),
        is_flat=fields.choice("interest", ("declining", "flat"), "declining") == "flat",
        flat_is_even=_is_even(fields),
        accrual_day=fields.choice("accrual_day", ("start", "end"), "start"),
        start=fields.day_or_none("start"),
        instalments=_count(fields, "instalments"),
        period=read_step(fields.object("period")),
        first_due_date=fields.day_or_none("first_due_date"),
        due_dates=_due_dates(fields),
        month_end=fields.choice("month_end", due_dates.MONTH_ENDS, "clip"),
        calendar=read_calendar(fields, default="none"),
        business_day_convention=fields.choice(
            "business_day_convention", calendars.CONVENTIONS, "none"
        ),
        accrual_is_adjusted=fields.choice("accrual_dates", ("unadjusted", "adjusted"), "unadjusted")
        == "adjusted",
        payment=_amount(fields, "payment"),
        principal_payment=_amount(fields, "principal_payment"),
        balloon=fields.amount_or("balloon", Fraction(0)),
        rows=tuple(_read_row(row) for row in fields.objects("rows")),
        grace=_read_grace(fields.object("grace")),
        unit=unit,
        decimals=decimals,
        rounding=mode,
        interest_rounding=fields.choice("interest_rounding", rounding.MODES, mode),
        payment_rounding=fields.choice("payment_rounding", rounding.MODES, mode),
        payment_multiple=_amount(fields, "payment_multiple"),
        is_smoothed=fields.flag("smoothing"),
        capitalises_unpaid=fields.choice("unpaid_interest", ("defer", "capitalise"), "defer")
        == "capitalise",
        **further,
    )
    fields.done()
    return terms


def read_unit(fields: Fields) -> tuple[Fraction, int]:
    """Read the unit that amounts are rounded to, and the number of its decimals."""
    unit = fields.amount_or("unit", Fraction(1, 100), zero=False)
    written = fields.get("unit") or "0.01"
    return unit, len(written.partition(".")[2])


def read_calendar(fields: Fields, default: str | None = None) -> Calendar:
    """Read the name of a calendar and the days closed besides."""
    name = fields.choice("calendar", calendars.CALENDARS, default)
    return Calendar(name, frozenset(fields.days("holidays")))


def read_step(fields: Fields) -> Step:
    """Read the distance between due dates."""
    step = Step(
        fields.whole_or("every", 1, least=1, most=100_000),
        fields.choice("unit", due_dates.UNITS, "month"),
    )
    fields.done()
    return step


def read_buckets(fields: Fields) -> tuple[int, tuple[Bucket, ...]]:
    """Read days of grace and the buckets of delinquency."""
    found = []
    for one in fields.objects("buckets"):
        to_day = one.whole("to_day", least=-(10**9)) if one.has("to_day") else None
        bucket = Bucket(one.words("name"), one.whole("from_day", least=-(10**9)), to_day)
        if to_day is not None and to_day < bucket.from_day:
            raise bad_value(one.path("to_day"), "lies before from_day")
        one.done()
        found.append(bucket)
    return fields.whole_or("grace_days", 0), tuple(found)


def _count(fields: Fields, name: str) -> int | None:
    return fields.whole(name, least=1, most=MOST_INSTALMENTS) if fields.has(name) else None


def _amount(fields: Fields, name: str) -> Fraction | None:
    return fields.amount(name) if fields.has(name) else None


def _is_even(fields: Fields) -> bool:
    way = fields.choice("flat_interest", ("by_period", "even"), "by_period")
    return way == "even" and fields.get("interest") == "flat"


def _due_dates(fields: Fields) -> tuple[date, ...]:
    found = fields.days("due_dates")
    if fields.has("due_dates") and not found:
        raise bad_value(fields.path("due_dates"), "must hold at least one date")
    return found


def _read_row(fields: Fields) -> CustomRow:
    principal = fields.amount("principal", zero=True) if fields.has("principal") else None
    payment = fields.amount("payment", zero=True) if fields.has("payment") else None
    row = CustomRow(fields.day("due_date"), principal, payment)
    fields.done()
    return row


def _read_grace(fields: Fields) -> Grace:
    treatment = fields.choice("interest_treatment", ("defer", "capitalise"), "defer")
    grace = Grace(
        principal=fields.whole_or("principal", 0),
        interest=fields.whole_or("interest", 0),
        capitalises=treatment == "capitalise",
        interest_free=fields.whole_or("interest_free", 0),
    )
    fields.done()
    return grace


def _read_replay(fields: Fields) -> dict[str, Any]:
    delinquency = fields.object("delinquency")
    grace_days, buckets = read_buckets(delinquency)
    delinquency.done()
    own_date = fields.choice("charges_due", ("with_instalment", "own_date"), "with_instalment")
    return {
        "interest_on_balance": fields.choice("interest_on", ("balance", "schedule"), "balance")
        == "balance",
        "waterfall": _read_waterfall(fields.object("waterfall")),
        "charges_due_on_own_date": own_date == "own_date",
        "grace_days": grace_days,
        "buckets": buckets,
    }


def _read_waterfall(fields: Fields) -> Waterfall:
    default = _read_allocation(fields.object("default"))
    waterfall = Waterfall(
        is_vertical=fields.choice("direction", ("horizontal", "vertical"), "horizontal")
        == "vertical",
        default=default,
        by_event={
            event: _read_allocation(fields.object(event)) for event in PAYMENTS if fields.has(event)
        },
        chargeback=(fields.choices("chargeback", COMPONENTS) if fields.has("chargeback") else ()),
    )
    fields.done()
    return waterfall


def _read_allocation(fields: Fields) -> Allocation:
    surplus = fields.choice("surplus", SURPLUSES, "next_instalment")
    allocation = Allocation(surplus=surplus)
    if fields.has("order"):
        order = fields.choices("order", BUCKETS)
        if len(order) != len(BUCKETS):
            raise bad_value(fields.path("order"), "must name all twelve buckets once")
        allocation = Allocation(
            tuple((timing, component) for timing, _, component in map(_parts, order)), surplus
        )
    fields.done()
    return allocation


def _parts(bucket: str) -> tuple[str, str, str]:
    return bucket.partition(".")
