"""Events of a loan: what each kind says, which of them count, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from loans.rules.due_dates import MONTHLY, Step
from loans.rules.exact import Fraction
from loans.rules.faults import bad_event
from loans.rules.floating import Fixed
from loans.rules.schedule.changes import Change
from loans.rules.terms import PAYMENTS

CHANGES = ("rate_change", "extend", "move_due_date")
TRANSACTIONS = (*PAYMENTS, "payoff", "refund", "chargeback", "re_age", "charge_off", "write_off")
TYPES = ("drawdown", *TRANSACTIONS, "charge", "reversal", *CHANGES, "end_of_day", "checkpoint")
# Beyond the calculation contract: what is given up, by event, and money after a write-off.
WAIVERS = {"charge_waiver": ("penalty", "fee"), "accrual_waiver": ("interest",)}
# A fixing sets the rate of a floating loan from a day on; one with a target takes its place.
FIXING = "rate_fixed"
# An agreed new spread of a floating loan, from a day on.
MARGIN = "margin_change"
# The fee of a commitment, charged when it is drawn.
COMMITMENT_FEE = "commitment_fee"
BEYOND = (*WAIVERS, "recovery", FIXING, MARGIN, COMMITMENT_FEE)
CHARGES = ("charge", COMMITMENT_FEE)
# Agreed changes of a plan, those that the calculation contract does not know among them.
AGREED = (*CHANGES, MARGIN)
# What concerns days to come: the books do not move because of it.
OF_THE_PLAN = (*AGREED, FIXING)
# What the lender credits without that any money came in; the others among the payments are money.
CREDITS = ("goodwill_credit", "interest_waiver")
MONEY_IN = (*PAYMENTS, "payoff", "recovery")
MONEY_OUT = ("refund", "chargeback")
SILENT = ("reversal", "end_of_day", "checkpoint")
BEHAVIOURS = ("regular", "zero_interest", "accelerate")


@dataclass(frozen=True, slots=True)
class ReAge:
    """How what is open is spread anew."""

    first_due_date: date
    instalments: int
    period: Step = MONTHLY


@dataclass(frozen=True, slots=True)
class Event:
    """
    One event, as it was recorded.

    ``identity`` is what others point at with ``target``; the fields after it belong to some kinds
    only: ``is_penalty`` and ``recorded_on`` to charges, ``change`` to agreed changes, ``re_age``,
    ``behaviour`` to a charge-off, ``fixed`` to a fixing, ``spread`` (a fraction a year) to a margin
    change, ``name`` to a checkpoint.
    """

    type: str
    on: date
    amount: Fraction | None = None
    identity: str | int | None = None
    target: str | int | None = None
    is_penalty: bool = False
    recorded_on: date | None = None
    change: Change | None = None
    re_age: ReAge | None = None
    behaviour: str = "regular"
    fixed: Fixed | None = None
    spread: Fraction | None = None
    name: str = ""

    @property
    def effective_on(self) -> date:
        """Give the day from which the event counts."""
        return min(self.on, self.recorded_on) if self.recorded_on else self.on


@dataclass(frozen=True, slots=True)
class Placed:
    """An event with its place in the list that it was recorded in."""

    index: int
    event: Event


def check(events: Sequence[Event]) -> None:
    """
    Check that ids are unique, and that what is reversed or corrected is there.

    :raises Fault: ``invalid_event``
    """
    places: dict[str | int, int] = {}
    for n, event in enumerate(events):
        if event.identity is not None:
            if event.identity in places:
                raise bad_event(f"events[{n}].id", "names an earlier event already")
            places[event.identity] = n
    _struck(events, places)


def _struck(events: Sequence[Event], places: dict[str | int, int]) -> tuple[set[int], list[int]]:
    """
    Give the places of events that do not count any more, and the place of each in its day.

    A corrected fixing is struck by its correction, which stands where it stood.
    """
    dead: set[int] = set()
    order = list(range(len(events)))
    for n, event in enumerate(events):
        if event.type == "reversal":
            _reverse(events, places, dead, n)
        elif event.type == FIXING and event.target is not None:
            order[n] = order[_correct(events, places, dead, n)]
    return dead, order


def _correct(events: Sequence[Event], places: dict[str | int, int], dead: set[int], n: int) -> int:
    """Strike the fixing that a correction takes the place of, and give where it stands."""
    target = places.get(_target(events[n]), n)
    if target >= n or events[target].type != FIXING or events[target].on != events[n].on:
        raise bad_event(f"events[{n}].target", "names no earlier fixing of its day")
    if target in dead:
        raise bad_event(f"events[{n}].target", "is corrected already")
    dead.add(target)
    return target


def _reverse(events: Sequence[Event], places: dict[str | int, int], dead: set[int], n: int) -> None:
    """Strike what a reversal points at; a reversed reversal lets its own target count again."""
    target = places.get(_target(events[n]), n)
    if target >= n:
        raise bad_event(f"events[{n}].target", "names no earlier event")
    if target in dead:
        raise bad_event(f"events[{n}].target", "is reversed already")
    if events[target].type == FIXING:
        raise bad_event(f"events[{n}].target", "is a fixing: it is corrected, never reversed")
    dead.add(target)
    if events[target].type == "reversal":
        dead.discard(places[_target(events[target])])


def _target(event: Event) -> str | int:
    assert event.target is not None, "it says which event it is about"
    return event.target


def in_effect(events: Sequence[Event]) -> tuple[list[Placed], list[Placed]]:
    """
    Give the events that count, in order of effect, and those that were reversed.

    :raises Fault: ``invalid_event`` if one would take effect before the first drawdown
    """
    places = {e.identity: n for n, e in enumerate(events) if e.identity is not None}
    dead, order = _struck(events, places)
    live = [
        Placed(n, replace(e, target=None) if e.type == FIXING else e)
        for n, e in enumerate(events)
        if n not in dead and e.type not in SILENT
    ]
    live.sort(key=lambda placed: (placed.event.effective_on, order[placed.index]))
    if live and live[0].event.type != "drawdown":
        raise bad_event(f"events[{live[0].index}]", "takes effect before the first drawdown")
    # Both lists rise by effective date, events of one day as they were recorded.
    gone = sorted(dead, key=lambda n: (events[n].effective_on, n))
    return live, [Placed(n, events[n]) for n in gone]
