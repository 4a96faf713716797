"""What an amendment is worth is shown, approved and kept with its proposal."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import Adjustment
from loans.operations import effects, servicing
from loans.rules.products import terms_of
from tests.factories import TODAY, approve, person
from tests.loans.factories import active_loan, adjusted, at, close, proposed
from together.controls.operations import approvals
from together.controls.operations.approvals import NotApproved

DAY = timedelta(days=1)
M = 10**6
LATER = TODAY + 30 * DAY


@pytest.fixture
def loan(pool, pay):
    """Give a loan of one million at 6 %, interest each quarter, all back after a year."""
    lent = active_loan(pool, pay, terms=terms_of("bullet", rate="0.06", instalments=4))
    close(lent, LATER)
    return lent


def test_a_lower_rate_is_proposed_with_its_loss(loan):
    asked = proposed(loan, "rate_change", LATER, rate="0.02", today=LATER)
    worth = asked.difference["modification"]
    assert worth == asked.approval.effect["modification"]
    assert worth["is_original"]
    assert worth["gain"] == worth["after"] - worth["before"] < 0
    # 4 % of a million for 335 of 365 days is 36,712.33, worth some 2 % less today.
    assert -36_712 * M < worth["gain"] < -35_400 * M
    assert worth["per_cent"].startswith("-3.5")
    assert not worth["is_substantial"]


def test_what_it_is_worth_decides_who_approves_where_nothing_else_moves(loan):
    asked = proposed(loan, "rate_change", LATER, rate="0.02", today=LATER)
    moved = asked.difference["totals"][0]["due"] - asked.difference["totals"][1]["due"]
    assert asked.approval.amount_cents == moved // 10**4
    # The same interest later: nothing more is paid in all, and waiting is a loss all the same.
    later = proposed(
        loan, "move_due_date", TODAY.replace(month=1, year=2026), today=LATER, to="2026-02-14"
    )
    worth = later.difference["modification"]
    assert later.approval.amount_cents >= abs(worth["gain"]) // 10**4


def test_a_fee_is_no_amendment(loan):
    assert "modification" not in proposed(loan, "charge", LATER, "50", kind="fee").difference


def test_another_present_value_than_was_approved_is_not_booked(loan):
    asked = proposed(loan, "rate_change", LATER, rate="0.02", today=LATER)
    approve(asked.approval)
    real = effects.effect

    def forged(adjustment):
        found = real(adjustment)
        return {**found, "modification": {**found["modification"], "gain": 0}}

    effects.effect = forged
    try:
        with pytest.raises(NotApproved):
            servicing.book(adjustment=asked, by=person("loan_officer"), at=at(LATER))
    finally:
        effects.effect = real


@pytest.mark.parametrize("changed", ["modification", "entry"])
def test_the_database_keeps_what_is_shown_with_what_is_asked_for(loan, changed):
    officer = person("loan_officer")
    first = proposed(loan, "rate_change", LATER, rate="0.02", today=LATER)
    effect = {**first.approval.effect, "reason": "Another"}
    request = approvals.request(
        kind=servicing.KIND,
        subject="ADJ-9999",
        effect=effect,
        amount_cents=1,
        by=officer,
        at=at(LATER),
    )
    kept = {
        name: getattr(first, name)
        for name in ("loan", "type", "on", "further", "event_count", "as_of", "proposed_at")
    }
    another = Adjustment(
        **kept,
        number="ADJ-9999",
        reason="Another",
        approval=request,
        proposed_by=officer,
        difference={**first.difference, changed: first.difference["rows"]},
    )
    with pytest.raises(DatabaseError, match="not what approval is asked for"), transaction.atomic():
        another.save(force_insert=True)
    another.difference = first.difference
    another.save(force_insert=True)


def test_it_is_booked_with_the_event_and_the_original_rate_stays(loan):
    first = adjusted(loan, "rate_change", LATER, rate="0.02", today=LATER)
    second = proposed(loan, "rate_change", LATER + DAY, rate="0.01", today=LATER + DAY)
    assert first.difference["modification"]["rate"] == second.difference["modification"]["rate"]
