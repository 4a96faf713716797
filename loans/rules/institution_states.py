"""Lives of what institutions write, answer, ask for and sign: drafts, questions, letters."""

from enum import StrEnum


class DraftState(StrEnum):
    """What the draft of an application is waiting for."""

    OPEN = "open"  # for its institution to complete and submit it
    SUBMITTED = "submitted"  # for nothing: its application goes on
    DISCARDED = "discarded"  # for nothing


DRAFT_MOVES: dict[DraftState, set[DraftState]] = {
    DraftState.OPEN: {DraftState.SUBMITTED, DraftState.DISCARDED},
    DraftState.SUBMITTED: set(),
    DraftState.DISCARDED: set(),
}


class InformationState(StrEnum):
    """What a request for information is waiting for."""

    OPEN = "open"  # for its institution to answer it
    ANSWERED = "answered"  # for nothing: an officer goes on with its application
    WITHDRAWN = "withdrawn"  # for nothing: nobody needs to know any more


INFORMATION_MOVES: dict[InformationState, set[InformationState]] = {
    InformationState.OPEN: {InformationState.ANSWERED, InformationState.WITHDRAWN},
    InformationState.ANSWERED: set(),
    InformationState.WITHDRAWN: set(),
}


class CancellationState(StrEnum):
    """What the cancellation of a commitment is waiting for."""

    PROPOSED = "proposed"  # for its day, or for a second officer to approve it and to be booked
    BOOKED = "booked"  # for nothing: the pool has the amount again
    WITHDRAWN = "withdrawn"  # for nothing


CANCELLATION_MOVES: dict[CancellationState, set[CancellationState]] = {
    CancellationState.PROPOSED: {CancellationState.BOOKED, CancellationState.WITHDRAWN},
    CancellationState.BOOKED: set(),
    CancellationState.WITHDRAWN: set(),
}


class CollateralRequestState(StrEnum):
    """What a request of an institution about its collateral is waiting for."""

    OPEN = "open"  # for a loan officer to take it up or to decline it
    TAKEN_UP = "taken_up"  # for nothing: its pledge or release goes on under four eyes
    DECLINED = "declined"  # for nothing
    WITHDRAWN = "withdrawn"  # for nothing: its institution took it back


COLLATERAL_REQUEST_MOVES: dict[CollateralRequestState, set[CollateralRequestState]] = {
    CollateralRequestState.OPEN: {
        CollateralRequestState.TAKEN_UP,
        CollateralRequestState.DECLINED,
        CollateralRequestState.WITHDRAWN,
    },
    CollateralRequestState.TAKEN_UP: set(),
    CollateralRequestState.DECLINED: set(),
    CollateralRequestState.WITHDRAWN: set(),
}


class PaperState(StrEnum):
    """What a term sheet or letter that was signed on paper is waiting for."""

    PROPOSED = "proposed"  # for a second officer to approve it, then to be put into effect
    ACCEPTED = "accepted"  # for nothing: what was signed is accepted by it
    WITHDRAWN = "withdrawn"  # for nothing


PAPER_MOVES: dict[PaperState, set[PaperState]] = {
    PaperState.PROPOSED: {PaperState.ACCEPTED, PaperState.WITHDRAWN},
    PaperState.ACCEPTED: set(),
    PaperState.WITHDRAWN: set(),
}


class LetterState(StrEnum):
    """What an amendment letter is waiting for; that it lapsed is asked for on a day."""

    ISSUED = "issued"  # for its institution to accept or decline it, until its day
    ACCEPTED = "accepted"  # for an officer to book its amendment
    DECLINED = "declined"  # for nothing: its institution does not agree
    SUPERSEDED = "superseded"  # for nothing: a later version took its place
    WITHDRAWN = "withdrawn"  # for nothing: its amendment was given up


LETTER_MOVES: dict[LetterState, set[LetterState]] = {
    LetterState.ISSUED: {
        LetterState.ACCEPTED,
        LetterState.DECLINED,
        LetterState.SUPERSEDED,
        LetterState.WITHDRAWN,
    },
    LetterState.ACCEPTED: set(),
    LetterState.DECLINED: set(),
    LetterState.SUPERSEDED: set(),
    LetterState.WITHDRAWN: set(),
}
