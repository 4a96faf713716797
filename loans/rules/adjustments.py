"""Adjustments: the kinds of event that a person may propose, and what each of them needs."""

from dataclasses import dataclass
from datetime import date

from loans.rules.exact import Fraction
from loans.rules.faults import bad_value
from loans.rules.replay.events import AGREED, CREDITS, FIXING, MONEY_OUT, WAIVERS, Event
from loans.rules.replay.life import Life
from loans.rules.rounding import text

# Money that came in on a statement: the line says how much and on which day.
RECEIVED = ("repayment", "merchant_refund", "payout_refund", "recovery")
# What happens to the plan from a day on that may still come.
MAY_LIE_AHEAD = ("charge", *AGREED, FIXING)
# A drawdown is paid through the treasury, and a payoff is a repayment of the figure quoted: what
# came in is what the statement says, whatever the loan turns out to have owed that day.
KINDS = (
    "charge",
    *WAIVERS,
    *CREDITS,
    *RECEIVED,
    *MONEY_OUT,
    *AGREED,
    FIXING,
    "re_age",
    "charge_off",
    "write_off",
    "reversal",
)


def words(kind: str) -> str:
    """Write a kind as people say it."""
    if kind == FIXING:
        return "rate fixing"
    return kind.replace("_", "-" if kind == "re_age" else " ")


@dataclass(frozen=True, slots=True)
class Earlier:
    """An event that an adjustment points at: what reversing it again would mean depends on it."""

    type: str
    reverses_money: bool = False


def demand_proposable(
    event: Event, *, today: date, has_line: bool, earlier: Earlier | None
) -> None:
    """
    Check what the engine cannot know of an event that is proposed.

    :raises Fault: with the field that is wrong
    """
    if event.type not in KINDS:
        raise bad_value("type", f"must be one of {', '.join(KINDS)}")
    if event.on > today and event.type not in MAY_LIE_AHEAD:
        raise bad_value("date", f"{event.on} is still to come")
    if has_line != (event.type in RECEIVED):
        said = "needs the statement line that the money came in with"
        raise bad_value("line", f"{event.type} {said}" if not has_line else "goes with money in")
    if event.type == "reversal":
        _demand_reversible(earlier)


def _demand_reversible(earlier: Earlier | None) -> None:
    if earlier is None:
        raise bad_value("target", "a reversal says which event it reverses")
    if earlier.type == "drawdown":
        raise bad_value("target", "a drawdown was paid out: it is repaid, never reversed")
    if earlier.reverses_money:
        # Its line went back to the unallocated and may belong to another loan by now.
        raise bad_value("target", "a reversed receipt is not reversed back: allocate its line anew")


def demand_sound(event: Event, life: Life) -> None:
    """
    Check what became of an event in the life that it makes.

    :raises Fault: if a credit or refund is more than there is to credit or refund, or nothing is
        left to write off
    """
    done = next((t for t in life.transactions if t.event == event.identity), None)
    if done is None:
        return
    if event.type in CREDITS and done.overpayment:
        owed = done.amount - done.overpayment
        raise bad_value("amount", f"only {_shown(owed)} is owed to be credited")
    if event.type == "refund" and done.overpayment != -done.amount:
        raise bad_value("amount", f"only {_shown(-done.overpayment)} is overpaid")
    if event.type == "write_off" and not done.amount:
        raise bad_value("type", "nothing is owed that could be written off")


def _shown(amount: Fraction) -> str:
    """Write an amount with as many decimals as it has, at least two."""
    return next(text(amount, n) for n in (2, 6) if n == 6 or (amount * 10**n).denominator == 1)
