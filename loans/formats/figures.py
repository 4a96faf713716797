"""Single figures as JSON: day counts, calendars, payments, rates, collateral, delinquency."""

from collections.abc import Callable
from datetime import date
from typing import Any

from loans.formats.fields import Fields
from loans.formats.terms import read_buckets, read_calendar, read_unit
from loans.rules import apr, calendars, day_counts, level_payment, rounding
from loans.rules.accrual import OpenTerm, accrue
from loans.rules.collateral import Pledge, cover
from loans.rules.compounding import Conventions, compounded_rate
from loans.rules.day_counts import Setting
from loans.rules.delinquency import delinquency
from loans.rules.due_dates import Step, stepped
from loans.rules.exact import Fraction
from loans.rules.faults import bad_value
from loans.rules.floating import BASES
from loans.rules.rounding import text

Answer = dict[str, Any]
ZERO = Fraction(0)
MOST_PERIODS = 12_000


def day_count(fields: Fields) -> Answer:
    """Answer ``day_count``: days of the convention and the part of a year, to 15 decimals."""
    name = fields.choice("day_count", day_counts.OF_DATES)
    start, end = fields.day("start"), fields.day("end")
    setting = Setting(
        accrual_day=fields.choice("accrual_day", ("start", "end"), "start"),
        termination=fields.day_or_none("termination_date"),
        period=(start, end),
        reference=_reference(fields) if name == "ACT/ACT ICMA" else None,
    )
    if name != "ACT/ACT ICMA":
        fields.day_or_none("reference_start")
        fields.day_or_none("reference_end")
    fields.done()
    if end < start:
        raise bad_value("end", "lies before the start")
    return {
        "days": day_counts.days(name, start, end, setting),
        "year_fraction": text(day_counts.fraction(name, start, end, setting), 15),
    }


def _reference(fields: Fields) -> tuple[date, date]:
    start, end = fields.day("reference_start"), fields.day("reference_end")
    months = (end.year - start.year) * 12 + end.month - start.month
    step = Step(max(months, 1), "month")
    if months < 1 or (stepped(start, step, 1) != end and stepped(end, step, -1) != start):
        raise bad_value("reference_end", "is not whole months after reference_start")
    return start, end


def adjust_date(fields: Fields) -> Answer:
    """Answer ``adjust_date``: the business day that a date moves to."""
    day, calendar = fields.day("date"), read_calendar(fields)
    convention = fields.choice("business_day_convention", calendars.CONVENTIONS)
    fields.done()
    return {"date": calendar.adjusted(day, convention).isoformat()}


def holidays(fields: Fields) -> Answer:
    """Answer ``holidays``: the weekdays of a year on which a calendar is closed."""
    name = fields.choice("calendar", calendars.CALENDARS)
    year = fields.whole("year", least=1, most=9999)
    fields.done()
    return {"holidays": [day.isoformat() for day in calendars.holidays_of(name, year)]}


def level(fields: Fields) -> Answer:
    """Answer ``level_payment``: the payment of an annuity to 12 decimals."""
    principal, rate = fields.amount("principal"), fields.decimal("rate")
    instalments = fields.whole("instalments", least=1, most=MOST_PERIODS)
    periods = fields.whole_or("periods_per_year", 12, least=1, most=366)
    balloon = fields.amount_or("balloon", ZERO)
    fields.done()
    try:
        payment = level_payment.by_rate(principal, rate, instalments, periods, balloon)
    except ZeroDivisionError:
        raise bad_value("rate", "leaves no payment that repays the principal") from None
    return {"payment": text(payment, 12)}


def annual_rate(fields: Fields) -> Answer:
    """Answer ``apr``: the annual percentage rate of Regulation Z, to 8 decimals."""
    flows = [
        [_flow(one) for one in fields.objects(name, least=1)] for name in ("advances", "payments")
    ]
    fields.required("unit_period")
    unit_period = fields.object("unit_period")
    unit = unit_period.choice("unit", apr.UNITS)
    every = unit_period.whole_or("every", 1, least=1, most=1200)
    unit_period.done()
    fields.done()
    return {"apr": text(apr.apr(flows[0], flows[1], apr.UnitPeriod(unit, every)), 8)}


def _flow(fields: Fields) -> tuple[date, Fraction]:
    flow = fields.day("date"), fields.amount("amount")
    fields.done()
    return flow


def compounded(fields: Fields) -> Answer:
    """Answer ``compounded_rate``: an overnight index in arrears, to 15 decimals."""
    start, end = fields.day("start"), fields.day("end")
    conventions = Conventions(
        calendar=read_calendar(fields),
        day_count=fields.choice("day_count", tuple(BASES), "ACT/360"),
        lookback_days=fields.whole_or("lookback_days", 0, most=400),
        observation_shift=fields.flag("observation_shift"),
        lockout_days=fields.whole_or("lockout_days", 0, most=400),
        spread=fields.decimal_or("spread", ZERO),
        spread_compounded=fields.flag("spread_compounded"),
    )
    fields.required("fixings")
    fixings = _fixings(fields.object("fixings"))
    notional = fields.amount("notional") if fields.has("notional") else None
    fields.done()
    if end <= start:
        raise bad_value("end", "must lie after the start")
    rate = compounded_rate(start, end, fixings, conventions)
    answer = {"rate": text(rate, 15)}
    if notional is not None:
        part = Fraction((end - start).days, BASES[conventions.day_count])
        answer["interest"] = text(notional * rate * part, 8)
    return answer


def _fixings(fields: Fields) -> dict[date, Fraction]:
    found = {}
    for name in fields.names():
        value = fields.decimal(name)
        try:
            found[date.fromisoformat(name)] = value
        except ValueError:
            raise bad_value(fields.path(name), "must be a date, YYYY-MM-DD") from None
    return found


def accrued(fields: Fields) -> Answer:
    """Answer ``accrue``: interest, late interest and service fees of an open-term loan."""
    unit, decimals = read_unit(fields)
    mode = fields.choice("rounding", rounding.MODES, "half_even")
    rates = fields.object("service_fee_rates")
    loan = OpenTerm(
        principal=fields.amount("principal"),
        rate=fields.decimal("rate"),
        due_after_seconds=fields.whole("due_after_seconds", most=10**12),
        late_fee_rate=fields.decimal_or("late_fee_rate", ZERO),
        late_interest_premium_rate=fields.decimal_or("late_interest_premium_rate", ZERO),
        service_fee_rates={name: rates.decimal(name) for name in rates.names()},
    )
    elapsed = fields.whole("elapsed_seconds", most=10**12)
    fields.done()
    found = accrue(loan, elapsed, unit, mode)
    return {
        "interest": text(found.interest, decimals),
        "late_interest": text(found.late_interest, decimals),
        "service_fees": {name: text(fee, decimals) for name, fee in found.service_fees.items()},
    }


def collateral(fields: Fields) -> Answer:
    """Answer ``collateral``: market and lendable value, shortfall, loan to value."""
    unit, decimals = read_unit(fields)
    loan_amount = fields.amount("loan_amount")
    fields.required("pledges")
    pledges = [_pledge(one) for one in fields.objects("pledges")]
    fields.done()
    found = cover(loan_amount, pledges, unit)
    return {
        "market_value": text(found.market_value, decimals),
        "lendable_value": text(found.lendable_value, decimals),
        "shortfall": text(found.shortfall, decimals),
        "ltv": None if found.ltv is None else text(found.ltv, 8),
    }


def _pledge(fields: Fields) -> Pledge:
    haircut = fields.amount_or("haircut", ZERO)
    if haircut > 1:
        raise bad_value(fields.path("haircut"), "must not be above 1")
    pledge = Pledge(
        fields.amount("quantity", zero=True), fields.amount("price", zero=True), haircut
    )
    fields.done()
    return pledge


def past_due(fields: Fields) -> Answer:
    """Answer ``delinquency``: days past due, bucket, and since when."""
    fields.required("instalments")
    rows = []
    for one in fields.objects("instalments"):
        rows.append((one.day("due_date"), one.amount("outstanding", zero=True)))
        one.done()
    as_of = fields.day("as_of")
    fields.required("buckets")
    grace_days, buckets = read_buckets(fields)
    fields.done()
    found = delinquency(rows, as_of, grace_days, buckets)
    return {
        "days_past_due": found.days_past_due,
        "bucket": found.bucket,
        "since": None if found.since is None else found.since.isoformat(),
    }


FIGURES: dict[str, Callable[[Fields], Answer]] = {
    "day_count": day_count,
    "adjust_date": adjust_date,
    "holidays": holidays,
    "level_payment": level,
    "apr": annual_rate,
    "compounded_rate": compounded,
    "accrue": accrued,
    "collateral": collateral,
    "delinquency": past_due,
}
