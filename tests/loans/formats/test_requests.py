"""The stream of calculation requests: every fault costs one answer and never the stream."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loans.formats.requests import OPERATIONS, answer
from tests.loans.rules.worked import DRAWN, TERMS, refusal_or_result

ROOT = Path(__file__).resolve().parents[3]


def error(line: bytes) -> tuple:
    said = json.loads(answer(line, OPERATIONS))
    return said["id"], said["error"]["code"], said["error"]["field"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"{", (None, "invalid_json", None)),
        (b"[1]", (None, "invalid_json", None)),
        (b"\xff", (None, "invalid_json", None)),
        (b'{"id": 1, "x": NaN}', (None, "invalid_json", None)),
        (b"[" * 100_000, (None, "invalid_json", None)),
        (b'{"op": "schedule"}', (None, "missing_field", "id")),
        (b'{"id": 1.5, "op": "schedule"}', (None, "invalid_value", "id")),
        (b'{"id": true, "op": "schedule"}', (None, "invalid_value", "id")),
        (b'{"id": "a"}', ("a", "missing_field", "op")),
        (b'{"id": 7, "op": "guess"}', (7, "unknown_op", "op")),
        (b'{"id": 7, "op": ["schedule"]}', (7, "unknown_op", "op")),
    ],
)
def test_a_faulty_line_is_named(line, expected):
    assert error(line) == expected


def test_a_blank_line_gets_no_answer():
    assert answer(b"  \n", OPERATIONS) is None


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"rate": 0.12}, "invalid_value", "terms.rate"),
        ({"rate": "1e2"}, "invalid_value", "terms.rate"),
        ({"rate": "\uff11"}, "invalid_value", "terms.rate"),
        ({"rate": "0.1\n"}, "invalid_value", "terms.rate"),
        ({"start": "2024-02-30"}, "invalid_value", "terms.start"),
        ({"start": "2024-W01-1"}, "invalid_value", "terms.start"),
        ({"instalments": 10**9}, "invalid_value", "terms.instalments"),
        ({"instalments": 9999, "period": {"unit": "year"}}, "invalid_terms", "terms.instalments"),
        ({"period": {"every": 0}}, "invalid_value", "terms.period.every"),
        ({"unit": "0"}, "invalid_value", "terms.unit"),
        ({"smoothing": "yes"}, "invalid_value", "terms.smoothing"),
        ({"holidays": ["x"]}, "invalid_value", "terms.holidays[0]"),
        ({"grace": {"principal": -1}}, "invalid_value", "terms.grace.principal"),
        ({"interest_on": "balance"}, "unknown_field", "terms.interest_on"),
        ({"method": None}, "missing_field", "terms.method"),
    ],
)
def test_a_wrong_field_is_named_by_its_path(change, code, field):
    found = refusal_or_result("schedule", terms={**TERMS, **change}, drawdowns=[DRAWN])
    assert (found["code"], found["field"]) == (code, field)


@pytest.mark.parametrize(
    ("op", "fields", "code", "field"),
    [
        ("day_count", {"start": "2024-01-02", "end": "2024-01-01"}, "invalid_value", "end"),
        ("holidays", {"calendar": "uk", "year": 2024.0}, "invalid_value", "year"),
        ("adjust_date", {"date": "2024-01-01", "calendar": "uk"}, "missing_field", None),
        ("collateral", {"loan_amount": "1", "pledges": {}}, "invalid_value", "pledges"),
        ("accrue", {"principal": "-1"}, "invalid_value", "principal"),
        ("apr", {"advances": [{}]}, "missing_field", "advances[0].date"),
    ],
)
def test_single_figures_name_what_is_wrong(op, fields, code, field):
    more = {"day_count": "30/360"} if op == "day_count" else {}
    found = refusal_or_result(op, **fields, **more)
    assert found["code"] == code
    assert field is None or found["field"] == field


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.text(max_size=5)
    | st.sampled_from(["0.01", "2024-01-31", "level_payment", "ACT/360", "flat", "month", "-1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["date", "amount", "type", "rate", "unit", "every", "order"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["method", "rate", "day_count", "start", "instalments", "period", "rows", "due_dates"]
    + ["grace", "unit", "payment", "balloon", "calendar", "holidays", "payment_multiple"]
    + ["first_due_date", "interest", "waterfall", "delinquency", "interest_on"]
)


@settings(max_examples=300, deadline=None)
@given(
    op=st.sampled_from(sorted(OPERATIONS)),
    terms=st.dictionaries(FIELDS, JSON, max_size=4),
    more=st.dictionaries(st.sampled_from(["drawdowns", "events", "changes", "fees"]), JSON),
)
def test_whatever_is_sent_is_answered(op, terms, more):
    fields = {"terms": {**TERMS, **terms}, "drawdowns": [DRAWN], **more}
    said = json.loads(answer(json.dumps({"id": 1, "op": op, **fields}).encode(), OPERATIONS))
    assert said["ok"] or said["error"]["message"]


def test_the_command_answers_in_order_and_goes_on_after_bad_lines():
    good = {"id": "g", "op": "holidays", "calendar": "target2", "year": 2024}
    lines = [
        b"{",
        json.dumps(good).encode(),
        b"",
        b'{"id": 2, "op": "x"}',
        json.dumps(good).encode(),
    ]
    run = subprocess.run(
        [sys.executable, "manage.py", "calc"],
        cwd=ROOT,
        input=b"\n".join(lines),
        capture_output=True,
        check=True,
    )
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert [one["id"] for one in answers] == [None, "g", 2, "g"]
    assert [one["ok"] for one in answers] == [False, True, False, True]
    assert answers[1] == answers[3]


@pytest.mark.parametrize("name", ["default_interest", "prepayment"])
def test_terms_beyond_the_contract_are_refused(name):
    terms = {**TERMS, name: {"rate": "0.18"} if name == "default_interest" else "lower"}
    found = refusal_or_result("replay", terms=terms, events=[{"type": "drawdown", **DRAWN}])
    assert (found["code"], found["field"]) == ("unknown_field", f"terms.{name}")


@pytest.mark.parametrize("kind", ["charge_waiver", "accrual_waiver", "recovery"])
def test_events_beyond_the_contract_are_refused(kind):
    events = [
        {"type": "drawdown", **DRAWN},
        {"type": kind, "date": "2024-02-01", "amount": "1.00"},
    ]
    found = refusal_or_result("replay", terms=TERMS, events=events)
    assert (found["code"], found["field"]) == ("invalid_value", "events[1].type")
