"""The projection of a loan says of every day to come what its replay will say."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from loans.rules.calendars import CONVENTIONS, Calendar
from loans.rules.day_counts import OF_SCHEDULES
from loans.rules.projection import HORIZON_DAYS, MOST_SEGMENTS, Segment, project
from loans.rules.rounding import MODES
from loans.rules.schedule.changes import RateChange
from loans.rules.target import target
from loans.rules.terms import CustomRow, Grace
from tests.loans.rules.agreed import event, life
from tests.loans.rules.by_chance import cents, terms_by_chance
from tests.loans.rules.test_life_machine import STARTED, LoanLife

DAY = timedelta(days=1)
DECIMALS = 6


def same_as_the_replay(loan, since, until):
    """Follow the projections of a loan from one to the next, and compare each day."""
    day = since
    while day < until:
        found = project(loan, day, DECIMALS)
        if found is None:
            return False
        assert found.until > day
        assert len(found.segments) <= MOST_SEGMENTS
        while day < min(found.until, until):
            assert found.interest(day) == target(loan, day, DECIMALS).interest, day
            day += DAY
    return True


def test_a_day_of_interest_is_the_slope_of_a_segment():
    # 1,000.00 at 12 % by ACT/360: a third of a cent short of 0.33 1/3 a day, 10.33 in January.
    january, *_ = project(life(day_count="ACT/360"), date(2024, 1, 1), 2).segments
    assert january == Segment(date(2024, 1, 1), 0, 0, 100, 3)
    found = project(life(day_count="ACT/360"), date(2024, 1, 1), 2)
    assert [found.interest(date(2024, 1, day)) for day in (1, 2, 3, 4)] == [0, 33, 67, 100]
    assert found.interest(date(2024, 2, 1)) == 1033


def test_paid_interest_stands_until_more_is_earned():
    """
    5.00 are earned and paid by 16 January; for two days the rate is below zero.

    Earned by the 17th 4.83, by the 18th 4.67, by the 19th 5.00, by the 20th 5.33, by the 21st 5.67.
    """
    paid = life(
        event("repayment", "2024-01-16", "5.00"),
        *(
            event("rate_change", on, change=RateChange(date.fromisoformat(on), Fraction(rate)))
            for on, rate in (("2024-01-16", "-0.06"), ("2024-01-18", "0.12"))
        ),
        day_count="ACT/360",
    )
    found = project(paid, date(2024, 1, 16), 2)
    shown = [found.interest(date(2024, 1, day)) for day in range(16, 22)]
    assert shown == [0, 0, 0, 0, 33, 67]
    assert found.segments[1] == Segment(date(2024, 1, 17), 0, 0, 0, 1)


def test_a_projection_ends_and_the_next_one_goes_on_where_it_ended():
    loan = life(day_count="30/360", default_interest={"rate": "0.18"})
    first = project(loan, date(2024, 1, 1), 2)
    assert first.until <= date(2024, 1, 1) + HORIZON_DAYS * DAY
    with pytest.raises(ValueError, match="does not reach"):
        first.interest(first.until)
    assert same_as_the_replay(loan, date(2024, 1, 1), date(2026, 1, 1))


def test_a_loan_that_is_repaid_or_written_off_is_not_projected():
    repaid = life(event("payoff", "2024-01-15"))
    lost = life(event("write_off", "2024-06-15"))
    assert project(repaid, date(2024, 1, 15), 2) is None
    assert project(lost, date(2024, 6, 15), 2) is None


def test_numbers_beyond_a_bigint_are_not_projected():
    assert project(life(rate="0.12"), date(2024, 1, 1), 2) is not None
    finest = life(rate="0.1234567890123456789")
    assert project(finest, date(2024, 1, 1), 2) is None


def test_what_is_rounded_finer_than_the_asset_is_not_projected():
    assert project(life(unit="0.001"), date(2024, 1, 1), 2) is None
    assert project(life(unit="0.001"), date(2024, 1, 1), 3) is not None


@st.composite
def terms_of_a_kind(draw):
    """Give the usual terms by chance, or flat interest, or rows that were agreed one by one."""
    terms, kind = draw(terms_by_chance()), draw(st.sampled_from(["usual"] * 4 + ["flat", "custom"]))
    if kind == "usual":
        return terms
    if kind == "flat":
        flat = {"is_flat": True, "interest_on_balance": False, "is_smoothed": False}
        terms = replace(terms, method="level_payment", payment=None, **flat)
        return replace(terms, flat_is_even=draw(st.booleans()), prepayment="instalments")
    days = sorted(draw(st.sets(st.integers(5, 300), min_size=1, max_size=5)))
    rows = tuple(
        CustomRow(STARTED + day * DAY, **{draw(st.sampled_from(["principal", "payment"])): amount})
        for day, amount in zip(days, draw(st.lists(cents, min_size=5, max_size=5)), strict=False)
    )
    given = {"method": "custom", "rows": rows, "instalments": None, "payment": None}
    return replace(terms, **given, is_smoothed=False, grace=Grace(), prepayment="instalments")


@st.composite
def varied_terms(draw):
    terms = draw(terms_of_a_kind())
    return replace(
        terms,
        day_count=draw(st.sampled_from(OF_SCHEDULES)),
        accrual_day=draw(st.sampled_from(["start", "start", "end"])),
        interest_rounding=draw(st.sampled_from(MODES)),
        unit=draw(st.sampled_from([Fraction(1, 100), Fraction(1, 1000), Fraction(1)])),
        rate=draw(st.sampled_from([terms.rate, terms.rate, Fraction("-0.005")])),
        calendar=Calendar("target2"),
        business_day_convention=draw(st.sampled_from(CONVENTIONS)),
        accrual_is_adjusted=draw(st.booleans()),
    )


class ProjectedLife(LoanLife):
    """A life by chance whose days to come are projected at its end."""

    @initialize(terms=varied_terms(), amount=cents)
    def is_drawn(self, terms, amount):
        super().is_drawn(terms, amount)

    def no_balance_is_negative(self):
        """Leave this to the lives of usual terms: a negative rate may well give less than zero."""

    def amounts_keep_their_sense_on_other_days_as_well(self):
        """Leave this to the lives of usual terms as well."""

    def the_books_explain_every_payment(self):
        """Leave this to the lives of usual terms as well."""

    def teardown(self):
        if hasattr(self, "life") and self.life is not None:
            last = self.life.book.period((self.life.book.count or 1) - 1).end
            since = max(self.latest, self.today) if len(self.events) % 3 else STARTED
            same_as_the_replay(
                self.life, since, min(max(last, since), since + 900 * DAY) + 150 * DAY
            )


TestProjectedLife = ProjectedLife.TestCase
TestProjectedLife.settings = settings(
    max_examples=60,
    stateful_step_count=12,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
