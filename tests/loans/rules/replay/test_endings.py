"""Endings: what is given up once is given up, and what was earned is spread anew."""

from tests.loans.rules.worked import TERMS, ask, repaid, state

WRITTEN_OFF = {"type": "write_off", "date": "2024-02-15"}


def last_of(found):
    return found["transactions"][-1]


def test_a_second_write_off_finds_nothing_more():
    found = state([WRITTEN_OFF, WRITTEN_OFF | {"date": "2024-02-20"}], "2024-03-01")
    assert [t["amount"] for t in found["transactions"]] == ["1021.67", "0.00"]
    assert found["totals"]["written_off"] == "1021.67"
    assert found["totals"]["outstanding"] == "0.00"


def test_a_second_write_off_takes_what_came_back_in_between_and_leaves_the_view_alone():
    back = {"type": "chargeback", "date": "2024-02-16", "amount": "50.00"}
    found = state([WRITTEN_OFF, back, WRITTEN_OFF | {"date": "2024-02-29"}], "2024-03-01")
    # The 50.00, and what they earn until 1 March as seen on 15 February.
    assert last_of(found)["amount"] == "50.24"
    assert found["totals"]["written_off"] == "1071.91"
    assert found["totals"]["outstanding"] == "0.00"


def test_a_charge_off_after_a_write_off_shows_that_nothing_is_outstanding():
    found = state([WRITTEN_OFF, {"type": "charge_off", "date": "2024-02-20"}], "2024-03-01")
    assert (last_of(found)["type"], last_of(found)["amount"]) == ("charge_off", "0.00")


def test_a_re_age_spreads_what_a_closed_instalment_earned_until_then():
    # 340.02 on 16 January closes instalment 1; 664.82 earns 3.00 in the 14 days until the 30th.
    aged = {
        "type": "re_age",
        "date": "2024-01-30",
        "first_due_date": "2024-03-01",
        "instalments": 2,
    }
    found = state([repaid("340.02", "2024-01-16"), aged], "2024-01-30")
    assert (last_of(found)["principal"], last_of(found)["interest"]) == ("664.82", "3.00")
    assert found["totals"]["principal"] == "1000.00"


def test_the_rows_of_a_re_age_begin_on_its_day_even_if_the_bank_is_closed():
    events = [
        {"type": "drawdown", "date": "2024-01-01", "amount": "1000.00"},
        {"type": "re_age", "date": "2024-01-20", "first_due_date": "2024-02-20", "instalments": 2},
        {"type": "checkpoint", "name": "then", "date": "2024-01-20"},
    ]
    terms = TERMS | {
        "calendar": "weekends",
        "business_day_convention": "preceding",
        "accrual_dates": "adjusted",
    }
    rows = ask("replay", terms=terms, events=events)["checkpoints"][0]["instalments"]
    # 20 January 2024 is a Saturday.
    assert [(row["due_date"], row["days"]) for row in rows[:2]] == [
        ("2024-01-20", 19),
        ("2024-02-20", 31),
    ]


def test_reversed_events_follow_in_order_of_effect():
    early, late = repaid("10.00", "2024-01-10", "early"), repaid("10.00", "2024-01-20", "late")
    undone = [
        {"type": "reversal", "date": "2024-01-25", "target": one} for one in ("late", "early")
    ]
    found = state([late, early, *undone], "2024-01-30")
    assert [t["event"] for t in found["transactions"]] == ["early", "late"]


FLAT = {"interest": "flat", "interest_on": "schedule"}
TAKEN = {"type": "refund", "date": "2024-01-15", "amount": "100.00"}


def test_flat_interest_is_on_what_was_drawn_and_not_on_what_was_taken_back():
    rows = state([TAKEN], "2024-01-15", FLAT)["instalments"]
    assert [row["interest"] for row in rows] == ["10.00", "10.00", "10.00"]


def test_even_flat_interest_does_not_grow_when_money_is_taken_back():
    rows = state([TAKEN], "2024-01-15", FLAT | {"flat_interest": "even"})["instalments"]
    assert [row["interest"] for row in rows] == ["10.00", "10.00", "10.00"]


def test_planned_interest_is_not_cut_where_money_is_taken_back():
    # By 30/360 a month of 31 days counts 30, but its two parts may add up to 31.
    terms = {"interest_on": "schedule", "day_count": "30/360", "start": "2023-12-31"}
    plain = state([], "2024-01-31", terms)["instalments"]
    taken = state([TAKEN | {"date": "2024-01-30"}], "2024-01-31", terms)["instalments"]
    assert [row["interest"] for row in taken][:1] == [row["interest"] for row in plain][:1]


def test_a_refund_of_all_that_is_overpaid_makes_nothing_due():
    back = {"type": "refund", "date": "2024-01-02", "amount": "100.00"}
    found = state([repaid("1100.00", "2024-01-01"), back], "2024-01-02")
    assert (found["status"], found["overpaid"]) == ("closed", "0.00")
    assert found["totals"]["principal"] == "1000.00"
    assert last_of(found)["principal"] == "0.00"


def test_what_came_back_after_the_last_due_date_finds_the_instalment_that_is_moved_behind_it():
    back = {"type": "chargeback", "date": "2024-04-01", "amount": "50.00"}
    moved = {"type": "move_due_date", "date": "2024-04-01", "to": "2024-04-20"}
    found = state([back, moved], "2024-04-02")["instalments"]
    assert len(found) == 3
    assert found[-1]["balance"] == "0.00"


def test_a_fee_that_came_back_into_a_row_that_vanishes_goes_with_its_principal():
    """A payment with a fee is taken back on 1 March, and on the same day the loan is re-aged."""
    fee = {"type": "charge", "date": "2024-02-01", "amount": "5.00", "kind": "fee"}
    back = {"type": "chargeback", "date": "2024-03-01", "amount": "345.02", "target": "paid"}
    aged = {
        "type": "re_age",
        "date": "2024-03-01",
        "first_due_date": "2024-04-01",
        "instalments": 2,
    }
    order = {"waterfall": {"chargeback": ["fee", "interest", "principal"]}}
    paid = repaid("345.02", "2024-02-01", "paid")
    found = state([fee, paid, back, aged], "2024-03-01", order)
    assert [row["fees"] for row in found["instalments"]] == ["5.00", "5.00", "0.00", "0.00"]
    assert found["totals"]["paid"] == "345.02"
