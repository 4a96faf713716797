"""Rates of floating loans: set as observed, named where they wait, corrected by four eyes."""

from datetime import date, timedelta

import pytest

from loans.models import Projection
from loans.operations import rate_corrections, rate_fixings
from loans.operations.applications import BadTerms
from loans.operations.effects import NotAdjustable
from loans.operations.servicing import book
from loans.queries import fixings as fixing_queries
from loans.queries.standing import standing
from loans.rules.market_data import units
from tests.factories import TODAY, approve, person
from tests.loans import floating, market
from tests.loans.factories import (
    active_loan,
    application,
    at,
    balance,
    booked,
    close,
    paid,
    proposed,
    unproven,
)
from tests.loans.floating import COMPOUNDED, IN_ADVANCE, corrected, fixing, floating_loan
from together.controls.models import AuditRecord
from together.controls.operations.approvals import NotApproved

DAY = timedelta(days=1)
M = 10**6
# Two business days before the drawdown on Tuesday 14 October; the 13th is a holiday of Treasuries.
FIRST = date(2025, 10, 9)


def said(loan) -> list[tuple]:
    """Give the fixings of a loan: day, value, day of the fixing."""
    found = loan.events.filter(type="rate_fixed").order_by("sequence")
    return [(e.on, e.further["value"], e.further["fixing_on"]) for e in found]


def test_a_period_takes_the_fixing_of_two_business_days_before_it(pool, pay):
    loan = floating_loan(pool, pay)
    used = fixing(FIRST, "0.0412")
    closed = close(loan, TODAY + DAY)
    assert not closed.failed
    assert said(loan) == [(TODAY, "0.0412", "2025-10-09")]
    event = loan.events.get(type="rate_fixed")
    assert event.further["observation"] == used.pk
    assert event.recorded_by is None
    # 1,000,000 x (4.12 % + 2 %) x 1 / 360 = 170.00.
    assert balance("loan.interest", loan.number) == 170 * M
    assert AuditRecord.objects.filter(what="loan.rates_fixed", subject=loan.number).count() == 1
    assert not unproven()


def test_floor_and_cap_bound_the_fixing_before_the_spread_is_added(pool, pay):
    loan = floating_loan(pool, pay, {**IN_ADVANCE, "floor": "0.045"})
    other = floating_loan(pool, pay, {**IN_ADVANCE, "cap": "0.034"})
    fixing(FIRST, "0.0412")
    close(loan, TODAY + DAY)
    # 6.50 % and 5.40 % of 1,000,000 for one of 360 days.
    assert balance("loan.interest", loan.number) == 180_560_000
    assert balance("loan.interest", other.number) == 150 * M


def test_set_twice_changes_nothing(pool, pay):
    loan = floating_loan(pool, pay)
    fixing(FIRST, "0.0412")
    first = rate_fixings.fix_rates(on=TODAY, at=at(TODAY))
    again = rate_fixings.fix_rates(on=TODAY, at=at(TODAY))
    assert (first.loans, first.fixings, again.fixings) == (1, 1, 0)
    assert len(said(loan)) == 1


def test_a_loan_without_its_fixing_is_named_and_not_closed_and_stops_nobody(pool, pay):
    waiting = floating_loan(pool, pay)
    served = floating_loan(pool, pay, {**IN_ADVANCE, "lookback_days": 3})
    fixing(date(2025, 10, 8), "0.04")
    closed = close(waiting, TODAY + DAY)
    served.refresh_from_db()
    assert (waiting.business_date, served.business_date) == (TODAY, TODAY + DAY)
    why = closed.failed[waiting.number]
    assert "SOFR: no fixing of 2025-10-09 is known; the terms agree no fallback" in why
    (row,) = fixing_queries.waiting(on=TODAY + DAY)
    assert (row.loan, row.day) == (waiting, TODAY)
    # It comes late: the day is closed with it.
    fixing(FIRST, "0.04", known_at=at(TODAY + DAY))
    assert not close(waiting, TODAY + DAY).failed
    assert waiting.business_date == TODAY + DAY


def test_a_held_fixing_is_named(pool, pay):
    loan = floating_loan(pool, pay)
    fixing(date(2025, 10, 8), "0.04")
    taken = market.fed(market.row("SOFR", "2025-10-09", "0.09"), at=at(FIRST))
    assert taken.held
    assert "(ME-0001 is held)" in close(loan, TODAY + DAY).failed[loan.number]


def test_a_missing_fixing_falls_back_where_the_terms_say_so_but_not_on_a_stale_one(pool, pay):
    loan = floating_loan(pool, pay, {**IN_ADVANCE, "fallback_days": 2})
    strict = floating_loan(pool, pay, {**IN_ADVANCE, "fallback_days": 1})
    fixing(date(2025, 10, 7), "0.0399")
    closed = close(loan, TODAY + DAY)
    assert said(loan) == [(TODAY, "0.0399", "2025-10-07")]
    assert loan.events.get(type="rate_fixed").further["fallback"] is True
    assert "is stale: 2 business days older, at most 1 are allowed" in closed.failed[strict.number]


def test_a_fixing_that_is_not_published_yet_is_waited_for_before_anything_stands_in(pool, pay):
    """Of Friday the 17th on Monday: over the weekend it is not missing, on Monday's end it is."""
    daily = {**COMPOUNDED, "lookback_days": 0}
    loan = floating_loan(pool, pay, daily)
    floating.fixings(TODAY, date(2025, 10, 16))
    assert not close(loan, date(2025, 10, 17)).failed
    assert loan.number in close(loan, date(2025, 10, 19)).failed
    assert said(loan)[-1][0] == date(2025, 10, 16)
    assert not close(loan, date(2025, 10, 20)).failed
    assert said(loan)[-1] == (date(2025, 10, 17), "0.04", "2025-10-16")


def test_without_a_policy_in_force_no_rate_is_agreed(pool):
    market.instrument("SOFR", kind="fixing", has_policy=False)
    with pytest.raises(BadTerms, match="no policy is in force"):
        application(pool, terms=floating.terms())


@pytest.mark.parametrize(
    ("floats", "words"),
    [
        ({"index": "ESTR"}, "there is no such rate"),
        ({"calendar": "weekends"}, "is fixed by the calendar us_sofr"),
        ({"convention": "monthly"}, "terms.floating.convention"),
        ({"spread": "2"}, "terms.floating.spread: must be a fraction"),
        ({"floor": "0.05", "cap": "0.04"}, "terms.floating.cap: lies below the floor"),
        ({"observation_shift": True}, "goes with compounded fixings only"),
        ({"lockout_days": 2}, "goes with daily fixings only"),
        ({"margin": "1"}, "margin"),
    ],
)
def test_a_floating_rate_that_makes_no_sense_is_refused(pool, floats, words):
    floating.sofr()
    with pytest.raises(BadTerms, match=words):
        application(pool, terms=floating.terms({**IN_ADVANCE, **floats}))


def test_level_payments_go_with_rates_in_advance_only(pool):
    floating.sofr()
    with pytest.raises(BadTerms, match="needs the rate of its period in advance"):
        application(pool, terms=floating.terms(COMPOUNDED, product="level_monthly"))
    with pytest.raises(BadTerms, match="ACT/360 or ACT/365F"):
        application(pool, terms=floating.terms(COMPOUNDED, product="equal_quarterly"))


def test_days_of_a_compounded_period_are_set_as_far_as_fixings_are_known(pool, pay):
    loan = floating_loan(pool, pay, COMPOUNDED)
    floating.fixings(date(2025, 10, 6), TODAY)
    assert not close(loan, TODAY + 2 * DAY).failed
    # Five business days back: the fixing of the 6th counts for the 14th, the 14th for the 21st.
    assert said(loan)[0] == (TODAY, "0.04", "2025-10-06")
    assert said(loan)[-1] == (date(2025, 10, 21), "0.04", "2025-10-14")
    assert len(said(loan)) == 6
    # 1,000,000 x 2 % x 2 / 360 of spread, and (1 + 4 % / 360)^2 - 1 of fixings.
    assert balance("loan.interest", loan.number) == 333_350_000
    assert not unproven()


def test_a_projection_does_not_reach_beyond_the_rates_that_are_set(pool, pay):
    loan = floating_loan(pool, pay)
    fixing(FIRST, "0.0412")
    close(loan, TODAY + DAY)
    assert Projection.objects.get(loan=loan).until == date(2026, 1, 15)
    assert loan.events.count() == 2


def test_the_next_period_is_set_two_days_ahead_and_changes_what_is_due(pool, pay):
    loan = floating_loan(pool, pay)
    fixing(FIRST, "0.0400")
    close(loan, date(2026, 1, 11))
    assert standing(loan, TODAY).instalments[1].interest.minor_units == 15_000 * M
    fixing(date(2026, 1, 12), "0.0440", known_at=at(date(2026, 1, 12)))
    close(loan, date(2026, 1, 12))
    assert said(loan)[-1] == (date(2026, 1, 14), "0.044", "2026-01-12")
    # 1,000,000 x 6.40 % x 90 / 360 from 14 January to 14 April.
    assert standing(loan, TODAY).instalments[1].interest.minor_units == 16_000 * M
    assert not unproven()


def test_a_payment_of_a_loan_whose_rate_waits_is_not_split_yet(pool, pay):
    loan = floating_loan(pool, pay)
    assert paid(loan, "1000", TODAY + DAY) == []
    fixing(FIRST, "0.04")
    rate_fixings.fix_rates(on=TODAY + DAY, at=at(TODAY + DAY))
    assert len(paid(loan, "1000", TODAY + DAY)) == 2


def correction(loan, on=TODAY, today=TODAY + 3 * DAY):
    return rate_corrections.propose(
        loan=loan,
        on=on,
        reason="The administrator published anew",
        by=person("loan_officer"),
        at=at(today),
    )


def test_a_corrected_fixing_changes_nothing_until_its_difference_is_approved(pool, pay):
    loan = floating_loan(pool, pay)
    wrong = fixing(FIRST, "0.0412")
    close(loan, TODAY + 2 * DAY)
    corrected(wrong, "0.0430", TODAY + 3 * DAY)
    close(loan, TODAY + 3 * DAY)
    assert balance("loan.interest", loan.number) == 510 * M
    (row,) = fixing_queries.waiting(on=TODAY + 3 * DAY)
    assert row.why == "the fixing of event 2 was corrected since"
    asked = correction(loan)
    assert fixing_queries.waiting(on=TODAY + 3 * DAY) == []
    # Three days of 18 basis points of 1,000,000 by 360: 15.00 more.
    assert asked.difference["entry"] == [
        ["loan.interest", loan.number, 15 * M],
        ["income.interest", "loans", -15 * M],
    ]
    with pytest.raises(NotApproved):
        book(adjustment=asked, by=person("loan_officer"), at=at(TODAY + 3 * DAY))
    booked(asked)
    assert balance("loan.interest", loan.number) == 525 * M
    assert [event[1] for event in said(loan)] == ["0.0412", "0.043"]
    assert loan.events.get(further__value="0.043").target.sequence == 2
    assert not unproven()
    assert not close(loan, TODAY + 5 * DAY).failed


def test_what_was_set_from_a_fallback_may_be_corrected_to_the_fixing_that_came_late(pool, pay):
    loan = floating_loan(pool, pay, {**IN_ADVANCE, "fallback_days": 2})
    fixing(date(2025, 10, 8), "0.0399")
    close(loan, TODAY + DAY)
    fixing(FIRST, "0.0405", known_at=at(TODAY + DAY))
    booked(correction(loan))
    assert said(loan)[-1] == (TODAY, "0.0405", "2025-10-09")


def test_a_correction_is_refused_without_a_new_fixing_and_on_fixed_rates(pool, pay):
    loan = floating_loan(pool, pay)
    fixing(FIRST, "0.0412")
    close(loan, TODAY + 3 * DAY)
    with pytest.raises(NotAdjustable, match="is set by the fixing that counts already"):
        correction(loan)
    with pytest.raises(NotAdjustable, match="2025-10-20 takes no fixing"):
        correction(loan, on=date(2025, 10, 20))
    with pytest.raises(NotAdjustable, match="no fixing of 2026-01-12"):
        correction(loan, on=date(2026, 1, 14))
    with pytest.raises(NotAdjustable, match="does not float"):
        correction(active_loan(pool, pay))


def test_a_correction_that_was_corrected_again_is_not_booked(pool, pay):
    loan = floating_loan(pool, pay)
    wrong = fixing(FIRST, "0.0412")
    close(loan, TODAY + DAY)
    better = corrected(wrong, "0.0430", TODAY + DAY)
    asked = correction(loan, today=TODAY + DAY)
    corrected(better, "0.0420", TODAY + DAY)
    approve(asked.approval)
    with pytest.raises(NotAdjustable, match="is not what is observed"):
        book(adjustment=asked, by=person("loan_officer"), at=at(TODAY + DAY))


def test_a_loan_that_breaks_is_named_and_leaves_nothing(pool, pay, monkeypatch):
    broken = floating_loan(pool, pay)
    whole = floating_loan(pool, pay)
    fixing(FIRST, "0.0412")
    record = rate_fixings.record

    def failing(**said):
        if said["subject"] == broken.number:
            raise RuntimeError("power failure")
        record(**said)

    monkeypatch.setattr(rate_fixings, "record", failing)
    done = rate_fixings.fix_rates(on=TODAY, at=at(TODAY))
    assert list(done.failed) == [broken.number]
    assert said(broken) == []
    assert len(said(whole)) == 1


def test_the_value_is_the_observation_itself(pool, pay):
    loan = floating_loan(pool, pay)
    used = fixing(FIRST, "0.0412")
    rate_fixings.fix_rates(on=TODAY, at=at(TODAY))
    assert units(said(loan)[0][1], used.instrument.scale) == used.value


def test_a_floating_rate_is_not_changed_by_hand(pool, pay):
    loan = floating_loan(pool, pay)
    with pytest.raises(NotAdjustable, match="the rate of this loan follows fixings"):
        proposed(loan, "rate_change", TODAY, rate="0.01")
