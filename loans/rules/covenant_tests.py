"""Covenant tests: what an outcome makes of one, and how much room a figure leaves to a bound."""

from loans.rules.covenants import BREACHED, KEPT
from loans.rules.credit.figures import UNBOUNDED, Figure
from loans.rules.credit.ratios import in_words
from loans.rules.exact import Fraction
from loans.rules.rounding import text
from loans.rules.states import CovenantTestState as State

# While its loan lives, what stands against its borrower: no money goes out to it.
OPEN = (State.OVERDUE, State.BREACHED, State.DEFAULTED)
# What runs out on a day.
RUNNING = (State.DUE, State.OVERDUE, State.BREACHED)
# A waiver lets it go.
WAIVABLE = OPEN
AFTER: dict[tuple[State, str], State] = {
    (State.DUE, KEPT): State.KEPT,
    (State.OVERDUE, KEPT): State.CURED,
    (State.BREACHED, KEPT): State.CURED,
    (State.DEFAULTED, KEPT): State.CURED,
    (State.DUE, BREACHED): State.BREACHED,
    (State.OVERDUE, BREACHED): State.BREACHED,
    (State.KEPT, BREACHED): State.BREACHED,
    (State.CURED, BREACHED): State.BREACHED,
}


def after(state: State, outcome: str) -> State:
    """
    Say what an outcome makes of a test; what is not known changes nothing.

    >>> str(after(State.OVERDUE, KEPT)), str(after(State.DUE, "not known"))
    ('cured', 'due')
    """
    return AFTER.get((state, outcome), state)


def run_out(state: State) -> State:
    """
    Say what a test becomes when its day is over and nothing came.

    >>> str(run_out(State.DUE)), str(run_out(State.BREACHED))
    ('overdue', 'defaulted')
    """
    return State.OVERDUE if state == State.DUE else State.DEFAULTED


def exactly(figure: Figure) -> str:
    """
    Write a figure so that nothing of it is lost: two whole numbers, unbounded, or nothing.

    >>> exactly(Figure(Fraction(1, 4)))
    '1/4'
    """
    if figure.value is None:
        return UNBOUNDED if figure.is_unbounded else ""
    return f"{figure.value.numerator}/{figure.value.denominator}"


def value_of(exact: str) -> Fraction | None:
    """Read what :func:`exactly` wrote; None where there is no number."""
    return None if exact in ("", UNBOUNDED) else Fraction(exact)


def headroom(exact: str, bound: str, *, is_least: bool) -> Fraction | None:
    """
    Give what a figure may lose before it breaks its bound; below zero it is broken by so much.

    >>> str(headroom("3/10", "0.25", is_least=True)), str(headroom("3/10", "0.25", is_least=False))
    ('1/20', '-1/20')
    """
    value = value_of(exact)
    if value is None:
        return None
    return value - Fraction(bound) if is_least else Fraction(bound) - value


def figure_in_words(ratio: str, exact: str) -> str:
    """
    Write the figure of a test as people do.

    >>> figure_in_words("equity_ratio", "3/10"), figure_in_words("equity_ratio", "")
    ('30.00 %', '')
    """
    value = value_of(exact)
    return exact if value is None else in_words(ratio, text(value, 4))


def headroom_in_words(ratio: str, exact: str, bound: str, *, is_least: bool) -> str:
    """
    Write the room that a figure leaves, in the unit of its ratio.

    >>> headroom_in_words("interest_cover", "3/1", "2", is_least=True)
    '1.00 times'
    """
    room = headroom(exact, bound, is_least=is_least)
    return "" if room is None else in_words(ratio, text(room, 4))
