"""
The life of a loan, lived by chance: what must hold after every event, whatever happens when.

Hypothesis draws terms and then events, in order, dated back or dated anywhere. A usual run always
lives the same lives; ``make soak`` (LIFE=soak in the environment) lives more, longer and other ones
every time.
"""

import os
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from loans.rules.faults import Fault
from loans.rules.replay.events import MONEY_IN, WAIVERS, Event, Placed, ReAge, in_effect
from loans.rules.replay.finds import accrued
from loans.rules.replay.fold import apply, checkpoint, lived, states_at
from loans.rules.schedule.book import ZERO
from loans.rules.schedule.changes import Extension, MovedDueDate, RateChange
from loans.rules.target import target
from loans.rules.terms import COMPONENTS, PAYMENTS
from tests.loans.rules.by_chance import (
    SCALE,
    cents,
    days_back,
    is_due,
    rates,
    scaled,
    scaled_terms,
    terms_by_chance,
    terms_of_products,
    told,
)

STARTED = date(2025, 11, 3)
# How many lives a usual run lives: what fits into the time of `make test`.
LIVES = 500
PROFILES = {
    "usual": settings(max_examples=LIVES, stateful_step_count=50, derandomize=True),
    "soak": settings(max_examples=10_000, stateful_step_count=80),
}


def last_lent(book):
    """
    Give the last day on which money left.

    In a view of a day before it what is repaid of it counts already, and the money itself does
    not: interest may be below zero there (0021-what-the-contract-leaves-open, number 23).
    """
    return max([day for day, _ in book.drawn] + [extra.on for extra in book.extras])


class LoanLife(RuleBasedStateMachine):
    """A loan, the events that were recorded, and today."""

    @initialize(terms=terms_by_chance() | terms_of_products(), amount=cents)
    def is_drawn(self, terms, amount):
        self.terms, self.today = terms, STARTED
        self.events, self.number = [], 0
        self.life = None
        self.record("drawdown", STARTED, amount=amount)

    def record(self, kind, on, **said):
        """Record an event, unless the engine refuses it; the refused leaves nothing behind."""
        self.number += 1
        event = Event(kind, on, identity=self.number, **said)
        before = self.life
        try:
            if before is None or kind == "reversal" or on < self.latest:
                self.life = lived(self.terms, [*self.events, event])
                self.events.append(event)
                self.is_as_if_recorded_on_time()
            else:
                apply(self.life, Placed(len(self.events), event))
                self.events.append(event)
        except Fault as fault:
            assert fault.code in ("invalid_event", "invalid_value", "invalid_terms"), fault
            self.life = lived(self.terms, self.events)

    @property
    def latest(self):
        return max(event.effective_on for event in self.events)

    def is_as_if_recorded_on_time(self):
        """Check backdated = on time (in the order of each day), and paid + reversed = nothing."""
        live, _ = in_effect(self.events)
        on_time = lived(self.terms, [placed.event for placed in live])
        assert told(on_time, self.today) == told(self.life, self.today)

    # What may happen.

    @rule(days=st.sampled_from([1, 7, 30, 31, 45, 120]))
    def time_passes(self, days):
        self.today += timedelta(days=days)

    @rule(amount=cents)
    def pays(self, amount):
        self.record("repayment", self.today, amount=amount)

    @rule(parts=st.integers(1, 12))
    def pays_a_part_of_what_is_owed(self, parts):
        owed = max(self.life.principal_outstanding, Fraction(1, 100))
        cents_owed = max(int(owed * 100) // parts, 1)
        self.record("repayment", self.today, amount=Fraction(cents_owed, 100))

    @rule()
    def pays_what_is_due(self):
        late = [s.outstanding for s in states_at(self.life, self.today) if is_due(s, self.today)]
        if sum(late, ZERO) > 0:
            self.record("repayment", self.today, amount=sum(late, ZERO))

    @rule(amount=cents, kind=st.sampled_from(PAYMENTS), days=days_back)
    def a_payment_is_dated_back(self, amount, kind, days):
        self.record(kind, max(self.today - timedelta(days=days), STARTED), amount=amount)

    @rule(kind=st.sampled_from(sorted(WAIVERS)), amount=st.none() | cents)
    def something_is_waived(self, kind, amount):
        self.record(kind, self.today, amount=amount)

    @precondition(lambda self: self.life.seen_at is not None)
    @rule(amount=cents)
    def something_is_recovered(self, amount):
        self.record("recovery", self.today, amount=amount)

    @rule(data=st.data())
    def an_event_is_reversed(self, data):
        live, _ = in_effect(self.events)
        targets = [placed.event.identity for placed in live[1:]]
        if targets:
            self.record("reversal", self.today, target=data.draw(st.sampled_from(targets)))

    @rule(data=st.data(), amount=cents)
    def a_payment_is_charged_back(self, data, amount):
        paid = [None, *(t.event for t in self.life.transactions if t.type in PAYMENTS)]
        self.record(
            "chargeback", self.today, amount=amount, target=data.draw(st.sampled_from(paid))
        )

    @precondition(lambda self: self.life.overpaid > 0)
    @rule()
    def what_is_overpaid_is_refunded(self):
        self.record("refund", self.today, amount=self.life.overpaid)

    @rule(amount=cents, is_penalty=st.booleans(), ahead=st.integers(0, 60), back=days_back)
    def a_charge_is_made(self, amount, is_penalty, ahead, back):
        on = self.today + timedelta(days=ahead - back if ahead % 2 else ahead)
        if on >= STARTED:
            self.record(
                *("charge", on),
                amount=amount / 1000 if (amount / 1000 * 100).denominator == 1 else amount,
                is_penalty=is_penalty,
                recorded_on=max(min(on, self.today), self.latest) if ahead % 3 else None,
            )

    @rule(amount=cents)
    def more_is_drawn(self, amount):
        self.record("drawdown", self.today, amount=amount)

    @rule(rate=rates, days=st.integers(0, 40))
    def the_rate_is_reset(self, rate, days):
        on = max(self.today - timedelta(days=days), STARTED)
        self.record("rate_change", on, change=RateChange(on, Fraction(rate)))

    @rule(instalments=st.integers(1, 3))
    def it_is_extended(self, instalments):
        self.record("extend", self.today, change=Extension(self.today, instalments))

    @rule(data=st.data(), days=st.integers(1, 20))
    def a_due_date_is_moved(self, data, days):
        book = self.life.book
        coming = [book.dates.at(row + 1) for row in book.rows()]
        coming = [day for day in coming if day > self.today]
        if coming:
            day = data.draw(st.sampled_from(coming))
            to = day + timedelta(days=days)
            self.record("move_due_date", self.today, change=MovedDueDate(day, to))

    @rule(instalments=st.integers(1, 6), days=st.integers(1, 40))
    def it_is_restructured(self, instalments, days):
        first = self.today + timedelta(days=days)
        self.record("re_age", self.today, re_age=ReAge(first, instalments))

    @rule(back=st.sampled_from([0, 0, 30]))
    def it_is_paid_off(self, back):
        self.record("payoff", max(self.today - timedelta(days=back), STARTED))

    @precondition(lambda self: self.today > STARTED + timedelta(days=90))
    @rule(behaviour=st.sampled_from(["regular", "zero_interest", "accelerate"]))
    def it_is_charged_off(self, behaviour):
        self.record("charge_off", self.today, behaviour=behaviour)

    @precondition(lambda self: self.today > STARTED + timedelta(days=180))
    @rule()
    def it_is_written_off(self):
        self.record("write_off", self.today)

    @rule(
        kind=st.sampled_from(["payoff", "refund", "chargeback", "drawdown", "extend", "re_age"]),
        days=st.integers(0, 600),
        amount=cents,
        count=st.integers(1, 5),
    )
    def something_is_dated_anywhere(self, kind, days, amount, count):
        on = STARTED + timedelta(days=days)
        said = {
            "payoff": {},
            "extend": {"change": Extension(on, count)},
            "re_age": {"re_age": ReAge(on + timedelta(days=8 * count), count)},
        }
        self.record(kind, on, **said.get(kind, {"amount": amount}))

    # What must hold.

    @invariant()
    def no_balance_is_negative(self):
        if not hasattr(self, "life"):
            return
        life = self.life
        assert life.principal_outstanding >= 0
        assert life.overpaid >= 0
        assert accrued(life, self.today) >= 0
        # A plan that is set anew may ask less of a row than was paid on it in advance.
        kept = COMPONENTS if life.on_balance else ("penalty", "fee")
        if last_lent(life.book) > self.today:
            kept = tuple(one for one in kept if one != "interest")
        for state in states_at(life, self.today):
            for component in kept:
                settled = state.paid[component] + state.written_off[component]
                settled += state.waived[component]
                assert state.due[component] >= settled, (state.number, component)

    @invariant()
    def every_payment_is_the_sum_of_its_parts(self):
        if not hasattr(self, "life"):
            return
        for done in self.life.transactions:
            if done.type in (*MONEY_IN, *WAIVERS):
                assert done.amount == sum(done.parts.values(), ZERO) + done.overpayment
                assert min(done.parts.values()) >= 0
                assert done.overpayment >= 0

    @invariant()
    def every_transaction_is_the_sum_of_its_parts(self):
        if not hasattr(self, "life"):
            return
        for done in self.life.transactions:
            assert done.amount == sum(done.parts.values(), ZERO) + abs(done.overpayment), done

    @invariant()
    def amounts_keep_their_sense_on_other_days_as_well(self):
        if not hasattr(self, "life"):
            return
        for on in (STARTED + timedelta(days=100), self.today + timedelta(days=900)):
            found = checkpoint(self.life, "then", on)
            due = sum((state.due["principal"] for state in found.instalments), ZERO)
            gone = sum(
                (s.paid["principal"] + s.written_off["principal"] for s in found.instalments), ZERO
            )
            assert due == self.life.principal_outstanding + gone
            assert found.status in ("active", "overpaid", "closed", "written_off")
            for state in found.instalments:
                assert min(state.due["fee"], state.due["penalty"]) >= 0
                assert state.due["interest"] >= 0 or last_lent(self.life.book) > on

    @invariant()
    def no_more_interest_is_paid_than_was_earned(self):
        if not hasattr(self, "life") or not self.life.on_balance:
            return
        paid = sum((p.amount for p in self.life.parts if p.component == "interest"), ZERO)
        assert accrued(self.life, max(self.latest, self.today)) >= paid

    @invariant()
    def what_was_drawn_is_owed_paid_or_written_off(self):
        if not hasattr(self, "life"):
            return
        states = states_at(self.life, self.today)
        drawn = sum((amount for _, amount in self.life.book.drawn), ZERO)
        back = sum((extra.principal for extra in self.life.book.extras), ZERO)
        due = sum((state.due["principal"] for state in states), ZERO)
        assert due == drawn + back
        settled = sum((s.paid["principal"] + s.written_off["principal"] for s in states), ZERO)
        assert self.life.principal_outstanding == due - settled

    @invariant()
    def the_books_explain_every_payment(self):
        if not hasattr(self, "life") or not self.life.on_balance:
            return
        if self.today < self.latest:
            return
        books = target(self.life, self.today, 2)
        assert min(books.principal, books.interest, books.charges, books.overpaid) >= 0
        repaid = books.drawn - books.principal
        income = books.earned - books.interest + books.charged - books.charges
        assert books.received == repaid + income + books.overpaid

    def teardown(self):
        """In the end: folding anew changes nothing, and amounts x 100 are the same loan."""
        if not hasattr(self, "life"):
            return
        mine = told(self.life, self.today)
        assert told(lived(self.terms, self.events), self.today) == mine
        larger = lived(scaled_terms(self.terms), [scaled(event) for event in self.events])
        assert told(larger, self.today) == told(self.life, self.today, SCALE)


TestLoanLife = LoanLife.TestCase
TestLoanLife.settings = settings(
    PROFILES[os.environ.get("LIFE", "usual")],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
