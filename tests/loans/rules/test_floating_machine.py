"""Floating loans by chance: whatever happens to a loan, its fixings keep their sense."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from loans.rules.calendars import Calendar
from loans.rules.floating import COMPOUNDED, CONVENTIONS, IN_ADVANCE, Fixed, Floating
from loans.rules.replay.events import Event
from loans.rules.replay.fixings import unset_on
from loans.rules.replay.fold import lived
from tests.loans.rules.by_chance import cents, terms_by_chance
from tests.loans.rules.test_life_machine import LoanLife
from tests.loans.rules.test_projection import same_as_the_replay

DAY = timedelta(days=1)
values = st.sampled_from(["0", "0.0431", "0.12", "0.35"])


@st.composite
def floating_terms(draw):
    """Give terms of any method whose rate floats by a convention that goes with it."""
    terms = draw(terms_by_chance())
    is_level = terms.method == "level_payment"
    convention = IN_ADVANCE if is_level else draw(st.sampled_from(CONVENTIONS))
    agreed = Floating(
        "SOFR",
        convention,
        Calendar(draw(st.sampled_from(["none", "weekends", "us_sofr"]))),
        spread=Fraction(draw(st.sampled_from(["0", "0.02"]))),
        cap=Fraction("0.2"),
        observation_shift=convention == COMPOUNDED and draw(st.booleans()),
        lookback_days=draw(st.sampled_from([0, 2, 5])),
    )
    day_count = "ACT/360" if convention == COMPOUNDED else terms.day_count
    return replace(terms, floating=agreed, interest_on_balance=True, day_count=day_count)


class FloatingLife(LoanLife):
    """A life by chance whose rate is fixed now and then, ahead or late, and corrected."""

    @initialize(terms=floating_terms(), amount=cents)
    def is_drawn(self, terms, amount):
        super().is_drawn(terms, amount)

    @rule(value=values, ahead=st.sampled_from([0, 0, 10]), most=st.integers(1, 80))
    def rates_are_set(self, value, ahead, most):
        for _ in range(most):
            day = unset_on(self.life)
            if day is None or day > self.today + ahead * DAY:
                break
            self.record("rate_fixed", day, fixed=Fixed(Fraction(value), "SOFR", day, 1))
            assert unset_on(self.life) != day

    @precondition(lambda self: any(one.type == "rate_fixed" for one in self.events))
    @rule(data=st.data(), value=values)
    def a_rate_is_corrected(self, data, value):
        gone = {one.target for one in self.events}
        known = [
            one for one in self.events if one.type == "rate_fixed" and one.identity not in gone
        ]
        wrong = data.draw(st.sampled_from(known))
        self.number += 1
        fixed = replace(wrong.fixed, value=Fraction(value))
        self.events.append(
            Event("rate_fixed", wrong.on, identity=self.number, target=wrong.identity, fixed=fixed)
        )
        self.life = lived(self.terms, self.events)
        self.is_as_if_recorded_on_time()

    def teardown(self):
        super().teardown()
        if hasattr(self, "life") and self.life.compounding is None:
            day = max(self.latest, self.today)
            same_as_the_replay(self.life, day, day + 60 * DAY)


TestFloatingLife = FloatingLife.TestCase
TestFloatingLife.settings = settings(
    max_examples=150,
    stateful_step_count=30,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
