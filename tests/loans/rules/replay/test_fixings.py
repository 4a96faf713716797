"""Fixings set the rate of a floating loan, period by period or day by day."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random

import pytest

from loans.formats.agreed import read_agreed
from loans.rules.calendars import Calendar
from loans.rules.compounding import Conventions, compounded_rate
from loans.rules.faults import Fault
from loans.rules.floating import Fixed
from loans.rules.projection import project
from loans.rules.replay import fixings
from loans.rules.replay.events import Event, Placed, ReAge, in_effect
from loans.rules.replay.finds import accrued
from loans.rules.replay.fold import apply, lived, states_at
from loans.rules.schedule.changes import Extension, MovedDueDate, RateChange
from loans.rules.target import target

DAY = timedelta(days=1)
START = date(2026, 1, 5)
SOFR = Calendar("us_sofr")
HALF_A_CENT = Fraction(1, 200)


def terms(convention="in_advance", method="bullet", n=4, more=None, **floating):
    agreed = {"index": "SOFR", "convention": convention, "calendar": "us_sofr", **floating}
    return read_agreed(
        {
            "method": method,
            "rate": "0.06",
            "day_count": "ACT/360",
            "instalments": n,
            "period": {"every": 3, "unit": "month"},
            "calendar": "us_sofr",
            "business_day_convention": "modified_following",
            "accrual_dates": "adjusted",
            "floating": agreed,
            **(more or {}),
        }
    )


def drawn(amount="1000000"):
    return Event("drawdown", START, Fraction(amount), identity="1")


def fixed(on, value, identity=None, **said):
    on = date.fromisoformat(on) if isinstance(on, str) else on
    one = Fixed(Fraction(value), "SOFR", on, 1)
    return Event("rate_fixed", on, identity=identity, fixed=one, **said)


def interest(life, on=START):
    return [float(state.due["interest"]) for state in states_at(life, on)]


def published(seed=7):
    chance, day, found = Random(seed), date(2025, 12, 1), {}
    while day < date(2027, 3, 1):
        if SOFR.is_business_day(day):
            found[day] = Fraction(chance.randrange(-50, 600), 10_000)
        day += DAY
    return found


def set_all(agreed, values, until=date.max):
    """Set each rate as its fixing is known, and give the life and its events."""
    events = [drawn()]
    life = lived(agreed, events)
    while (day := fixings.unset_on(life)) is not None and day < until:
        own_day = fixings.fixing_day(life, day)
        one = Event("rate_fixed", day, fixed=Fixed(values[own_day], "SOFR", own_day, 1))
        events.append(one)
        apply(life, Placed(len(events) - 1, one))
    return life, events


def test_each_period_earns_its_own_fixing_and_the_spread():
    life = lived(terms(spread="0.02"), [drawn(), fixed("2026-01-05", "0.04")])
    # 90 days to 6 April (the 5th is a Sunday), 91 to 6 July, 91 to 5 October, 92 to 5 January.
    assert interest(life) == [15166.67, 15166.67, 15166.67, 15333.33]
    apply(life, Placed(2, fixed("2026-04-06", "0.05")))
    assert interest(life) == [15166.67, 17694.44, 17694.44, 17888.89]


def test_before_the_first_fixing_the_plan_counts_with_the_rate_of_the_terms():
    assert interest(lived(terms(spread="0.02"), [drawn()]))[0] == 15166.67


def test_floor_and_cap_bound_a_fixing():
    agreed = terms(spread="0.02", floor="0.01", cap="0.05")
    low = lived(agreed, [drawn(), fixed("2026-01-05", "-0.02")])
    high = lived(agreed, [drawn(), fixed("2026-01-05", "0.09")])
    assert (low.book.rate_on(START), high.book.rate_on(START)) == (
        Fraction("0.03"),
        Fraction("0.07"),
    )


@pytest.mark.parametrize("shift", [False, True])
@pytest.mark.parametrize("lookback", [0, 2, 5])
@pytest.mark.parametrize("lockout", [0, 3])
def test_days_add_up_to_the_compounded_rate_of_the_contract(shift, lookback, lockout):
    agreed = terms(
        "compounded",
        spread="0.02",
        lookback_days=lookback,
        observation_shift=shift,
        lockout_days=lockout,
    )
    values = published()
    life, _ = set_all(agreed, values)
    by = Conventions(SOFR, "ACT/360", lookback, shift, lockout, Fraction("0.02"))
    for state in states_at(life, START):
        period = state.row.period
        rate = compounded_rate(period.start, period.end, values, by)
        exact = 1_000_000 * rate * period.days / 360
        assert abs(state.due["interest"] - exact) <= HALF_A_CENT


def test_simple_fixings_are_not_compounded():
    life, _ = set_all(terms("simple", n=1), dict.fromkeys(published(), Fraction("0.036")))
    # 1,000,000 x 3.6 % x 91 / 360.
    assert interest(life) == [9100.0]


def test_a_repayment_within_a_compounded_period_lowers_what_later_days_earn():
    """At 3.6 % a day earns 100.00 of a million; half of it is repaid after the second day."""
    agreed = terms("compounded", n=1)
    values = dict.fromkeys(published(), Fraction("0.036"))
    _, events = set_all(agreed, values)
    paid = Event("repayment", date(2026, 1, 7), Fraction("500200.01"))
    life = lived(agreed, [*events, paid])
    # 100.00 and 100.01 are earned by the 7th; then 0.00001 of interest on interest a day.
    assert accrued(life, date(2026, 1, 7)) == Fraction("200.01")
    assert accrued(life, date(2026, 1, 8)) == Fraction("250.02")


def test_level_payments_follow_what_is_fixed_in_advance():
    agreed = terms(method="level_payment", n=4, more={"smoothing": True}, spread="0.02")
    life = lived(agreed, [drawn(), fixed("2026-01-05", "0.04")])
    before = [s.total(s.due) for s in states_at(life, START)]
    apply(life, Placed(2, fixed("2026-04-06", "0.10")))
    after = [s.total(s.due) for s in states_at(life, START)]
    assert after[0] == before[0]
    assert after[1] > before[1]
    assert max(after[1:]) - min(after[1:]) <= Fraction("0.05")
    assert sum((s.due["principal"] for s in states_at(life, START)), Fraction(0)) == 1_000_000


def test_a_correction_takes_the_place_of_a_fixing_and_of_nothing_else():
    agreed = terms(method="level_payment", spread="0.02")
    pays = Event("repayment", date(2026, 4, 6), Fraction(300_000))
    wrong, right = fixed("2026-04-06", "0.05", "w"), fixed("2026-04-06", "0.03")
    first = fixed("2026-01-05", "0.04")
    corrected = lived(
        agreed, [drawn(), first, wrong, pays, fixed("2026-04-06", "0.03", "c", target="w")]
    )
    as_if = lived(agreed, [drawn(), first, right, pays])
    for day in (date(2026, 4, 6), date(2026, 6, 1), date(2027, 1, 5)):
        assert accrued(corrected, day) == accrued(as_if, day)
    assert interest(corrected, date(2026, 6, 1)) == interest(as_if, date(2026, 6, 1))
    _, gone = in_effect([drawn(), first, wrong, fixed("2026-04-06", "0.03", "c", target="w")])
    assert [one.event for one in gone] == [wrong]


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([fixed(START, "0.04"), fixed(START, "0.05")], "is fixed already"),
        ([replace(fixed(START, "0"), fixed=Fixed(Fraction(0), "X", START, 1))], "follows SOFR"),
        ([fixed(START, "0.04", "a"), fixed(START, "0.05", target="b")], "no earlier fixing"),
        ([fixed(START, "0.04", "a"), fixed(START + DAY, "0.05", target="a")], "of its day"),
        (
            [
                fixed(START, "0.04", "a"),
                fixed(START, "0", target="a"),
                fixed(START, "1", target="a"),
            ],
            "is corrected already",
        ),
        (
            [fixed(START, "0.04", "a"), Event("reversal", START, target="a")],
            "is corrected, never reversed",
        ),
        (
            [Event("rate_change", START, change=RateChange(START, Fraction(0)))],
            "the rate of this loan follows fixings",
        ),
    ],
)
def test_what_cannot_be_fixed_is_refused(events, words):
    with pytest.raises(Fault, match=words):
        lived(terms(), [drawn(), *events])


def test_a_fixed_rate_takes_no_fixing():
    plain = replace(terms(), floating=None)
    with pytest.raises(Fault, match="the loan has a fixed rate"):
        lived(plain, [drawn(), fixed(START, "0.04")])


def test_days_without_a_fixing_are_named_in_order_until_the_end():
    agreed = terms(n=2)
    life = lived(agreed, [drawn()])
    assert fixings.unset_on(life) == START
    apply(life, Placed(1, fixed(START, "0.04")))
    assert fixings.unset_on(life) == date(2026, 4, 6)
    apply(life, Placed(2, fixed("2026-04-06", "0.04")))
    assert fixings.unset_on(life) is None
    daily = lived(terms("compounded"), [drawn(), fixed(START, "0.04")])
    assert fixings.unset_on(daily) == START + DAY


@pytest.mark.parametrize(
    "ending",
    [
        Event("write_off", date(2026, 3, 1)),
        Event("payoff", date(2026, 3, 1)),
        Event("charge_off", date(2026, 3, 1), behaviour="zero_interest"),
    ],
)
def test_what_is_over_takes_no_fixing_and_one_that_was_set_ahead_has_no_effect(ending):
    life = lived(terms(), [drawn(), fixed(START, "0.04"), fixed("2026-04-06", "0.09"), ending])
    assert fixings.unset_on(life) is None
    usual = lived(terms(), [drawn(), fixed(START, "0.04"), ending])
    assert accrued(life, date(2026, 12, 1)) == accrued(usual, date(2026, 12, 1))


def test_a_moved_due_date_moves_the_fixing_and_a_re_age_goes_on_with_the_rate_in_effect():
    moved = Event(
        "move_due_date",
        date(2026, 2, 1),
        change=MovedDueDate(date(2026, 4, 5), date(2026, 4, 20)),
    )
    life = lived(terms(), [drawn(), fixed(START, "0.04"), replace(moved, on=date(2026, 4, 5))])
    assert fixings.unset_on(life) == date(2026, 4, 20)
    again = Event("re_age", date(2026, 2, 14), re_age=ReAge(date(2026, 5, 14), 4))
    life = lived(terms(), [drawn(), fixed(START, "0.04"), again])
    assert life.book.rate_on(date(2026, 3, 1)) == Fraction("0.04")
    assert fixings.unset_on(life) == date(2026, 5, 14)


def test_an_extension_of_a_compounded_loan_changes_nothing_of_what_was_set():
    values = dict.fromkeys(published(), Fraction("0.036"))
    life, events = set_all(terms("compounded", n=2), values, date(2026, 3, 1))
    before = [rate for rate in life.book.rates if rate[0] < date(2026, 2, 20)]
    more = Event("extend", date(2026, 2, 20), change=Extension(date(2026, 2, 20), 2))
    longer = lived(terms("compounded", n=2), [*events, more])
    assert [rate for rate in longer.book.rates if rate[0] < date(2026, 2, 20)] == before
    assert len(states_at(longer, START)) == 4


@pytest.mark.parametrize("convention", ["in_advance", "simple"])
def test_a_projection_says_what_the_replay_says_up_to_the_first_day_without_a_rate(convention):
    values = dict.fromkeys(published(), Fraction("0.0431"))
    life, _ = set_all(terms(convention, spread="0.02"), values, date(2026, 2, 1))
    day, unset = START, fixings.unset_on(life)
    while day <= unset:
        found = project(life, day, 6)
        assert day < found.until <= unset + DAY
        while day < found.until:
            assert found.interest(day) == target(life, day, 6).interest
            day += DAY
    assert project(life, unset + DAY, 6) is None
