"""Term sheets: how long one is open, what is accepted in which words, what it says of liability."""

from datetime import date, timedelta

from loans.rules.states import TermSheetState

# A sheet that is open for longer would promise a rate that nobody looks at any more.
MOST_DAYS = 90
LAPSED = "lapsed"

# What a person says who accepts. Each wording is kept: what was accepted was accepted in it.
WORDINGS: dict[str, str] = {
    "acceptance/1": (
        "I have read this term sheet, I accept it for {institution}, and I am entitled to sign"
        " for {institution}."
    ),
    "paper/1": "Signed on paper for {institution}; the signed document is filed.",
}
WORDING = "acceptance/1"
# Of what was signed on paper: recorded by an officer, approved by a second one.
ON_PAPER = "paper/1"

GOODWILL = (
    "This loan is offered voluntarily and in goodwill. Neither the offer nor its acceptance is an"
    " admission of fault or liability, and the rights of both sides stay as they are."
)


def wording(version: str, institution: str) -> str:
    """Give the words of a version for an institution."""
    return WORDINGS[version].format(institution=institution)


def faults(today: date, lapses_on: date) -> list[str]:
    """
    Say what is wrong with the day on which a sheet shall lapse.

    >>> faults(date(2025, 10, 14), date(2025, 10, 14))
    ['lapses_on: 2025-10-14 must be after 2025-10-14 and by 2026-01-12']
    """
    last = today + timedelta(days=MOST_DAYS)
    if today < lapses_on <= last:
        return []
    return [f"lapses_on: {lapses_on} must be after {today} and by {last}"]


def state_on(state: str, lapses_on: date, on: date) -> str:
    """
    Give the state of a sheet on a day: one that is issued lapses by itself.

    >>> state_on("issued", date(2025, 10, 28), date(2025, 10, 28))
    'lapsed'
    """
    return LAPSED if state == TermSheetState.ISSUED and lapses_on <= on else str(state)
