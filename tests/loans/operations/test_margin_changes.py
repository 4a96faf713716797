"""A new spread is an adjustment: shown with its difference and present value, approved, booked."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import Event
from loans.operations.effects import NotAdjustable
from loans.queries.rates import rate_now
from loans.rules.products import terms_of
from tests.factories import TODAY
from tests.loans import floating
from tests.loans.factories import active_loan, adjusted, balance, close, proposed, unproven

DAY = timedelta(days=1)
M = 10**6


@pytest.fixture
def loan(pool, pay):
    """Give a loan of one million at SOFR of 4 % plus 2 %, closed for ten days."""
    floating.sofr()
    floating.fixings(TODAY - 14 * DAY, TODAY - DAY)
    lent = floating.floating_loan(pool, pay)
    close(lent, TODAY + 10 * DAY)
    assert lent.business_date == TODAY + 10 * DAY
    return lent


def test_it_is_shown_with_present_value_and_booked_from_its_day_on(loan):
    day = TODAY + 10 * DAY
    asked = proposed(loan, "margin_change", day, spread="0.01", today=day)
    worth = asked.difference["modification"]
    assert worth["gain"] < 0
    assert not worth["is_original"]
    assert worth == asked.approval.effect["modification"]
    before, after = (total["interest"] for total in asked.difference["totals"])
    assert after < before
    adjusted(loan, "margin_change", day, spread="0.015")
    assert "+ 1.5 %" in rate_now(loan, day).words
    assert "+ 2 %" in rate_now(loan, day - DAY).words
    earned = balance("loan.interest", loan.number)
    close(loan, day + DAY)
    # 5.5 % of a million for a day of 360.
    assert abs(balance("loan.interest", loan.number) - earned - 152_780_000) <= 10_000
    assert unproven() == []


def test_backdated_what_was_earned_since_is_booked_in_the_open_day(loan):
    day = TODAY + 10 * DAY
    before = balance("loan.interest", loan.number)
    adjusted(loan, "margin_change", TODAY + 4 * DAY, spread="0.01", today=day)
    # 1 % less for six days of 360.
    less = before - balance("loan.interest", loan.number)
    assert abs(less - 166_670_000) <= 10_000
    assert unproven() == []


@pytest.mark.parametrize("spread", ["2", "-1.5", "much", "NaN"])
def test_a_spread_that_makes_no_sense_is_refused_by_its_field(loan, spread):
    with pytest.raises(NotAdjustable, match="spread"):
        proposed(loan, "margin_change", TODAY + 10 * DAY, spread=spread)


def test_a_fixed_rate_has_no_spread(pool, pay):
    fixed = active_loan(pool, pay, terms=terms_of("bullet", rate="0.06", instalments=4))
    with pytest.raises(NotAdjustable, match="the rate of this loan is fixed"):
        proposed(fixed, "margin_change", TODAY, spread="0.01")


def test_reversed_it_never_was(loan):
    day = TODAY + 10 * DAY
    before = balance("loan.interest", loan.number)
    done = adjusted(loan, "margin_change", TODAY + 4 * DAY, spread="0.01", today=day)
    adjusted(loan, "reversal", day, target=done.event.sequence, today=day)
    assert balance("loan.interest", loan.number) == before
    assert unproven() == []


def test_the_database_takes_a_spread_only_of_a_rate_that_floats(loan, pool, pay):
    fixed = active_loan(pool, pay, terms=terms_of("bullet", rate="0.06", instalments=4))
    for lent, further in (
        (fixed, {"spread": "0.01"}),
        (loan, {"spread": "9"}),
        (loan, {"spread": 0.01}),
        (loan, {"spread": "0.01", "index": "X"}),
        (loan, {}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Event.objects.create(
                loan=lent,
                sequence=lent.events.count() + 1,
                type="margin_change",
                on=TODAY,
                further=further,
                recorded_at=lent.approved_at,
            )
