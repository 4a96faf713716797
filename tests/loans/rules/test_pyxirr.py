"""The rules against pyxirr: payments, their parts, rates of return, present values."""

from datetime import date
from fractions import Fraction

import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from loans.rules import level_payment
from loans.rules.apr import UnitPeriod, apr
from loans.rules.due_dates import Step, stepped
from loans.rules.schedule.plan import schedule
from loans.rules.terms import Terms
from tests.loans.rules.worked import ask

START = date(2024, 1, 15)
# Below one per cent the floats of pyxirr lose the digits that are compared.
rates = st.integers(100, 4000).map(lambda n: Fraction(n, 10_000))
counts = st.integers(1, 120)


def plan(rate, instalments, **more):
    terms = Terms(
        "level_payment",
        "30/360 PERIOD",
        rate,
        instalments=instalments,
        unit=Fraction(1, 10**12),
        decimals=12,
        **more,
    )
    return schedule(terms, [(START, Fraction(1000))])


@settings(max_examples=200, deadline=None)
@given(rate=rates, instalments=counts, balloon=st.integers(0, 900))
def test_a_level_payment_is_pmt(rate, instalments, balloon):
    found = level_payment.by_rate(Fraction(1000), rate, instalments, 12, Fraction(balloon))
    expected = pyxirr.pmt(float(rate) / 12, instalments, -1000, balloon)
    assert abs(float(found) - expected) < 1e-9


@settings(max_examples=100, deadline=None)
@given(rate=rates, instalments=counts)
def test_the_rows_of_a_plan_are_ipmt_and_ppmt(rate, instalments):
    for row in plan(rate, instalments):
        known = (float(rate) / 12, row.number, instalments, -1000)
        assert abs(float(row.interest) - pyxirr.ipmt(*known)) < 1e-8
        assert abs(float(row.principal) - pyxirr.ppmt(*known)) < 1e-8


@settings(max_examples=100, deadline=None)
@given(rate=rates, instalments=counts, balloon=st.integers(0, 900))
def test_a_plan_discounted_at_its_own_rate_is_the_principal(rate, instalments, balloon):
    rows = plan(rate, instalments, balloon=Fraction(balloon))
    worth = pyxirr.npv(float(rate) / 12, [0, *(float(row.due) for row in rows)])
    assert abs(worth - 1000) < 1e-8


@settings(max_examples=100, deadline=None)
@given(
    paid=st.lists(st.integers(0, 50_000), min_size=2, max_size=36),
)
def test_the_rate_of_monthly_payments_is_irr(paid):
    flows = [(stepped(START, Step(), n + 1), Fraction(a, 100)) for n, a in enumerate(paid) if a]
    if sum(amount for _, amount in flows) < 1000:
        return
    found = float(apr([(START, Fraction(1000))], flows, UnitPeriod("month")))
    expected = pyxirr.irr([-1000.0, *(amount / 100 for amount in paid)])
    assert abs(found / 12 - expected) < 1e-8
    # pyxirr compounds by the year: the twelfth power of a month.
    dates, amounts = zip((START, -1000.0), *((d, float(a)) for d, a in flows), strict=True)
    yearly = pyxirr.xirr(dates, amounts, day_count="30E/360")
    assert abs((1 + found / 12) ** 12 - 1 - yearly) < 1e-6


@settings(max_examples=40, deadline=None)
@given(rate=rates, instalments=st.integers(2, 24), data=st.data())
def test_a_payoff_on_a_due_date_is_the_present_value_of_what_is_left(rate, instalments, data):
    paid = data.draw(st.integers(0, instalments - 1))
    rows = plan(rate, instalments)
    unit = "0.000000000001"
    terms = {
        "method": "level_payment",
        "rate": f"{float(rate):.4f}",
        "day_count": "30/360 PERIOD",
        "instalments": instalments,
        "unit": unit,
    }
    events = [{"type": "drawdown", "date": START.isoformat(), "amount": "1000"}]
    for row in rows[:paid]:
        due = f"{float(row.due):.12f}"
        on = row.period.due_on.isoformat()
        events.append({"type": "repayment", "date": on, "amount": due})
    on = rows[paid - 1].period.due_on if paid else START
    events.append({"type": "payoff", "date": on.isoformat()})
    events.append({"type": "checkpoint", "name": "paid off", "date": on.isoformat()})
    found = ask("replay", terms=terms, events=events)["checkpoints"][0]
    left = [0, *(float(row.due) for row in rows[paid:])]
    expected = pyxirr.npv(float(rate) / 12, left)
    assert abs(float(found["transactions"][-1]["amount"]) - expected) < 1e-6
    assert found["status"] == "closed"
