"""An agreed new spread of a floating loan counts from its day on; the fixings stay."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from loans.rules.faults import Fault
from loans.rules.projection import project
from loans.rules.replay import fixings
from loans.rules.replay.events import Event, Placed
from loans.rules.replay.finds import accrued
from loans.rules.replay.fold import apply, lived, states_at
from loans.rules.schedule.changes import Extension
from loans.rules.target import target
from tests.loans.rules.replay.test_fixings import (
    START,
    drawn,
    fixed,
    interest,
    published,
    set_all,
    terms,
)

DAY = timedelta(days=1)
CONVENTIONS = ("in_advance", "compounded", "simple")


def margin(on, spread):
    on = date.fromisoformat(on) if isinstance(on, str) else on
    return Event("margin_change", on, spread=Fraction(spread))


def test_the_days_from_the_change_on_earn_the_new_spread():
    events = [drawn(), fixed("2026-01-05", "0.04"), margin("2026-02-04", "0.01")]
    life = lived(terms(spread="0.02"), events)
    # 30 days at 6 %, 61 at 5 %; then whole periods of 91, 91 and 92 days at 5 %.
    assert interest(life) == [13472.22, 12638.89, 12638.89, 12777.78]
    assert [float(life.book.rate_on(date(2026, 2, day))) for day in (3, 4)] == [0.06, 0.05]
    assert [str(fixings.spread_on(life, date(2026, 2, day))) for day in (3, 4)] == ["1/50", "1/100"]


def test_a_fixing_after_the_change_is_added_to_the_new_spread():
    events = [drawn(), fixed("2026-01-05", "0.04"), margin("2026-02-04", "0.01")]
    life = lived(terms(spread="0.02"), [*events, fixed("2026-04-06", "0.05")])
    assert interest(life)[1] == 15166.67


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_change_on_the_first_day_is_the_loan_agreed_so(convention):
    life, events = set_all(terms(convention, spread="0.02"), published())
    changed = lived(terms(convention, spread="0.02"), [*events, margin(START, "0.035")])
    other, _ = set_all(terms(convention, spread="0.035"), published())
    assert interest(changed) == interest(other)
    assert interest(changed) != interest(life)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_change_to_the_same_spread_changes_nothing(convention):
    life, events = set_all(terms(convention, spread="0.02"), published())
    same = lived(terms(convention, spread="0.02"), [*events, margin("2026-05-16", "0.02")])
    assert interest(same) == interest(life)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("on", ["2026-02-07", "2026-04-06", "2026-07-06", "2026-08-12"])
def test_backdated_is_on_time(convention, on):
    agreed = terms(convention, "level_payment" if convention == "in_advance" else "bullet")
    values, day = published(), date.fromisoformat(on)
    _, events = set_all(agreed, values)
    known = [one for one in events if one.on <= day]
    rest = [one for one in events if one.on > day]
    on_time = lived(agreed, [*known, margin(day, "0.03"), *rest])
    backdated = lived(agreed, [*events, margin(day, "0.03")])
    assert interest(backdated) == interest(on_time)
    assert backdated.book.rates == on_time.book.rates


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_each_day_earns_the_fixings_and_the_spread_of_the_day(convention):
    """The difference to the unchanged loan is the difference of spreads, and nothing else."""
    values, day = published(), date(2026, 2, 7)  # a Saturday
    plain, events = set_all(terms(convention, spread="0.02"), values)
    changed = lived(terms(convention, spread="0.02"), [*events, margin(day, "0.03")])
    on = START
    while on < date(2026, 12, 30):
        more = changed.book.rate_on(on) - plain.book.rate_on(on)
        assert more == (Fraction("0.01") if on >= day else 0), on
        on += DAY


def test_level_payments_set_in_advance_follow_it():
    events = [drawn(), fixed("2026-01-05", "0.04")]
    agreed = terms(method="level_payment", spread="0.02")
    before, after = (
        [float(s.total(s.due)) for s in states_at(lived(agreed, some), START)]
        for some in (events, [*events, margin("2026-04-06", "0.00")])
    )
    assert before[0] == after[0]
    assert after[1] < before[1]
    assert after[1] == after[2]
    assert sum(after) < sum(before)


def test_the_last_of_two_counts_and_a_later_extension_keeps_them():
    events = [drawn(), fixed("2026-01-05", "0.04")]
    events += [margin("2026-02-04", "0.05"), margin("2026-02-04", "0.01")]
    life = lived(terms(spread="0.02"), events)
    assert float(life.book.rate_on(date(2026, 2, 4))) == 0.05
    longer = Event("extend", date(2026, 3, 1), change=Extension(date(2026, 3, 1), 1))
    apply(life, Placed(4, longer))
    assert float(life.book.rate_on(date(2026, 2, 4))) == 0.05
    assert float(life.book.rate_on(date(2026, 2, 3))) == 0.06


def test_a_reversed_change_never_was():
    events = [drawn(), fixed("2026-01-05", "0.04")]
    changed = Event("margin_change", date(2026, 2, 4), identity="m", spread=Fraction("0.01"))
    undone = Event("reversal", date(2026, 2, 4), target="m")
    life = lived(terms(spread="0.02"), [*events, changed, undone])
    assert interest(life) == interest(lived(terms(spread="0.02"), events))


def test_a_fixed_loan_has_no_spread_to_change():
    with pytest.raises(Fault, match="the rate of this loan is fixed"):
        lived(replace(terms(), floating=None), [drawn(), margin("2026-02-04", "0.01")])


# Compounded rates of each day are closed by their replay.
@pytest.mark.parametrize("convention", ["in_advance", "simple"])
def test_a_projection_says_what_the_replay_says(convention):
    values = published()
    agreed = terms(convention, spread="0.02")
    _, events = set_all(agreed, values, until=date(2026, 5, 1))
    life = lived(agreed, [*events, margin("2026-02-07", "0.03")])
    found = project(life, date(2026, 2, 1), 6)
    assert found is not None
    for n in range(60):
        day = date(2026, 2, 1) + n * DAY
        if day < found.until:
            assert found.interest(day) == target(life, day, 6).interest, day
    assert accrued(life, date(2026, 3, 1)) > 0
