"""What is still to come of loans: each open instalment, as the replay of a day says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from loans.formats.agreed import read_agreed
from loans.models import Loan
from loans.queries.lives import recorded
from loans.rules.delinquency import delinquency
from loans.rules.exact import Fraction
from loans.rules.products import BUCKET_NAMES, USUAL_BUCKETS
from loans.rules.replay.events import AGREED, Event
from loans.rules.replay.fold import State, lived, states_at
from loans.rules.replay.life import Life
from loans.rules.schedule.book import ZERO
from loans.rules.schedule.rows import rows
from loans.rules.target import units
from together.ledger.rules.money import ASSETS, Money


@dataclass(frozen=True, slots=True)
class Coming:
    """What is open of one instalment, by component; ``others`` are its fees and penalties."""

    due_on: date
    principal: Money
    interest: Money
    others: Money

    @property
    def total(self) -> Money:
        """Add the components up."""
        return self.principal + self.interest + self.others


@dataclass(frozen=True, slots=True)
class Expected:
    """A drawn loan on a day: its open instalments, how late it is, its rate, its plan's end."""

    loan: Loan
    instalments: tuple[Coming, ...]
    days_past_due: int
    bucket: str
    rate: Fraction
    matures_on: date

    @property
    def principal(self) -> Money:
        """Give the principal that is still to come."""
        return _sum([one.principal for one in self.instalments], self.loan.pool.asset)

    def past_due(self, as_of: date) -> Money:
        """Give what was due before a day and is open."""
        return _sum([one.total for one in self.late(as_of)], self.loan.pool.asset)

    def late(self, as_of: date) -> tuple[Coming, ...]:
        """Give the open instalments that were due before a day."""
        return tuple(one for one in self.instalments if one.due_on < as_of)

    def next_after(self, as_of: date) -> Coming | None:
        """Give the first open instalment that is due after a day."""
        return next((one for one in self.instalments if one.due_on > as_of), None)


def expected(as_of: date, pool: str = "") -> list[Expected]:
    """
    Give every loan that was drawn by a day with what is open of it.

    By what is known now of the days up to then, and by the changes of its plan that are agreed.
    The number of queries does not grow with the loans; each is replayed.
    """
    loans = Loan.objects.select_related("pool", "institution").prefetch_related("events")
    if pool:
        loans = loans.filter(pool_id=pool)
    found = []
    for loan in loans.order_by("number"):
        life = life_of(loan, known_by(loan, as_of))
        if life is not None:
            found.append(expected_of(loan, life, as_of))
    return found


def known_by(loan: Loan, as_of: date) -> list[Event]:
    """
    Give the events of a loan that have taken effect by a day, and the changes of its plan.

    Rates that were set ahead are left out until their day: they are no change of the plan.
    """
    kept: list[Event] = []
    identities: set[object] = set()
    for event in recorded(loan):
        is_known = event.type in AGREED or event.effective_on <= as_of
        if is_known and (event.target is None or event.target in identities):
            kept.append(event)
            identities.add(event.identity)
    return kept


def life_of(loan: Loan, events: Sequence[Event]) -> Life | None:
    """Replay some events of a loan; nothing if it was not drawn."""
    if not any(event.type == "drawdown" for event in events):
        return None
    return lived(read_agreed(loan.terms), events)


def expected_of(loan: Loan, life: Life, as_of: date) -> Expected:
    """Give what is open of a drawn loan on a day, and how late it is."""
    states = states_at(life, as_of)
    late = delinquency(
        [(state.row.period.due_on, state.outstanding) for state in states],
        as_of,
        life.terms.grace_days,
        life.terms.buckets or USUAL_BUCKETS,
    )
    open_ones = (_coming(state, loan.pool.asset) for state in states)
    kept = tuple(one for one in open_ones if any(_parts(one)))
    planned = rows(life.book, as_of if life.on_balance else None)
    return Expected(
        loan,
        kept,
        late.days_past_due,
        late.bucket or BUCKET_NAMES[0],
        life.book.rate_on(as_of),
        planned[-1].period.due_on,
    )


def _coming(state: State, asset: str) -> Coming:
    def left(*components: str) -> Money:
        settled = (state.paid, state.waived, state.written_off)
        amount = sum((state.due[c] for c in components), ZERO)
        amount -= sum((part[c] for part in settled for c in components), ZERO)
        return Money(units(amount, ASSETS[asset]), asset)

    return Coming(
        state.row.period.due_on, left("principal"), left("interest"), left("fee", "penalty")
    )


def _parts(one: Coming) -> Sequence[int]:
    return [part.minor_units for part in (one.principal, one.interest, one.others)]


def _sum(amounts: Sequence[Money], asset: str) -> Money:
    return Money(sum(amount.minor_units for amount in amounts), asset)
