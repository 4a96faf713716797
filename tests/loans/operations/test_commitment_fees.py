"""Commitment fees in the books: earned by the day, charged at the drawdown, paid by the waterfall."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from loans.operations import closing, commitment_fees, drawdowns
from loans.operations.applications import BadTerms
from loans.queries.commitments import commitment
from loans.queries.lent import lent
from loans.queries.standing import standing
from loans.rules.products import terms_of
from tests.factories import TODAY, person
from tests.loans.factories import (
    accepted,
    active_loan,
    application,
    at,
    balance,
    close,
    committed_loan,
    paid,
    release,
    settle,
    unaccepted_loan,
    unproven,
)
from together.ledger.models import Entry

DAY = timedelta(days=1)
M = 10**6


def terms(**agreed) -> dict:
    """Give the terms of a loan of ACT/360 with a fee of 0.36 %: 10.00 a day of a million."""
    usual = {"days": 30, "fee_rate": "0.0036"}
    found = terms_of("level_monthly", rate="0.12", instalments=12)
    return {**found, "availability": {**usual, **agreed}}


def kept(pool, **agreed):
    return committed_loan(pool, terms=terms(**agreed))


def end_of_day(day) -> closing.Closed:
    return closing.close_day(on=day, at=at(day))


def test_each_day_that_is_not_drawn_is_in_the_books(pool):
    loan = kept(pool)
    end_of_day(TODAY + DAY)
    end_of_day(TODAY + 4 * DAY)
    assert balance("loan.charges", loan.number) == 40 * M
    days = Entry.objects.filter(kind="LOAN_COMMITMENT_FEE").order_by("happened_on")
    assert [one.happened_on for one in days] == [TODAY + n * DAY for n in (1, 2, 3, 4)]
    assert unproven() == []


def test_a_day_closed_twice_is_booked_once(pool):
    loan = kept(pool)
    for _ in range(2):
        assert not end_of_day(TODAY + 3 * DAY).failed
    assert balance("loan.charges", loan.number) == 30 * M
    assert commitment_fees.accrue_loan(loan=loan, on=TODAY + 2 * DAY, at=at(TODAY)) == 0


def test_the_fee_ends_with_the_availability_period(pool):
    loan = kept(pool)
    end_of_day(TODAY + 45 * DAY)
    assert balance("loan.charges", loan.number) == 300 * M
    assert commitment(loan).ends_on == TODAY + 30 * DAY
    assert unproven() == []


def test_nothing_is_earned_before_the_term_sheet_is_accepted(pool):
    loan = unaccepted_loan(pool, terms=terms())
    end_of_day(TODAY + 5 * DAY)
    assert balance("loan.charges", loan.number) == 0
    accepted(loan, at=at(TODAY + 5 * DAY))
    end_of_day(TODAY + 6 * DAY)
    assert balance("loan.charges", loan.number) == 10 * M


def drawn(loan, pay, on):
    release(loan)
    loan.refresh_from_db()
    settle(loan, pay)
    drawdowns.record_drawn(on=on, at=at(on))
    loan.refresh_from_db()


def test_at_the_drawdown_it_becomes_a_charge_and_the_waterfall_pays_it_first(pool, pay):
    loan = kept(pool)
    end_of_day(TODAY + 2 * DAY)
    drawn(loan, pay, TODAY + 5 * DAY)
    first, fee = loan.events.order_by("sequence")
    assert (first.type, fee.type, fee.amount, fee.on) == (
        "drawdown",
        "commitment_fee",
        50 * M,
        TODAY + 5 * DAY,
    )
    assert balance("loan.charges", loan.number) == 50 * M
    assert standing(loan, TODAY + 5 * DAY).instalments[0].fees.minor_units == 50 * M
    assert unproven() == []
    close(loan, TODAY + 8 * DAY)
    assert balance("loan.charges", loan.number) == 50 * M
    paid(loan, "60", TODAY + 9 * DAY)
    assert balance("loan.charges", loan.number) == 0
    assert unproven() == []


def test_a_drawdown_that_is_told_late_takes_back_what_was_booked_beyond_it(pool, pay):
    loan = kept(pool)
    end_of_day(TODAY + 6 * DAY)
    drawn(loan, pay, TODAY + 5 * DAY)
    assert balance("loan.charges", loan.number) == 50 * M
    assert unproven() == []


def test_a_loan_without_such_terms_costs_nothing_before_it_is_drawn(pool, pay):
    loan = active_loan(pool, pay)
    assert loan.events.count() == 1
    assert not Entry.objects.filter(kind="LOAN_COMMITMENT_FEE").exists()


def test_after_the_availability_period_it_is_not_drawn(pool):
    loan = kept(pool)
    with pytest.raises(commitment_fees.NotAvailable, match="to be drawn before 2025-11-13"):
        drawdowns.ask(loan=loan, by=person("loan_officer"), at=at(TODAY + 30 * DAY))


def test_the_list_of_loans_ties_to_the_books_before_the_drawdown(pool):
    kept(pool)
    end_of_day(TODAY + 3 * DAY)
    (row,) = lent(TODAY + 5 * DAY)
    assert (row.owed.charges, row.booked.charges) == (50 * M, 30 * M)


def test_terms_that_make_no_sense_are_refused(pool):
    with pytest.raises(BadTerms, match=r"terms\.availability\.days"):
        application(pool, terms=terms(days=1000))


def test_a_commitment_that_breaks_is_named_and_stops_nobody(pool, monkeypatch):
    broken, whole = kept(pool), kept(pool)
    record = commitment_fees.record

    def failing(**said):
        if said["subject"] == broken.number:
            raise RuntimeError("power failure")
        record(**said)

    monkeypatch.setattr(commitment_fees, "record", failing)
    assert list(end_of_day(TODAY + DAY).failed) == [broken.number]
    assert balance("loan.charges", broken.number) == 0
    assert balance("loan.charges", whole.number) == 10 * M


def insert(loan, sequence, amount, on) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO loans_event (loan_id, sequence, type, "on", amount, further,'
            " recorded_at) VALUES (%s, %s, 'commitment_fee', %s, %s, '{}', now())",
            [loan.pk, sequence, on, amount],
        )


def test_the_database_lets_no_fee_be_charged_but_that_of_the_terms_once(pool, pay):
    plain = active_loan(pool, pay)
    with pytest.raises(DatabaseError, match="needs an approved adjustment"):
        insert(plain, 2, 1, TODAY)
    loan = kept(pool)
    drawn(loan, pay, TODAY + 5 * DAY)
    with pytest.raises(DatabaseError, match="needs an approved adjustment"):
        insert(loan, 3, 1, TODAY + 5 * DAY)
    # A fee that rounds to nothing has no event: one of two cents is more than its terms come to.
    cheap = kept(pool, fee_rate="0.00000001")
    drawn(cheap, pay, TODAY + 5 * DAY)
    with pytest.raises(DatabaseError, match="needs an approved adjustment"):
        insert(cheap, 2, 20_000, TODAY + 5 * DAY)
    with pytest.raises(DatabaseError, match="needs an approved adjustment"):
        insert(cheap, 2, 1, TODAY + 6 * DAY)
    insert(cheap, 2, 10_000, TODAY + 5 * DAY)
