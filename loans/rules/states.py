"""Lives of the institutional programme's records, as tables."""

from enum import StrEnum


class ApplicationState(StrEnum):
    """What an application is waiting for."""

    SUBMITTED = "submitted"  # for a loan officer to score and propose it
    PROPOSED = "proposed"  # for the stages of its approval
    APPROVED = "approved"  # for nothing: its loan goes on
    DECLINED = "declined"  # for nothing


APPLICATION_MOVES: dict[ApplicationState, set[ApplicationState]] = {
    ApplicationState.SUBMITTED: {ApplicationState.PROPOSED, ApplicationState.DECLINED},
    ApplicationState.PROPOSED: {ApplicationState.APPROVED, ApplicationState.DECLINED},
    ApplicationState.APPROVED: set(),
    ApplicationState.DECLINED: set(),
}


class LoanState(StrEnum):
    """What a loan is waiting for."""

    COMMITTED = "committed"  # for its drawdown to be asked for
    DRAWING = "drawing"  # for its drawdown to be released and settled
    ACTIVE = "active"  # for repayments
    CLOSED = "closed"  # for nothing: everything is repaid


LOAN_MOVES: dict[LoanState, set[LoanState]] = {
    LoanState.COMMITTED: {LoanState.DRAWING},
    # Back, when the treasury gave the payment up before it was released.
    LoanState.DRAWING: {LoanState.ACTIVE, LoanState.COMMITTED},
    LoanState.ACTIVE: {LoanState.CLOSED},
    LoanState.CLOSED: set(),
}
