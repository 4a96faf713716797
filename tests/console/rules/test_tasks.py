"""Kinds of work: each is of a role that there is, and has a deadline."""

import doctest
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from together.console.rules import tasks
from together.console.rules.tasks import (
    BY_CODE,
    KINDS,
    MONEY_OUT,
    due,
    kind_of_approval,
    kinds_for,
    left,
    morning,
)
from together.controls.rules import roles
from together.controls.rules.authority import STAGES

DECIDED = {"approval", "approval.money", "request.approved", "request.declined"}
NOW = datetime(2025, 10, 14, 12, tzinfo=UTC)


def test_every_kind_of_work_is_of_officers_that_there_are_and_says_why_it_is_so_long():
    assert len(BY_CODE) == len(KINDS)
    for kind in KINDS:
        assert {roles.BY_CODE[code].house for code in kind.roles} <= {"console"}
        assert kind.source
        assert kind.hours is None or 0 < kind.hours <= 96


def test_what_pays_money_is_decided_sooner():
    assert set(MONEY_OUT) <= {stage.kind for stage in STAGES}
    assert kind_of_approval("loan.drawdown") == "approval.money"
    assert kind_of_approval("loan.approval") == "approval"
    assert due("approval.money", NOW) < due("approval", NOW)


def test_work_with_a_deadline_of_its_own_has_no_hours():
    with pytest.raises(ValueError, match="has a deadline of its own"):
        due("margin_call.open", NOW)


def test_somebody_without_a_role_has_decisions_only():
    assert {kind.code for kind in kinds_for([])} == DECIDED
    officers = {kind.code for kind in kinds_for(["loan_officer"])}
    assert "loan.draw" in officers
    assert "payment.release" not in officers


def test_a_day_begins_at_its_first_moment():
    assert morning(date(2025, 10, 20), NOW) == datetime(2025, 10, 20, tzinfo=UTC)


@given(st.integers(-(10**6), 10**6))
def test_what_is_left_says_overdue_exactly_when_the_moment_has_passed(minutes):
    words = left(NOW + timedelta(minutes=minutes), NOW)
    assert words.endswith("overdue" if minutes <= 0 else "left")


def test_what_is_left_is_said_in_hours_up_to_two_days_and_then_in_days():
    hours = {
        47: "47 h left",
        48: "2 d left",
        72: "3 d left",
        -47: "47 h overdue",
        -49: "2 d overdue",
    }
    assert {n: left(NOW + timedelta(hours=n), NOW) for n in hours} == hours


def test_worked_examples_give_what_they_say():
    assert doctest.testmod(tasks).failed == 0
