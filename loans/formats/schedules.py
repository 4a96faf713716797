"""Schedules as JSON: the request of a plan, and the plan."""

from loans.formats.fields import Fields
from loans.formats.figures import Answer
from loans.formats.terms import read_terms
from loans.rules.exact import Fraction
from loans.rules.rounding import text
from loans.rules.schedule.changes import Change, Extension, MovedDueDate, RateChange
from loans.rules.schedule.plan import Fee, Instalment, schedule
from loans.rules.terms import MOST_INSTALMENTS

AMOUNTS = ("principal", "interest", "fees", "penalties", "due")


def plan(fields: Fields) -> Answer:
    """Answer ``schedule``: instalments and their totals."""
    fields.required("terms")
    terms = read_terms(fields.object("terms"))
    drawdowns = []
    for one in fields.objects("drawdowns", least=1):
        drawdowns.append((one.day("date"), one.amount("amount")))
        one.done()
    fees = [_fee(one) for one in fields.objects("fees")]
    changes = [_change(one) for one in fields.objects("changes")]
    fields.done()
    found = schedule(terms, drawdowns, fees, changes)
    return {
        "instalments": [_instalment(one, terms.decimals) for one in found],
        "totals": {
            name: text(sum((getattr(one, name) for one in found), Fraction(0)), terms.decimals)
            for name in AMOUNTS
        },
    }


def _fee(fields: Fields) -> Fee:
    kind = fields.choice("kind", ("fee", "penalty"), "fee")
    fee = Fee(fields.day("date"), fields.amount("amount"), kind == "penalty")
    fields.done()
    return fee


def _change(fields: Fields) -> Change:
    kind = fields.choice("type", ("rate", "extend", "move_due_date"))
    change = read_change(fields, kind, "from")
    fields.done()
    return change


def read_change(fields: Fields, kind: str, day: str) -> Change:
    """Read an agreed change; ``day`` is the field that says from when."""
    on = fields.day(day)
    if kind in ("rate", "rate_change"):
        return RateChange(on, fields.decimal("rate"))
    if kind == "extend":
        return Extension(on, fields.whole("instalments", least=1, most=MOST_INSTALMENTS))
    return MovedDueDate(on, fields.day("to"))


def _instalment(one: Instalment, decimals: int) -> Answer:
    return {
        "number": one.number,
        "accrual_start": one.period.start.isoformat(),
        "accrual_end": one.period.end.isoformat(),
        "due_date": one.period.due_on.isoformat(),
        "days": one.period.days,
        **{name: text(getattr(one, name), decimals) for name in (*AMOUNTS, "balance")},
    }
