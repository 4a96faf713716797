"""What a person may propose: the kinds, their days, their money, what a reversal points at."""

from datetime import date, timedelta

import pytest

from loans.rules.adjustments import (
    KINDS,
    MAY_LIE_AHEAD,
    RECEIVED,
    Earlier,
    demand_proposable,
    demand_sound,
    words,
)
from loans.rules.faults import Fault
from loans.rules.replay.events import TYPES, Event
from tests.loans.rules.agreed import event, life

TODAY = date(2024, 3, 1)


def demand(kind: str, on: date = TODAY, has_line: bool = False, earlier: Earlier | None = None):
    demand_proposable(Event(kind, on), today=TODAY, has_line=has_line, earlier=earlier)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_may_be_proposed_for_today(kind):
    demand(kind, has_line=kind in RECEIVED, earlier=Earlier("charge"))


@pytest.mark.parametrize("kind", sorted(set(TYPES) - set(KINDS)))
def test_what_the_system_writes_or_nobody_records_is_not_proposed(kind):
    with pytest.raises(Fault, match="type: must be one of"):
        demand(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_only_charges_and_changes_of_the_plan_may_lie_ahead(kind):
    tomorrow, has_line = TODAY + timedelta(days=1), kind in RECEIVED
    if kind in MAY_LIE_AHEAD:
        demand(kind, tomorrow, has_line)
    else:
        with pytest.raises(Fault, match="date: 2024-03-02 is still to come"):
            demand(kind, tomorrow, has_line, Earlier("charge"))


@pytest.mark.parametrize("kind", KINDS)
def test_money_in_has_a_line_and_nothing_else_has_one(kind):
    with pytest.raises(Fault, match="line: "):
        demand(kind, has_line=kind not in RECEIVED, earlier=Earlier("charge"))


@pytest.mark.parametrize(
    ("earlier", "said"),
    [
        (None, "says which event"),
        (Earlier("drawdown"), "was paid out"),
        (Earlier("reversal", reverses_money=True), "allocate its line anew"),
    ],
)
def test_a_reversal_points_at_what_may_be_reversed(earlier, said):
    with pytest.raises(Fault, match=f"target: .*{said}"):
        demand("reversal", earlier=earlier)
    demand("reversal", earlier=Earlier("reversal"))


def sound(*events):
    *_, last = events
    demand_sound(last, life(*events))


def test_a_credit_is_for_what_is_owed():
    # 1,000.00 of principal and 10.00 of interest are owed on 1 February.
    sound(event("goodwill_credit", "2024-02-01", "1010", identity="new"))
    with pytest.raises(Fault, match=r"only 1010\.00 is owed to be credited"):
        sound(event("goodwill_credit", "2024-02-01", "1010.01", identity="new"))


def test_a_refund_is_of_what_is_overpaid():
    paid = event("repayment", "2024-02-01", "1015.000001")
    sound(paid, event("refund", "2024-02-02", "5.000001", identity="new"))
    with pytest.raises(Fault, match=r"only 5\.000001 is overpaid"):
        sound(paid, event("refund", "2024-02-02", "6", identity="new"))


def test_a_write_off_gives_something_up():
    sound(event("write_off", "2024-02-01", identity="new"))
    with pytest.raises(Fault, match="nothing is owed"):
        sound(
            event("repayment", "2024-02-01", "1010"),
            event("write_off", "2024-02-01", identity="new"),
        )


def test_an_event_that_moves_no_money_is_sound():
    sound(event("charge", "2024-02-01", "5", identity="new"))


def test_kinds_are_written_as_people_say_them():
    assert (words("move_due_date"), words("re_age")) == ("move due date", "re-age")
