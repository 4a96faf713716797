"""The database lets a rate be set only to what is observed, once, and on no closed day."""

import json
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from loans.models import Event
from loans.operations import rate_fixings
from tests.factories import TODAY
from tests.loans import market
from tests.loans.factories import active_loan, at, close
from tests.loans.floating import corrected, fixing, floating_loan

DAY = timedelta(days=1)
FIRST = date(2025, 10, 9)


def insert(loan, on=TODAY, target=None, kind="rate_fixed", **said) -> None:
    """Insert an event as the application's role, past every operation."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO loans_event (loan_id, sequence, type, "on", further, target_id,'
            " recorded_at) VALUES (%s, %s, %s, %s, %s, %s, now())",
            [loan.pk, loan.events.count() + 1, kind, on, json.dumps(said), target],
        )


def said(observation, /, **other) -> dict:
    """Give what a fixing says of an observation, or something else."""
    usual = {
        "index": "SOFR",
        "value": "0.0412",
        "fixing_on": observation.observed_at.date().isoformat(),
        "observation": observation.pk,
    }
    return {**usual, **other}


def test_what_is_observed_may_be_set(pool, pay):
    loan = floating_loan(pool, pay)
    insert(loan, **said(fixing(FIRST, "0.0412")))
    assert loan.events.count() == 2


@pytest.mark.parametrize(
    "other",
    [
        {"value": "0.0413"},
        {"value": "NaN"},
        {"value": 0.0412},
        {"value": "4.12e-2"},
        {"value": None},
        {"fixing_on": "2025-10-08"},
        {"observation": 10**9},
        {"observation": None},
        {"index": "ESTR"},
        {"spread": "0.01"},
    ],
)
def test_anything_else_may_not(pool, pay, other):
    loan = floating_loan(pool, pay)
    used = fixing(FIRST, "0.0412")
    with pytest.raises(DatabaseError, match="not observed of the rate"):
        insert(loan, **said(used, **other))


def test_nor_what_a_correction_superseded_or_is_of_a_day_to_come(pool, pay):
    loan = floating_loan(pool, pay)
    wrong = fixing(FIRST, "0.0412")
    corrected(wrong, "0.0410", TODAY)
    with pytest.raises(DatabaseError, match="not observed of the rate"):
        insert(loan, **said(wrong))
    later = fixing(TODAY + DAY, "0.0412", known_at=at(TODAY + 2 * DAY))
    with pytest.raises(DatabaseError, match="not observed of the rate"):
        insert(loan, **said(later))


def test_nor_a_rate_of_a_loan_whose_rate_is_fixed_or_follows_another_index(pool, pay):
    floating_loan(pool, pay)
    with pytest.raises(DatabaseError, match="not observed of the rate"):
        insert(active_loan(pool, pay), **said(fixing(FIRST, "0.0412")))


def test_a_day_is_set_once(pool, pay):
    loan = floating_loan(pool, pay)
    used = fixing(FIRST, "0.0412")
    insert(loan, **said(used))
    with pytest.raises(DatabaseError, match="loans_event_fixed_once"):
        insert(loan, **said(used))


def test_a_closed_day_or_another_value_for_it_needs_an_approved_adjustment(pool, pay):
    loan = floating_loan(pool, pay)
    used = fixing(FIRST, "0.0412")
    close(loan, TODAY + DAY)
    first = loan.events.get(type="rate_fixed")
    with pytest.raises(DatabaseError, match="needs an approved adjustment"):
        insert(loan, **said(used))
    with pytest.raises(DatabaseError, match="needs an approved adjustment"):
        insert(loan, TODAY, first.pk, **said(used))


def test_a_fixing_is_never_reversed_or_changed(pool, pay):
    loan = floating_loan(pool, pay)
    fixing(FIRST, "0.0412")
    rate_fixings.fix_rates(on=TODAY, at=at(TODAY))
    first = loan.events.get(type="rate_fixed")
    with pytest.raises(DatabaseError):
        insert(loan, TODAY, first.pk, "reversal")
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(pk=first.pk).update(further={})


def test_an_instrument_that_is_a_price_sets_no_rate(pool, pay):
    loan = floating_loan(pool, pay)
    market.instrument("BTC")
    price = market.price("BTC", "65000")
    with pytest.raises(DatabaseError, match="not observed of the rate"):
        insert(loan, **said(price, index="BTC", value="65000"))
