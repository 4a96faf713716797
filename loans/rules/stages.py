"""Stages: where an application stands on its way to a drawn loan, and whose turn it is."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from loans.rules.states import ApplicationState, LoanState, TermSheetState

OFFICER, INSTITUTION, TREASURY = "loan_officer", "institution_admin", "treasury_officer"
# Every stage in its order, with its name. A draft that is not submitted yet is its institution's
# alone: it has no stage.
STAGES: tuple[tuple[str, str], ...] = (
    ("information", "Information asked for: its institution answers"),
    ("submitted", "Submitted: a worksheet is prepared"),
    ("underwritten", "Worksheet: it is proposed or declined"),
    ("proposed", "Proposed: it is decided"),
    ("not_approved", "Not approved: it is declined"),
    ("approved", "Approved: its loan is committed"),
    ("committed", "Committed: a term sheet is issued"),
    ("offered", "Term sheet issued: its institution accepts it"),
    ("conditions", "Accepted: its conditions are closed"),
    ("accepted", "Accepted: its drawdown is asked for"),
    ("drawdown", "Drawdown: it is decided"),
    ("release", "Drawdown approved: it is released and paid"),
)
NAMES = dict(STAGES)


@dataclass(frozen=True, slots=True)
class Asked:
    """How far a request for approval came: since when, and which role it waits for, if any."""

    since: datetime
    role: str = ""
    is_declined: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What is known of an application that is under way.

    ``approval`` is the request for its approval, or for its drawdown once that was asked for.
    ``sheet_is_of_terms`` says that the newest term sheet is of the loan's terms. ``asked_at`` is
    when its institution was asked for what it did not answer yet, until ``answer_by``;
    ``answered_at`` when it answered last.
    """

    state: str
    submitted_at: datetime
    prepared_at: datetime | None
    approval: Asked | None
    loan_state: str
    approved_at: datetime | None
    sheet_state: str
    sheet_lapses_on: date | None
    sheet_at: datetime | None
    sheet_is_of_terms: bool
    open_conditions: int
    asked_at: datetime | None = None
    answer_by: date | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """
    A stage: its code, the role whose turn it is, since when.

    ``lapses_on`` is the day from which an offer, or the time to answer, is over.
    """

    code: str
    role: str
    since: datetime
    lapses_on: date | None = None


def stage_of(facts: Facts, on: date) -> Stage:
    """Give the stage of an application on a day."""
    if facts.loan_state:
        return _of_loan(facts, on)
    if facts.state == ApplicationState.SUBMITTED:
        if facts.asked_at is not None and facts.answer_by is not None:
            over_on = facts.answer_by + timedelta(days=1)
            return Stage("information", INSTITUTION, facts.asked_at, over_on)
        since = facts.prepared_at or facts.submitted_at
        code = "underwritten" if facts.prepared_at else "submitted"
        return Stage(code, OFFICER, max(since, facts.answered_at or since))
    asked = facts.approval or Asked(facts.submitted_at)
    if asked.is_declined:
        return Stage("not_approved", OFFICER, asked.since)
    if asked.role:
        return Stage("proposed", asked.role, asked.since)
    return Stage("approved", OFFICER, asked.since)


def _of_loan(facts: Facts, on: date) -> Stage:
    since = facts.approved_at or facts.submitted_at
    if facts.loan_state == LoanState.DRAWING:
        asked = facts.approval or Asked(since)
        if asked.role:
            return Stage("drawdown", asked.role, asked.since)
        return Stage("release", TREASURY, asked.since)
    lapses_on, sheet_at = facts.sheet_lapses_on, facts.sheet_at
    if lapses_on is None or sheet_at is None or not facts.sheet_is_of_terms:
        return Stage("committed", OFFICER, since)
    if facts.sheet_state == TermSheetState.ISSUED:
        if lapses_on <= on:
            start = datetime.combine(lapses_on, datetime.min.time(), tzinfo=sheet_at.tzinfo)
            return Stage("committed", OFFICER, start)
        return Stage("offered", INSTITUTION, sheet_at, lapses_on)
    code = "conditions" if facts.open_conditions else "accepted"
    return Stage(code, OFFICER, sheet_at)
