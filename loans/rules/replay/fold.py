"""The fold: events in order of effect, each changing the life of a loan."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from loans.rules.delinquency import Delinquency, delinquency
from loans.rules.exact import Fraction
from loans.rules.faults import bad_event
from loans.rules.replay import endings, fixings, payments, plans, relief
from loans.rules.replay.events import (
    AGREED,
    CHANGES,
    CHARGES,
    FIXING,
    MARGIN,
    TRANSACTIONS,
    WAIVERS,
    Event,
    Placed,
    check,
    in_effect,
)
from loans.rules.replay.life import Amounts, Life, Part, Transaction
from loans.rules.schedule.book import ZERO, opened
from loans.rules.schedule.rows import Row
from loans.rules.terms import COMPONENTS, PAYMENTS, Terms
from loans.rules.terms import check as check_terms


@dataclass(frozen=True, slots=True)
class State:
    """One instalment at a checkpoint: what is due, and what became of it, by component."""

    number: int
    row: Row
    due: Amounts
    paid: Amounts
    paid_in_advance: Fraction
    paid_late: Fraction
    written_off: Amounts
    waived: Amounts

    def total(self, amounts: Amounts) -> Fraction:
        """Add the components up."""
        return sum(amounts.values(), ZERO)

    @property
    def outstanding(self) -> Fraction:
        """Give what is due and neither paid, waived nor written off."""
        settled = self.total(self.paid) + self.total(self.waived) + self.total(self.written_off)
        return self.total(self.due) - settled


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a loan on a day."""

    name: str
    on: date
    status: str
    is_charged_off: bool
    overpaid: Fraction
    instalments: list[State]
    transactions: list[Transaction]
    delinquency: Delinquency


def replay(terms: Terms, events: Sequence[Event]) -> list[Checkpoint]:
    """
    Give the state at each checkpoint, from the events listed before it (contract, section 7).

    Example: 1,000.00 at 12 %, three level payments by 30/360 PERIOD, nothing paid. On 15 February
    14 of 29 days of the second month are earned on 1,000.00: 8.29 and not 10.00.

    >>> terms = Terms("level_payment", "30/360 PERIOD", Fraction("0.12"), instalments=3)
    >>> drawn = Event("drawdown", date(2024, 1, 1), Fraction(1000))
    >>> (then,) = replay(terms, [drawn, Event("checkpoint", date(2024, 2, 15), name="then")])
    >>> [float(one.due["interest"]) for one in then.instalments]
    [10.0, 8.29, 3.38]

    :raises Fault: ``invalid_terms`` or ``invalid_event`` with the path of the cause
    """
    check(events)
    found = []
    for n, event in enumerate(events):
        if event.type == "checkpoint":
            life = lived(terms, events[:n], n)
            found.append(checkpoint(life, event.name, event.on, reversed_ones(events[:n])))
    if events[-1].type != "checkpoint":
        lived(terms, events, len(events) - 1)
    return found


def lived(terms: Terms, events: Sequence[Event], index: int = 0) -> Life:
    """
    Fold events, given as they were recorded, into the life of a loan.

    ``index`` is the place that asks, for the fault of a loan that nothing was drawn on.

    :raises Fault: ``invalid_terms`` or ``invalid_event`` with the path of the cause
    """
    live, _ = in_effect(events)
    if not live:
        raise bad_event(f"events[{index}]", "nothing was drawn before it")
    life = began(terms, live[0].event.on)
    for placed in live:
        apply(life, placed)
    return life


def began(terms: Terms, first_drawn_on: date) -> Life:
    """
    Begin the life of a loan whose first drawdown is on a day, before anything took effect.

    :raises Fault: ``invalid_terms`` with the path of the cause
    """
    start = terms.start or first_drawn_on
    check_terms(terms, start, for_replay=True)
    life = Life(terms, opened(terms, start))
    life.book.on_balance = terms.interest_on_balance
    return life


def apply(life: Life, placed: Placed) -> None:
    """
    Let one more event take effect; none before it may be missing.

    After a write-off money may still move, but there is no plan any more that could change.

    :raises Fault: ``invalid_event`` or ``invalid_terms`` with the path of the cause
    """
    event = placed.event
    changes_plan = event.type in ("drawdown", "re_age", *AGREED)
    stops_interest = event.type == "charge_off" and event.behaviour != "regular"
    if life.seen_at is not None and (changes_plan or stops_interest):
        raise bad_event(f"events[{placed.index}]", "lies after the loan was written off")
    APPLY[event.type](life, placed)


def reversed_ones(events: Sequence[Event]) -> list[Transaction]:
    """Give the transactions that were reversed, with nothing in them."""
    _, dead = in_effect(events)
    return [
        Transaction(e.identity, e.type, e.on, e.amount or ZERO, is_reversed=True)
        for e in (placed.event for placed in dead)
        if e.type in (*TRANSACTIONS, *WAIVERS, "recovery")
    ]


APPLY: dict[str, Callable[[Life, Placed], object]] = {
    "drawdown": plans.draw,
    **dict.fromkeys((*PAYMENTS, "payoff"), payments.pay),
    "repayment": relief.repay,
    **dict.fromkeys(WAIVERS, relief.waive),
    "recovery": relief.recover,
    **dict.fromkeys(CHANGES, plans.change),
    FIXING: fixings.fix,
    MARGIN: fixings.change_spread,
    **dict.fromkeys(CHARGES, payments.charge),
    "refund": payments.take_back,
    "chargeback": payments.take_back,
    "re_age": endings.re_age,
    "charge_off": endings.charge_off,
    "write_off": endings.write_off,
}


def checkpoint(
    life: Life, name: str, on: date, reversed_: Sequence[Transaction] = ()
) -> Checkpoint:
    """Describe a life on a day."""
    states = states_at(life, on)
    outstanding = sum((state.outstanding for state in states), ZERO)
    if life.seen_at is not None:
        status = "written_off"
    elif life.overpaid > 0:
        status = "overpaid"
    else:
        status = "active" if outstanding else "closed"
    return Checkpoint(
        name=name,
        on=on,
        status=status,
        is_charged_off=life.is_charged_off,
        overpaid=life.overpaid,
        instalments=states,
        transactions=[replace(one) for one in (*life.transactions, *reversed_)],
        delinquency=delinquency(
            [(state.row.period.due_on, state.outstanding) for state in states],
            on,
            life.terms.grace_days,
            life.terms.buckets,
        ),
    )


def states_at(life: Life, on: date) -> list[State]:
    """Give the instalments on a day, with what was paid on each."""
    view = life.view(on)
    by_row: dict[int, list[Part]] = defaultdict(list)
    for part in life.parts:
        by_row[part.row].append(part)
    found = []
    for n, (row, charges) in enumerate(zip(view, life.charged(view), strict=True)):
        mine = by_row[n]
        paid, waived = (dict.fromkeys(COMPONENTS, ZERO) for _ in range(2))
        for part in mine:
            is_waiver = life.transactions[part.transaction].type in WAIVERS
            (waived if is_waiver else paid)[part.component] += part.amount
        found.append(
            State(
                number=n + 1,
                row=row,
                due={"principal": row.principal, "interest": row.interest, **charges},
                paid=paid,
                paid_in_advance=_sum_of(life, mine, "in_advance"),
                paid_late=_sum_of(life, mine, "past_due"),
                written_off={c: life.written_off.get((n, c), ZERO) for c in COMPONENTS},
                waived=waived,
            )
        )
    return found


def _sum_of(life: Life, parts: Sequence[Part], timing: str) -> Fraction:
    money = (part for part in parts if life.transactions[part.transaction].type not in WAIVERS)
    return sum((part.amount for part in money if part.timing == timing), ZERO)
