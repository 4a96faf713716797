"""Bad terms: each field with each bad value answers an error that names both, and at once."""

import json

import pytest

from loans.formats.requests import OPERATIONS, answer
from tests.loans.rules.worked import DRAWN, TERMS

HUGE = "9" * 30
NUMBERS = [1000, 0, True, [], {}, ["1.00"], {"amount": "1.00"}]
TEXTS = ["", " ", "x", "NaN", "nan", "Infinity", "-Infinity", "1e400", "1E2", "0x10", "1_000"]
TEXTS += ["1,000.00", "1.000,00", "+1", " 1", "1 ", "1\n", ".5", "5.", "--1", "1.2.3", "½", "１０"]
TEXTS += ["9" * 31, "0." + "0" * 31, "1/2", "١٠"]
# What json.dumps would not write: numbers that a reader may turn into infinity, or a long sum.
RAW = ["1e400", "-1e400", "1.5", "1e2", "1E-400", "0.0"]
BAD = {
    "rate": [*NUMBERS, *TEXTS],
    "amount": [*NUMBERS, *TEXTS, "0", "-0", "0.00", "-1", "-0.01", f"-{HUGE}"],
    "amount or zero": [*NUMBERS, *TEXTS, "-1", "-0.01", f"-{HUGE}"],
    "count": ["3", "", -1, 10**30, -(10**30), True, False, [], {}, [3]],
    "day": [20240101, "", "x", "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "2024-1-1"]
    + ["20240101", "2024-W01-1", "2024-01-01T00:00:00", "0000-01-01", "10000-01-01", "-001-01-01"]
    + ["2024-01-01 ", "２０２４-01-01", True, [], {}, ["2024-01-01"]],
    "word": ["", "x", "LEVEL_PAYMENT", "none ", 0, 1, True, [], {}, ["none"]],
    "flag": ["true", "", 0, 1, "yes", [], {}],
    "list": ["x", 1, True, {}, {"0": "x"}, ""],
    "object": ["x", 1, True, [], [{}], ""],
}
# Each field of sections 5 to 7, by its path, and what it holds.
OF_TERMS = {
    "method": "word",
    "rate": "rate",
    "interest": "word",
    "flat_interest": "word",
    "day_count": "word",
    "accrual_day": "word",
    "start": "day",
    "instalments": "count",
    "period": "object",
    "period.every": "count",
    "period.unit": "word",
    "first_due_date": "day",
    "due_dates": "list",
    "due_dates[0]": "day",
    "month_end": "word",
    "calendar": "word",
    "holidays": "list",
    "holidays[0]": "day",
    "business_day_convention": "word",
    "accrual_dates": "word",
    "payment": "amount",
    "principal_payment": "amount",
    "balloon": "amount or zero",
    "rows": "list",
    "rows[0]": "object",
    "rows[0].due_date": "day",
    "rows[0].principal": "amount or zero",
    "rows[0].payment": "amount or zero",
    "grace": "object",
    "grace.principal": "count",
    "grace.interest": "count",
    "grace.interest_treatment": "word",
    "grace.interest_free": "count",
    "unit": "amount",
    "rounding": "word",
    "interest_rounding": "word",
    "payment_rounding": "word",
    "payment_multiple": "amount",
    "smoothing": "flag",
    "unpaid_interest": "word",
}
OF_REPLAYS = {
    "interest_on": "word",
    "waterfall": "object",
    "waterfall.direction": "word",
    "waterfall.default": "object",
    "waterfall.default.order": "list",
    "waterfall.default.surplus": "word",
    "waterfall.repayment.surplus": "word",
    "waterfall.chargeback": "list",
    "waterfall.chargeback[0]": "word",
    "charges_due": "word",
    "delinquency": "object",
    "delinquency.grace_days": "count",
    "delinquency.buckets": "list",
    "delinquency.buckets[0]": "object",
    "delinquency.buckets[0].from_day": "count",
}
OF_REQUESTS = {
    "terms": "object",
    "drawdowns": "list",
    "drawdowns[0]": "object",
    "drawdowns[0].date": "day",
    "drawdowns[0].amount": "amount",
    "fees": "list",
    "fees[0]": "object",
    "fees[0].date": "day",
    "fees[0].amount": "amount",
    "fees[0].kind": "word",
    "changes": "list",
    "changes[0]": "object",
    "changes[0].type": "word",
    "changes[0].from": "day",
    "changes[0].rate": "rate",
}
OF_EVENTS = {
    "events": "list",
    "events[1]": "object",
    "events[1].type": "word",
    "events[1].date": "day",
    "events[1].amount": "amount",
}
RATE = {"type": "rate", "from": "2024-02-01", "rate": "0.1"}
PLAN = {
    "op": "schedule",
    "terms": TERMS,
    "drawdowns": [DRAWN],
    "fees": [{"date": "2024-02-01", "amount": "1.00", "kind": "fee"}],
    "changes": [RATE],
}
LIFE = {
    "op": "replay",
    "terms": {**TERMS, "delinquency": {"buckets": [{"name": "late", "from_day": 1}]}},
    "events": [
        {"type": "drawdown", **DRAWN},
        {"type": "repayment", "date": "2024-02-01", "amount": "1.00"},
    ],
}
SIGNED = {"delinquency.buckets[0].from_day"}


def said(line: bytes) -> tuple:
    """Give code and field of an error; anything else fails the test."""
    found = json.loads(answer(line, OPERATIONS) or "")
    assert not found["ok"], found
    return found["error"]["code"], found["error"]["field"]


def placed(request: dict, path: str, value: object) -> dict:
    """Copy a request with one value put in its place; what leads there is made if need be."""
    whole = json.loads(json.dumps(request))
    inner = whole
    steps = path.replace("[", ".#").replace("]", "").split(".")
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        key = int(step[1:]) if step.startswith("#") else step
        made = [] if (following or "").startswith("#") else {}
        new = value if following is None else made
        if isinstance(inner, list) and key == len(inner):
            inner.append(new)
        elif following is None or (isinstance(inner, dict) and key not in inner):
            inner[key] = new
        inner = inner[key]
    return whole


def cases(request: dict, fields: dict[str, str], prefix: str = "") -> list:
    return [
        pytest.param(request, prefix + path, holds, id=f"{request['op']} {prefix}{path}")
        for path, holds in fields.items()
    ]


@pytest.mark.parametrize(
    ("request_", "path", "holds"),
    [
        *cases(PLAN, OF_TERMS, "terms."),
        *cases(LIFE, OF_TERMS, "terms."),
        *cases(LIFE, OF_REPLAYS, "terms."),
        *cases(PLAN, OF_REQUESTS),
        *cases(LIFE, OF_EVENTS),
    ],
)
def test_each_bad_value_is_named_by_its_field(request_, path, holds):
    for bad in BAD[holds]:
        if path.removeprefix("terms.") in SIGNED and bad == -1:
            continue
        line = json.dumps({"id": 1, **placed(request_, path, bad)}).encode()
        assert said(line) == ("invalid_value", path), bad
    marked = json.dumps({"id": 1, **placed(request_, path, "HERE")})
    for raw in RAW:
        assert said(marked.replace('"HERE"', raw).encode()) == ("invalid_value", path), raw
    for constant in ("NaN", "Infinity", "-Infinity"):
        assert said(marked.replace('"HERE"', constant).encode()) == ("invalid_json", None)


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        (PLAN, "terms"),
        (PLAN, "terms.method"),
        (PLAN, "terms.day_count"),
        (PLAN, "drawdowns"),
        (PLAN, "drawdowns[0].date"),
        (PLAN, "drawdowns[0].amount"),
        (PLAN, "fees[0].date"),
        (PLAN, "fees[0].amount"),
        (PLAN, "changes[0].type"),
        (PLAN, "changes[0].from"),
        (PLAN, "changes[0].rate"),
        (LIFE, "events"),
        (LIFE, "events[1].type"),
        (LIFE, "events[1].date"),
        (LIFE, "events[1].amount"),
        (LIFE, "terms.method"),
    ],
)
def test_null_is_the_same_as_leaving_a_required_field_out(request_, path):
    assert said(json.dumps({"id": 1, **placed(request_, path, None)}).encode()) == (
        "missing_field",
        path,
    )


@pytest.mark.parametrize(
    "path",
    ["x", "terms.x", "terms.period.x", "terms.grace.x", "drawdowns[0].x", "fees[0].x"]
    + ["changes[0].x", "terms.interest_on", "terms.rows[0].x"],
)
def test_a_field_that_nobody_knows_is_named(path):
    line = json.dumps({"id": 1, **placed(PLAN, path, "1")}).encode()
    known = "terms.rows[0].due_date" if path == "terms.rows[0].x" else path
    assert said(line) in {("unknown_field", path), ("missing_field", known)}


MONTHS = [f"2024-{month:02d}-01" for month in range(2, 5)]
LATER = {"date": "2024-02-10", "amount": "1.00"}
ROWS = [{"due_date": day, "principal": "1.00"} for day in MONTHS]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"interest": "flat", "method": "equal_principal"}, "terms.interest"),
        ({"instalments": None}, "terms.instalments"),
        ({"instalments": None, "method": "equal_principal"}, "terms.instalments"),
        ({"instalments": None, "method": "bullet"}, "terms.instalments"),
        ({"due_dates": MONTHS[:2]}, "terms.instalments"),
        ({"due_dates": MONTHS[::-1]}, "terms.due_dates"),
        ({"due_dates": [MONTHS[0], MONTHS[0], MONTHS[1]]}, "terms.due_dates"),
        ({"due_dates": ["2023-12-31", *MONTHS[:2]]}, "terms.due_dates"),
        ({"method": "fixed_payment"}, "terms.payment"),
        ({"payment": "5.00"}, "terms.payment"),
        ({"principal_payment": "5.00"}, "terms.principal_payment"),
        ({"method": "bullet", "balloon": "5.00"}, "terms.balloon"),
        ({"method": "custom"}, "terms.rows"),
        ({"rows": ROWS}, "terms.rows"),
        ({"method": "custom", "rows": [*ROWS[:2], ROWS[2] | {"payment": "1"}]}, "terms.rows[2]"),
        ({"method": "custom", "rows": [{"due_date": MONTHS[0]}, *ROWS[1:]]}, "terms.rows[0]"),
        ({"method": "custom", "rows": ROWS, "instalments": 4}, "terms.instalments"),
        ({"grace": {"principal": 3}}, "terms.grace.principal"),
        ({"grace": {"principal": 10**9}}, "terms.grace.principal"),
    ],
)
def test_terms_that_make_no_sense_together_are_named(change, field):
    line = json.dumps({"id": 1, **PLAN, "terms": {**TERMS, **change}}).encode()
    assert said(line) == ("invalid_terms", field)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"interest": "flat"}, "terms.interest_on"),
        ({"grace": {"interest": 1}}, "terms.grace.interest"),
        ({"unpaid_interest": "capitalise"}, "terms.unpaid_interest"),
        ({"instalments": None, "method": "fixed_payment", "payment": "9"}, "terms.instalments"),
    ],
)
def test_terms_that_a_daily_balance_cannot_have_are_named(change, field):
    line = json.dumps({"id": 1, **LIFE, "terms": {**TERMS, **change}}).encode()
    assert said(line) == ("invalid_terms", field)


DAILY = {"period": {"unit": "day"}}
FOR_EVER = {"instalments": None, "method": "fixed_payment", "payment": "0.01"}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"instalments": 10**9}, "invalid_value", "terms.instalments"),
        ({"instalments": 12_001}, "invalid_value", "terms.instalments"),
        ({"instalments": 12_000, "period": {"unit": "year"}}, "invalid_terms", "terms.instalments"),
        ({"period": {"every": 10**9}}, "invalid_value", "terms.period.every"),
        ({"period": {"every": 9_000, "unit": "year"}}, "invalid_terms", "terms.instalments"),
        ({"start": "9999-12-31"}, "invalid_terms", "terms.instalments"),
        (FOR_EVER, "invalid_terms", "terms.payment"),
        (FOR_EVER | DAILY | {"rate": "0"}, "invalid_terms", "terms.payment"),
        (FOR_EVER | DAILY | {"unpaid_interest": "capitalise"}, "invalid_terms", "terms.payment"),
        (
            {"instalments": None, "method": "equal_principal", "principal_payment": "0.01"},
            "invalid_terms",
            "terms.principal_payment",
        ),
        (
            FOR_EVER
            | DAILY
            | {"instalments": 9_000, "rate": HUGE, "unpaid_interest": "capitalise"},
            "invalid_value",
            "terms",
        ),
    ],
)
def test_an_absurd_scale_is_refused(change, code, field):
    line = json.dumps({"id": 1, **PLAN, "changes": [], "terms": {**TERMS, **change}}).encode()
    assert said(line) == (code, field)


@pytest.mark.parametrize(
    ("request_", "code", "field"),
    [
        (
            {"op": "adjust_date", "date": "9999-12-31", "calendar": "weekends"}
            | {"business_day_convention": "following", "holidays": ["9999-12-31"]},
            "invalid_value",
            "date",
        ),
        (
            {"op": "compounded_rate", "start": "0001-01-01", "end": "9999-12-31"}
            | {"calendar": "us_sofr", "fixings": {}},
            "missing_fixing",
            "fixings",
        ),
        (
            {"op": "compounded_rate", "start": "0001-01-02", "end": "0001-01-09"}
            | {"calendar": "none", "fixings": {"0001-01-01": "0"}}
            | {"lookback_days": 9, "lockout_days": 6},
            "invalid_value",
            "start",
        ),
        (
            {"op": "level_payment", "principal": HUGE, "rate": HUGE, "instalments": 10**9},
            "invalid_value",
            "instalments",
        ),
        (
            {"op": "level_payment", "principal": "1", "rate": "-24", "instalments": 12},
            "invalid_value",
            "rate",
        ),
        (
            {"op": "day_count", "day_count": "ACT/ACT ICMA", "start": "0001-01-01"}
            | {"end": "9999-12-31", "reference_start": "2024-01-01"}
            | {"reference_end": "2024-02-01"},
            "invalid_value",
            "start",
        ),
    ],
)
def test_figures_beyond_the_calendar_are_refused(request_, code, field):
    assert said(json.dumps({"id": 1, **request_}).encode()) == (code, field)


@pytest.mark.parametrize(
    ("change", "amount"),
    [
        ({}, HUGE),
        ({}, f"{HUGE}.{HUGE}"),
        ({"rate": f"0.{HUGE}", "smoothing": True}, f"{HUGE}.{HUGE}"),
        ({"unit": "0." + "0" * 29 + "1"}, "0." + "0" * 29 + "1"),
        ({"unit": HUGE}, "1.00"),
        ({"payment_multiple": HUGE}, "1.00"),
        ({"rate": f"-{HUGE}"}, "1.00"),
    ],
)
def test_thirty_digits_on_both_sides_of_the_point_are_answered(change, amount):
    drawn = {"date": "2024-01-01", "amount": amount}
    request = {"id": 1, "op": "schedule", "terms": {**TERMS, **change}, "drawdowns": [drawn]}
    found = json.loads(answer(json.dumps(request).encode(), OPERATIONS) or "")
    assert found["ok"], found
    assert len(found["result"]["instalments"]) == 3


def test_a_count_of_whole_years_reaches_the_first_year_of_the_calendar():
    request = {"op": "day_count", "day_count": "ACT/ACT AFB", "start": "0001-01-01"}
    line = json.dumps({"id": 1, **request, "end": "9999-01-01"}).encode()
    found = json.loads(answer(line, OPERATIONS) or "")
    assert found["result"]["year_fraction"] == "9998.000000000000000"


def test_a_long_level_payment_is_worked_out_with_the_digits_that_count():
    request = {"op": "level_payment", "principal": "1.00", "rate": f"{HUGE}.{HUGE}"}
    request |= {"instalments": 12_000, "periods_per_year": 1}
    found = json.loads(answer(json.dumps({"id": 1, **request}).encode(), OPERATIONS) or "")
    # Growth is so large that the payment is the interest: the rate, which rounds to the next one.
    assert found["result"]["payment"] == f"{10**30}.000000000000"
