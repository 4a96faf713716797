"""A loan's life as a machine: whatever happens in whatever order, the amounts keep their sense."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from loans.formats.agreed import read_agreed
from loans.rules.faults import Fault
from loans.rules.products import terms_of
from loans.rules.replay.events import Event, ReAge, check
from loans.rules.replay.finds import accrued
from loans.rules.replay.fold import checkpoint, lived
from loans.rules.schedule.changes import Extension, RateChange
from loans.rules.terms import PAYMENTS

START = date(2025, 11, 3)
DAYS = st.integers(0, 600).map(lambda n: START + timedelta(days=n))
CENTS = st.integers(1, 5_000_000).map(lambda cents: Fraction(cents, 100))


class LoanLife(RuleBasedStateMachine):
    """Events are recorded one after the other, dated anywhere; what cannot happen is refused."""

    @initialize(
        product=st.sampled_from(["level_monthly", "equal_quarterly", "bullet"]),
        surplus=st.sampled_from(["next_instalment", "last_instalment", "spread"]),
        interest_on=st.sampled_from(["balance", "balance", "schedule"]),
        vertical=st.booleans(),
    )
    def open(self, product, surplus, interest_on, vertical):
        terms = terms_of(product, rate="0.12", instalments=6)
        terms["interest_on"] = interest_on
        terms["waterfall"] = {
            "direction": "vertical" if vertical else "horizontal",
            "default": {"surplus": surplus},
        }
        self.terms = read_agreed(terms)
        self.events = [Event("drawdown", START, Fraction(10_000), identity="d")]
        self.number = 0
        self.life = lived(self.terms, self.events)

    def record(self, event: Event) -> None:
        try:
            life = lived(self.terms, [*self.events, event])
        except Fault:
            return
        self.events.append(event)
        self.life = life

    def named(self) -> str:
        self.number += 1
        return f"e{self.number}"

    @rule(on=DAYS, amount=CENTS, kind=st.sampled_from(PAYMENTS))
    def pay(self, on, amount, kind):
        self.record(Event(kind, on, amount, identity=self.named()))

    @rule(on=DAYS)
    def pay_off(self, on):
        self.record(Event("payoff", on, identity=self.named()))

    @rule(on=DAYS, amount=CENTS, is_penalty=st.booleans(), early=st.integers(0, 30))
    def charge(self, on, amount, is_penalty, early):
        seen = max(on - timedelta(days=early), START)
        self.record(Event("charge", on, amount, is_penalty=is_penalty, recorded_on=seen))

    @rule(on=DAYS, amount=CENTS)
    def draw_more(self, on, amount):
        self.record(Event("drawdown", on, amount))

    @rule(on=DAYS, rate=st.sampled_from(["0", "0.05", "0.30"]))
    def change_rate(self, on, rate):
        self.record(Event("rate_change", on, change=RateChange(on, Fraction(rate))))

    @rule(on=DAYS, more=st.integers(1, 3))
    def extend(self, on, more):
        self.record(Event("extend", on, change=Extension(on, more)))

    @rule(
        on=DAYS, amount=CENTS, kind=st.sampled_from(["refund", "chargeback"]), n=st.integers(1, 9)
    )
    def take_back(self, on, amount, kind, n):
        self.record(Event(kind, on, amount, target=f"e{n}" if kind == "chargeback" else None))

    @rule(on=DAYS, n=st.integers(1, 12))
    def reverse(self, on, n):
        if n <= self.number:
            try:
                check([*self.events, Event("reversal", on, target=f"e{n}")])
            except Fault:
                return
            self.record(Event("reversal", on, target=f"e{n}"))

    @rule(on=DAYS, wait=st.integers(0, 40), count=st.integers(1, 5))
    def re_age(self, on, wait, count):
        plan = ReAge(on + timedelta(days=wait), count)
        self.record(Event("re_age", on, re_age=plan))

    @invariant()
    def amounts_keep_their_sense(self):
        life = self.life
        for on in (START + timedelta(days=100), START + timedelta(days=900)):
            found = checkpoint(life, "now", on)
            due = sum((s.due["principal"] for s in found.instalments), Fraction(0))
            paid = sum((s.paid["principal"] for s in found.instalments), Fraction(0))
            assert due == life.principal_outstanding + paid
            assert life.principal_outstanding >= 0
            assert life.overpaid >= 0
            assert found.status in ("active", "overpaid", "closed")
            for state in found.instalments:
                assert min(state.due["interest"], state.due["fee"], state.due["penalty"]) >= 0
        for one in life.transactions:
            parts = sum(one.parts.values())
            assert one.amount == parts + abs(one.overpayment), one

    @invariant()
    def interest_in_the_books_is_never_negative(self):
        last = max(event.on for event in self.events)
        if self.life.on_balance:
            paid = sum(
                (p.amount for p in self.life.parts if p.component == "interest"), Fraction(0)
            )
            assert accrued(self.life, last) - paid >= 0

    @invariant()
    def a_replay_is_the_same_every_time(self):
        again = checkpoint(lived(self.terms, self.events), "now", START + timedelta(days=200))
        assert again == checkpoint(self.life, "now", START + timedelta(days=200))


LoanLife.TestCase.settings = settings(
    max_examples=25, stateful_step_count=12, deadline=None, phases=(Phase.reuse, Phase.generate)
)
TestLoanLife = LoanLife.TestCase
