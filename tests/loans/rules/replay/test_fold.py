"""Replays: each worked example of section 7, and what holds of every life."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loans.rules.worked import DRAWN, TERMS, ask, refusal_or_result, repaid, shown, state

LAST_FIRST = {"waterfall": {"default": {"surplus": "last_instalment"}}}


def rows(found: dict) -> list[str]:
    return shown(found["instalments"])


def parts(transaction: dict) -> tuple[str, ...]:
    return tuple(transaction[name] for name in ("principal", "interest", "fees", "penalties"))


def test_overdue_principal_earns_interest_up_to_the_day_that_is_looked_at():
    found = state([], "2024-02-15")
    assert rows(found) == ["330.02 + 10.00", "331.73 + 8.29", "338.25 + 3.38"]


def test_a_late_payment_settles_what_is_past_due_and_then_what_is_earned():
    found = state([repaid("340.02", "2024-02-15"), repaid("200.00", "2024-02-20")], "2024-02-20")
    first, second = found["transactions"]
    assert parts(first)[:2] == ("330.02", "10.00")
    assert parts(second)[:2] == ("194.02", "5.98")
    assert rows(found)[1:] == ["332.40 + 7.62", "337.58 + 3.38"]


def test_an_early_payment_closes_its_instalment_and_carries_the_rest_on():
    found = state([repaid("340.02", "2024-01-16")], "2024-01-16")
    assert parts(found["transactions"][0])[:2] == ("335.18", "4.84")
    assert rows(found) == ["335.18 + 4.84", "329.94 + 10.08", "334.88 + 3.35"]


def test_what_is_carried_on_is_found_by_the_next_payment():
    # Closed on 16 January with 4.84; its period earns 3.43 more. By 15 February the next one
    # earns 664.82 x 0.01 x 14/29 = 3.21: 6.64 are found.
    events = [repaid("340.02", "2024-01-16"), repaid("100.00", "2024-02-15")]
    found = state(events, "2024-02-15")
    assert parts(found["transactions"][1])[:2] == ("93.36", "6.64")


def test_on_its_first_day_an_instalment_owes_no_interest_yet():
    events = [repaid("340.02", "2024-01-16"), repaid("10.00", "2024-02-01")]
    found = state(events, "2024-02-01")
    assert parts(found["transactions"][1])[:2] == ("10.00", "0.00")


def test_the_payoff_of_a_bullet_finds_all_principal_in_its_last_instalment():
    found = state([{"type": "payoff", "date": "2024-01-16"}], "2024-01-16", {"method": "bullet"})
    assert found["transactions"][0]["amount"] == "1004.84"
    assert found["status"] == "closed"


def test_a_surplus_may_go_to_the_last_instalment():
    found = state([repaid("340.02", "2024-01-16")], "2024-01-16", LAST_FIRST)
    assert rows(found) == ["331.77 + 8.25", "328.21 + 3.28", "340.02 + 0.00"]


def test_a_chargeback_becomes_due_with_the_next_instalment():
    events = [
        repaid("340.02", "2024-02-01", "p"),
        {"type": "chargeback", "date": "2024-02-10", "amount": "340.02", "target": "p"},
    ]
    found = state(events, "2024-02-10")
    second, third = found["instalments"][1:]
    assert (second["due"], second["interest"]) == ("680.04", "9.04")
    assert (third["principal"], third["interest"]) == ("339.00", "3.39")


def test_a_loan_may_be_re_aged():
    event = {
        "type": "re_age",
        "date": "2024-02-16",
        "first_due_date": "2024-03-16",
        "instalments": 4,
    }
    found = state([event], "2024-02-16")
    assert rows(found) == [
        "0.00 + 0.00",
        "0.00 + 0.00",
        "235.00 + 25.17",
        "252.52 + 7.65",
        "255.05 + 5.12",
        "257.43 + 2.57",
    ]


def test_the_payoff_is_principal_and_the_interest_earned():
    found = state([{"type": "payoff", "date": "2024-01-16"}], "2024-01-16")
    (payoff,) = found["transactions"]
    assert (payoff["amount"], parts(payoff)[:2]) == ("1004.84", ("1000.00", "4.84"))
    assert found["status"] == "closed"
    assert found["totals"]["outstanding"] == "0.00"


def test_what_is_paid_beyond_the_payoff_is_overpaid_and_goes_back_or_pays_later_charges():
    events = [repaid("1100.00", "2024-01-16")]
    assert state(events, "2024-01-16")["overpaid"] == "95.16"
    fee = {"type": "charge", "date": "2024-01-20", "amount": "5.16"}
    back = {"type": "refund", "date": "2024-01-21", "amount": "90.00"}
    found = state([*events, fee, back], "2024-01-22")
    assert (found["overpaid"], found["status"]) == ("0.00", "closed")
    assert [one["overpayment"] for one in found["transactions"]] == ["90.00", "-90.00"]


def test_a_write_off_gives_up_what_is_outstanding():
    found = state([{"type": "write_off", "date": "2024-02-15"}], "2024-03-15")
    assert found["status"] == "written_off"
    assert found["totals"]["outstanding"] == "0.00"
    assert found["totals"]["written_off"] == "1021.67"


def test_a_charge_off_may_stop_interest_or_call_everything():
    stop = {"type": "charge_off", "date": "2024-02-01", "behaviour": "zero_interest"}
    assert [row["interest"] for row in state([stop], "2024-02-01")["instalments"]] == [
        "10.00",
        "0.00",
        "0.00",
    ]
    call = {"type": "charge_off", "date": "2024-01-16", "behaviour": "accelerate"}
    found = state([call], "2024-01-16")
    assert rows(found) == ["1000.00 + 4.84"]
    assert found["charged_off"] is True


def test_an_instalment_that_was_called_is_due_on_no_other_day():
    """1,000.00 called on 16 January: the due date of 1 February is gone, and cannot be moved."""
    called = {"type": "charge_off", "date": "2024-01-16", "behaviour": "accelerate"}
    moved = {"type": "move_due_date", "date": "2024-02-01", "to": "2024-02-11"}
    at = {"type": "checkpoint", "name": "end", "date": "2024-02-20"}
    drawn = {"type": "drawdown", **DRAWN}
    error = refusal_or_result("replay", terms=TERMS, events=[drawn, called, moved, at])
    assert (error["code"], error["field"]) == ("invalid_event", "events[2].date")


def test_instalments_added_to_a_called_loan_follow_the_day_of_the_call():
    called = {"type": "charge_off", "date": "2024-01-16", "behaviour": "accelerate"}
    more = {"type": "extend", "date": "2024-01-16", "instalments": 2}
    found = state([called, more], "2024-01-16")
    days = [row["due_date"] for row in found["instalments"]]
    assert days == ["2024-01-16", "2024-02-16", "2024-03-16"]
    assert found["totals"]["principal"] == "1000.00"


def test_what_came_back_after_the_end_is_smoothed_in_the_instalments_that_an_extension_adds():
    # 600.00 come back after 1 February, the last day; extended, they are due on 1 April. Payments
    # of 0.00 leave a gap of -600.00 over three rows: three steps of a third each (6.5).
    terms = {"rate": "0", "instalments": 1, "smoothing": True}
    back = {"type": "chargeback", "date": "2024-03-01", "amount": "600.00"}
    more = {"type": "extend", "date": "2024-03-01", "instalments": 3}
    found = state([repaid("1000.00", "2024-02-01"), back, more], "2024-03-01", terms)
    assert rows(found) == ["1000.00 + 0.00", "0.00 + 0.00", "311.11 + 0.00", "288.89 + 0.00"]


def test_a_re_age_on_a_due_date_that_was_moved_lets_no_night_earn_twice():
    # Due on Monday the 5th instead of Saturday the 3rd: 33 days were earned by the 3rd, and the
    # first new row earns the 27 days from there to 1 March. 1,000.00 x 0.36 x 60 / 360 = 60.00.
    terms = {
        "day_count": "ACT/360",
        "rate": "0.36",
        "calendar": "weekends",
        "business_day_convention": "following",
        "instalments": 2,
        "first_due_date": "2024-02-03",
    }
    plan = {"type": "re_age", "date": "2024-02-05", "first_due_date": "2024-03-01"}
    found = state([{**plan, "instalments": 2}], "2024-02-05", terms)
    assert found["transactions"][0]["interest"] == "33.00"
    assert rows(found)[1] == "478.54 + 60.00"


def test_a_write_off_counts_interest_that_came_back_once():
    # 50.00 of interest come back into instalment 3, whose interest is more than its payment of
    # 623.08. Written off, 673.08 stay due there, and nothing of it is open.
    terms = {"rate": "6", "instalments": 4, "waterfall": {"chargeback": ["interest"]}}
    events = [
        repaid("300.00", "2024-01-31", "paid"),
        {"type": "refund", "date": "2024-02-05", "amount": "3000.00"},
        {"type": "chargeback", "date": "2024-03-05", "amount": "50.00", "target": "paid"},
        {"type": "write_off", "date": "2024-05-03"},
    ]
    found = state(events, "2024-05-04", terms)
    third = found["instalments"][2]
    assert (third["interest"], third["outstanding"]) == ("673.08", "0.00")
    assert found["totals"]["outstanding"] == "0.00"


def test_a_payoff_after_a_second_drawdown_leaves_nothing_unplaced():
    drawn = {"type": "drawdown", "date": "2024-02-20", "amount": "4.04"}
    terms = {"method": "equal_principal", "waterfall": {"default": {"surplus": "spread"}}}
    found = state([drawn, {"type": "payoff", "date": "2024-02-20"}], "2024-02-20", terms)
    assert found["totals"]["principal"] == "1004.04"
    assert (found["totals"]["outstanding"], found["status"]) == ("0.00", "closed")


def test_a_drawdown_after_everything_was_repaid_is_due_in_later_instalments():
    events = [
        {"type": "payoff", "date": "2024-02-10"},
        {"type": "drawdown", "date": "2024-02-20", "amount": "60.00"},
    ]
    found = state(events, "2024-02-20", {"method": "bullet"})
    assert found["totals"]["principal"] == "1060.00"
    assert found["status"] == "active"


def test_vertical_settles_one_component_over_all_instalments():
    waterfall = {
        "direction": "vertical",
        "default": {
            "order": [
                f"{timing}.{component}"
                for timing in ("past_due", "due", "in_advance")
                for component in ("interest", "principal", "fee", "penalty")
            ]
        },
    }
    terms = {"interest_on": "schedule", "waterfall": waterfall}
    found = state([repaid("20.00", "2024-03-15")], "2024-03-15", terms)
    assert [row["paid"] for row in found["instalments"]] == ["13.30", "6.70", "0.00"]
    assert parts(found["transactions"][0])[:2] == ("3.30", "16.70")


def test_a_surplus_may_be_spread_over_all_open_instalments():
    terms = {
        "rate": "0",
        "interest_on": "schedule",
        "waterfall": {"default": {"surplus": "spread"}},
    }
    found = state([repaid("100.00", "2024-01-10")], "2024-01-10", terms)
    assert [row["paid"] for row in found["instalments"]] == ["33.33", "33.33", "33.34"]


def test_a_charge_of_its_own_date_is_due_before_its_instalment():
    fee = {"type": "charge", "date": "2024-01-05", "amount": "5.00"}
    order = [
        f"{timing}.{component}"
        for timing in ("past_due", "due", "in_advance")
        for component in ("principal", "interest", "fee", "penalty")
    ]
    terms = {"rate": "0", "waterfall": {"default": {"order": order}}}
    early = [fee, repaid("5.00", "2024-01-10")]
    assert parts(state(early, "2024-01-10", terms)["transactions"][0])[0] == "5.00"
    own = state(early, "2024-01-10", {**terms, "charges_due": "own_date"})
    assert parts(own["transactions"][0])[2] == "5.00"


@pytest.mark.parametrize(
    ("events", "field"),
    [
        ([repaid("1", "2023-12-31")], "events[1]"),
        ([repaid("1", "2024-01-02", "d")], "events[1].id"),
        ([{"type": "reversal", "date": "2024-01-02", "target": "x"}], "events[1].target"),
        ([{"type": "drawdown", "date": "2024-05-02", "amount": "1"}], "events[1].date"),
    ],
)
def test_events_that_cannot_happen_are_refused_by_field(events, field):
    life = [{"type": "drawdown", "id": "d", **DRAWN}, *events]
    error = refusal_or_result("replay", terms=TERMS, events=life)
    assert (error["code"], error["field"]) == ("invalid_event", field)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"interest": "flat"}, "terms.interest_on"),
        ({"grace": {"interest": 1}}, "terms.grace.interest"),
        (
            {"method": "fixed_payment", "payment": "5", "unpaid_interest": "capitalise"},
            "terms.unpaid_interest",
        ),
    ],
)
def test_interest_on_the_balance_refuses_what_it_cannot_say(terms, field):
    life = [{"type": "drawdown", **DRAWN}]
    error = refusal_or_result("replay", terms={**TERMS, **terms}, events=life)
    assert (error["code"], error["field"]) == ("invalid_terms", field)


def test_a_reversed_reversal_lets_the_payment_count_again():
    events = [
        repaid("340.02", "2024-02-01", "p"),
        {"type": "reversal", "id": "r", "date": "2024-02-02", "target": "p"},
    ]
    assert state(events, "2024-02-03")["totals"]["paid"] == "0.00"
    again = {"type": "reversal", "date": "2024-02-03", "target": "r"}
    assert state([*events, again], "2024-02-03")["totals"]["paid"] == "340.02"


@st.composite
def lives(draw):
    """Make events of a loan, dated anywhere in its life, each day at most one."""
    days = draw(st.lists(st.integers(1, 200), min_size=1, max_size=6, unique=True))
    from datetime import date, timedelta

    events = []
    for day in days:
        kind = draw(st.sampled_from(["repayment", "repayment", "goodwill_credit", "charge"]))
        events.append(
            {
                "type": kind,
                "date": (date(2024, 1, 1) + timedelta(days=day)).isoformat(),
                "amount": f"{draw(st.integers(1, 60_000)) / 100:.2f}",
            }
        )
    terms = {
        "instalments": 6,
        "day_count": draw(st.sampled_from(["30/360 PERIOD", "ACT/360", "ACT/365F"])),
        "method": draw(st.sampled_from(["level_payment", "equal_principal", "bullet"])),
        "waterfall": {
            "default": {
                "surplus": draw(st.sampled_from(["next_instalment", "last_instalment", "spread"]))
            }
        },
    }
    return terms, events


@settings(max_examples=60, deadline=None)
@given(lives(), st.integers(0, 9))
def test_a_backdated_event_gives_what_it_had_given_on_time(life, seed):
    terms, events = life
    on_time = sorted(events, key=lambda event: event["date"])
    late = list(events)
    random.Random(seed).shuffle(late)
    for day in ("2024-03-10", "2024-08-01"):
        assert state(on_time, day, terms) == state(late, day, terms)


@settings(max_examples=60, deadline=None)
@given(lives())
def test_paying_and_reversing_is_as_if_nothing_had_been_paid(life):
    terms, events = life
    extra = [
        repaid("123.45", "2024-03-03", "p"),
        {"type": "reversal", "date": "2024-03-04", "target": "p"},
    ]
    without, undone = (
        state(events, "2024-08-01", terms),
        state([*events, *extra], "2024-08-01", terms),
    )
    undone["transactions"] = [t for t in undone["transactions"] if not t["reversed"]]
    assert without == undone


@settings(max_examples=80, deadline=None)
@given(lives())
def test_no_cent_is_lost_and_nothing_outstanding_is_negative(life):
    terms, events = life
    found = state(events, "2024-08-01", terms)
    cents = {k: round(float(v) * 100) for k, v in found["totals"].items()}
    assert cents["principal"] == 100_000
    paid = sum(round(float(t["amount"]) * 100) for t in found["transactions"])
    assert paid == cents["paid"] + round(float(found["overpaid"]) * 100)
    for row in found["instalments"]:
        assert not row["outstanding"].startswith("-"), row
        assert not row["principal"].startswith("-"), row
        assert not row["interest"].startswith("-"), row


@settings(max_examples=30, deadline=None)
@given(lives())
def test_closed_days_change_nothing(life):
    terms, events = life
    days = [{"type": "end_of_day", "date": f"2024-{month:02d}-28"} for month in range(1, 8)]
    assert state(events, "2024-08-01", terms) == state([*events, *days], "2024-08-01", terms)


def test_the_same_request_always_gets_the_same_answer():
    life = [
        {"type": "drawdown", **DRAWN},
        {"type": "checkpoint", "name": "x", "date": "2024-02-15"},
    ]
    assert ask("replay", terms=TERMS, events=life) == ask("replay", terms=TERMS, events=life)
