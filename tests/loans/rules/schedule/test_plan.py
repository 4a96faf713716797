"""Plans: each worked example of section 6, and what holds of every plan."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loans.rules.calendars import Calendar
from loans.rules.due_dates import Step
from loans.rules.rounding import text
from loans.rules.schedule.plan import schedule
from loans.rules.terms import Grace, Terms
from tests.loans.rules.worked import DRAWN, TERMS, ask, plan, refusal_or_result


def test_a_level_payment_leaves_its_residue_to_the_last_instalment():
    found = ask("schedule", terms=TERMS, drawdowns=[DRAWN])
    assert [row["due"] for row in found["instalments"]] == ["340.02", "340.02", "340.03"]
    assert [row["balance"] for row in found["instalments"]] == ["669.98", "336.66", "0.00"]
    assert found["instalments"][0] == {
        "number": 1,
        "accrual_start": "2024-01-01",
        "accrual_end": "2024-02-01",
        "due_date": "2024-02-01",
        "days": 31,
        "principal": "330.02",
        "interest": "10.00",
        "fees": "0.00",
        "penalties": "0.00",
        "due": "340.02",
        "balance": "669.98",
    }
    assert found["totals"]["due"] == "1020.07"


def test_a_balloon_is_left_for_the_last_instalment():
    found = ask("schedule", terms={**TERMS, "balloon": "400.00"}, drawdowns=[DRAWN])
    assert [row["due"] for row in found["instalments"]] == ["208.01", "208.01", "608.02"]


def test_interest_in_grace_is_deferred_to_the_next_instalment():
    assert plan({"grace": {"interest": 1}}) == ["340.02 + 0.00", "323.42 + 16.60", "336.56 + 3.37"]


def test_interest_in_grace_may_be_capitalised():
    grace = {"interest": 1, "interest_treatment": "capitalise"}
    assert plan({"grace": grace}) == ["-10.00 + 10.00", "502.49 + 10.10", "507.51 + 5.08"]


def test_grace_of_principal_pays_interest_only():
    assert plan({"method": "equal_principal", "grace": {"principal": 1}}) == [
        "0.00 + 10.00",
        "500.00 + 10.00",
        "500.00 + 5.00",
    ]


def test_instalments_may_be_free_of_interest():
    assert plan({"method": "bullet", "grace": {"interest_free": 2}}) == [
        "0.00 + 0.00",
        "0.00 + 0.00",
        "1000.00 + 10.00",
    ]


def test_a_payment_below_the_interest_defers_the_rest():
    fixed = {"method": "fixed_payment", "payment": "5.00"}
    assert plan(fixed) == ["0.00 + 5.00", "0.00 + 5.00", "1000.00 + 20.00"]
    assert plan({**fixed, "unpaid_interest": "capitalise"}) == [
        "-5.00 + 10.00",
        "-5.05 + 10.05",
        "1010.05 + 10.10",
    ]


def test_a_fixed_payment_ends_with_the_balance():
    fixed = {"method": "fixed_payment", "payment": "400.00", "instalments": None}
    assert plan(fixed) == ["390.00 + 10.00", "393.90 + 6.10", "216.10 + 2.16"]


def test_flat_interest_is_earned_on_all_that_was_drawn():
    assert plan({"interest": "flat"}) == ["333.33 + 10.00", "333.33 + 10.00", "333.34 + 10.00"]


def test_smoothing_spreads_the_residue():
    terms = {**TERMS, "rate": "0.09", "instalments": 6, "smoothing": True}
    drawn = [{"date": "2024-01-01", "amount": "500.00"}]
    found = ask("schedule", terms=terms, drawdowns=drawn)
    assert [row["due"] for row in found["instalments"]] == ["85.54"] * 5 + ["85.52"]


def test_a_second_drawdown_sets_the_payment_anew():
    drawn = [DRAWN, {"date": "2024-02-16", "amount": "500.00"}]
    assert plan(drawdowns=drawn) == ["330.02 + 10.00", "584.67 + 9.11", "585.31 + 5.85"]


def test_a_moved_due_date_does_not_change_the_payment():
    change = {"type": "move_due_date", "from": "2024-02-01", "to": "2024-02-11"}
    assert plan(changes=[change]) == ["326.57 + 13.45", "333.29 + 6.73", "340.14 + 3.40"]


def test_a_new_rate_applies_from_its_day():
    change = {"type": "rate", "from": "2024-02-01", "rate": "0.24"}
    assert plan({"method": "bullet"}, changes=[change]) == [
        "0.00 + 10.00",
        "0.00 + 20.00",
        "1000.00 + 20.00",
    ]


def test_an_extension_adds_instalments_at_the_end():
    change = {"type": "extend", "from": "2024-01-15", "instalments": 3}
    assert len(plan(changes=[change])) == 6


def test_custom_rows_are_taken_as_agreed():
    rows = [
        {"due_date": "2024-02-01", "principal": "100.00"},
        {"due_date": "2024-03-01", "payment": "300.00"},
        {"due_date": "2024-05-01"},
    ]
    terms = {"method": "custom", "rows": rows, "instalments": None}
    assert plan(terms) == ["100.00 + 10.00", "291.00 + 9.00", "609.00 + 12.18"]


def test_fees_go_to_the_next_instalment_and_late_ones_to_a_row_of_their_own():
    fees = [
        {"date": "2024-01-20", "amount": "5.00"},
        {"date": "2024-04-20", "amount": "7.00", "kind": "penalty"},
    ]
    rows = ask("schedule", terms=TERMS, drawdowns=[DRAWN], fees=fees)["instalments"]
    assert [row["fees"] for row in rows] == ["5.00", "0.00", "0.00", "0.00"]
    assert (rows[3]["penalties"], rows[3]["due_date"]) == ("7.00", "2024-04-20")


def test_a_due_date_on_a_holiday_moves_and_may_take_the_accrual_along():
    terms = {
        **TERMS,
        "method": "bullet",
        "day_count": "ACT/360",
        "start": "2024-06-04",
        "instalments": 1,
        "calendar": "us_fed",
        "business_day_convention": "following",
    }
    drawn = [{"date": "2024-06-04", "amount": "1000.00"}]
    still = ask("schedule", terms=terms, drawdowns=drawn)["instalments"][0]
    along = ask("schedule", terms={**terms, "accrual_dates": "adjusted"}, drawdowns=drawn)[
        "instalments"
    ][0]
    assert (still["due_date"], still["days"], still["interest"]) == ("2024-07-05", 30, "10.00")
    assert (along["due_date"], along["days"], along["interest"]) == ("2024-07-05", 31, "10.33")


def test_a_drawdown_counts_from_the_adjusted_start():
    # Saturday 15 March moves to Friday 14: 91 days to 13 June, 24,000,000 x 3.75 % x 91 / 365.
    terms = {
        "method": "bullet",
        "rate": "0.0375",
        "day_count": "ACT/365F",
        "start": "2025-03-15",
        "instalments": 1,
        "period": {"every": 3, "unit": "month"},
        "calendar": "us_fed",
        "business_day_convention": "preceding",
        "accrual_dates": "adjusted",
    }
    drawn = [{"date": "2025-03-15", "amount": "24000000.00"}]
    (row,) = ask("schedule", terms=terms, drawdowns=drawn)["instalments"]
    assert (row["accrual_start"], row["accrual_end"]) == ("2025-03-14", "2025-06-13")
    assert (row["days"], row["interest"]) == (91, "224383.56")


def test_a_period_of_three_months_counts_ninety_days():
    quarterly = {"method": "bullet", "period": {"every": 3}, "instalments": 1}
    assert plan(quarterly) == ["1000.00 + 30.00"]


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"interest": "flat", "method": "bullet"}, "terms.interest"),
        ({"instalments": None}, "terms.instalments"),
        ({"due_dates": ["2024-02-01"], "instalments": 2}, "terms.instalments"),
        ({"due_dates": ["2024-03-01", "2024-02-01"], "instalments": None}, "terms.due_dates"),
        ({"due_dates": ["2023-03-01"], "instalments": None}, "terms.due_dates"),
        ({"method": "fixed_payment"}, "terms.payment"),
        ({"payment": "5"}, "terms.payment"),
        ({"principal_payment": "5"}, "terms.principal_payment"),
        ({"method": "bullet", "balloon": "5"}, "terms.balloon"),
        ({"method": "custom"}, "terms.rows"),
        ({"rows": [{"due_date": "2024-02-01"}], "instalments": None}, "terms.rows"),
        (
            {
                "method": "custom",
                "instalments": None,
                "rows": [{"due_date": "2024-02-01"}, {"due_date": "2024-03-01"}],
            },
            "terms.rows[0]",
        ),
        ({"grace": {"principal": 3}}, "terms.grace.principal"),
        ({"method": "fixed_payment", "payment": "1", "instalments": None}, "terms.payment"),
    ],
)
def test_terms_that_make_no_sense_together_are_refused_by_field(terms, field):
    error = refusal_or_result("schedule", terms={**TERMS, **terms}, drawdowns=[DRAWN])
    assert (error["code"], error["field"]) == ("invalid_terms", field)


def test_a_change_of_a_date_that_is_none_is_refused():
    change = {"type": "move_due_date", "from": "2024-02-02", "to": "2024-02-20"}
    error = refusal_or_result("schedule", terms=TERMS, drawdowns=[DRAWN], changes=[change])
    assert (error["code"], error["field"]) == ("invalid_terms", "changes[0].from")


@st.composite
def plans(draw):
    """Make terms and drawdowns of all kinds that have a last instalment."""
    count = draw(st.integers(1, 14))
    method = draw(st.sampled_from(["level_payment", "equal_principal", "bullet"]))
    start = draw(st.dates(date(2019, 1, 1), date(2027, 12, 31)))
    terms = Terms(
        method=method,
        day_count=draw(st.sampled_from(["ACT/360", "ACT/365F", "30/360", "30/360 PERIOD"])),
        rate=draw(st.decimals(0, 1, places=4).map(Fraction)),
        instalments=count,
        period=draw(st.sampled_from([Step(1, "month"), Step(3, "month"), Step(2, "week")])),
        calendar=Calendar(draw(st.sampled_from(["none", "us_fed", "target2"]))),
        business_day_convention=draw(st.sampled_from(["none", "following", "preceding"])),
        accrual_is_adjusted=draw(st.booleans()),
        grace=Grace(principal=draw(st.integers(0, count - 1))),
        is_smoothed=draw(st.booleans()),
        interest_rounding=draw(st.sampled_from(["half_even", "down", "up"])),
    )
    cents = draw(st.integers(100, 10**12))
    return terms, [(start, Fraction(cents, 100))]


@settings(max_examples=150, deadline=None)
@given(plans())
def test_principal_adds_up_to_what_was_drawn_and_no_cent_is_lost(given_):
    terms, drawn = given_
    rows = schedule(terms, drawn)
    assert sum(row.principal for row in rows) == drawn[0][1]
    assert rows[-1].balance == 0
    for row in rows:
        assert row.principal >= 0
        assert (row.due * 100).denominator == 1
        assert row.balance >= 0


@settings(max_examples=60, deadline=None)
@given(plans())
def test_amounts_and_unit_times_100_scale_every_row(given_):
    from dataclasses import replace

    terms, drawn = given_
    rows = schedule(terms, drawn)
    scaled = schedule(replace(terms, unit=Fraction(1)), [(drawn[0][0], drawn[0][1] * 100)])
    assert [row.due * 100 for row in rows] == [row.due for row in scaled]


def test_very_large_amounts_stay_exact():
    amount = "123456789012345678901234.56"
    drawn = [{"date": "2024-01-01", "amount": amount}]
    found = ask("schedule", terms=TERMS, drawdowns=drawn)
    assert found["totals"]["principal"] == amount
    assert text(Fraction(amount), 2) == amount


def test_a_smoothed_payment_that_makes_the_gap_larger_is_not_kept():
    # 30 years at 12 %: a payment 0.03 higher (gap 9.2 / 360) would end 95.00 below the others.
    long = {"instalments": 360, "payment_rounding": "down"}
    drawn = [{"date": "2024-01-01", "amount": "100000.00"}]
    plain = plan(long, drawn)
    last, before = (sum(map(Fraction, row.split(" + "))) for row in (plain[-1], plain[-2]))
    assert last - before > Fraction("1.80")
    assert plan({**long, "smoothing": True}, drawn) == plain


def test_a_fee_belongs_to_the_instalment_due_on_its_day():
    fee = {"date": "2024-02-01", "amount": "5.00"}
    rows = ask("schedule", terms=TERMS, drawdowns=[DRAWN], fees=[fee])["instalments"]
    assert [row["fees"] for row in rows] == ["5.00", "0.00", "0.00"]
