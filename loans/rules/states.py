"""Lives of the institutional programme's records, as tables."""

from enum import StrEnum


class ApplicationState(StrEnum):
    """What an application is waiting for."""

    SUBMITTED = "submitted"  # for a loan officer to score and propose it
    PROPOSED = "proposed"  # for the stages of its approval
    APPROVED = "approved"  # for nothing: its loan goes on
    DECLINED = "declined"  # for nothing
    WITHDRAWN = "withdrawn"  # for nothing: its institution took it back


# Nobody has decided yet: questions are asked, documents are filed, it may be withdrawn.
UNDECIDED = (ApplicationState.SUBMITTED, ApplicationState.PROPOSED)
# Nothing comes of it any more.
OVER = (ApplicationState.DECLINED, ApplicationState.WITHDRAWN)
APPLICATION_MOVES: dict[ApplicationState, set[ApplicationState]] = {
    ApplicationState.SUBMITTED: {ApplicationState.PROPOSED, *OVER},
    ApplicationState.PROPOSED: {ApplicationState.APPROVED, *OVER},
    ApplicationState.APPROVED: set(),
    ApplicationState.DECLINED: set(),
    ApplicationState.WITHDRAWN: set(),
}


class LoanState(StrEnum):
    """What a loan is waiting for."""

    COMMITTED = "committed"  # for its term sheet to be accepted, its drawdown to be asked for
    DRAWING = "drawing"  # for its drawdown to be released and settled
    ACTIVE = "active"  # for repayments
    CLOSED = "closed"  # for nothing: everything is repaid
    WRITTEN_OFF = "written_off"  # for recoveries: what was owed is given up
    CANCELLED = "cancelled"  # for nothing: all of it was cancelled before it was drawn


# A loan that is charged off stays active: it owes, and is paid, as before; it is only marked, and
# by the event's behaviour earns no more interest.
LOAN_MOVES: dict[LoanState, set[LoanState]] = {
    LoanState.COMMITTED: {LoanState.DRAWING, LoanState.CANCELLED},
    # Back, when the treasury gave the payment up before it was released.
    LoanState.DRAWING: {LoanState.ACTIVE, LoanState.COMMITTED},
    LoanState.ACTIVE: {LoanState.CLOSED, LoanState.WRITTEN_OFF},
    # Back, when a payment is reversed or something is charged: it owes again.
    LoanState.CLOSED: {LoanState.ACTIVE},
    # Back, when the write-off is reversed.
    LoanState.WRITTEN_OFF: {LoanState.ACTIVE},
    LoanState.CANCELLED: set(),
}


class VerificationState(StrEnum):
    """What a verification of an institution is waiting for."""

    PROPOSED = "proposed"  # for compliance to approve it, then to be put in force
    IN_FORCE = "in_force"  # for the day that it expires
    WITHDRAWN = "withdrawn"  # for nothing
    REVOKED = "revoked"  # for nothing: who the institution is is not known any more


VERIFICATION_MOVES: dict[VerificationState, set[VerificationState]] = {
    VerificationState.PROPOSED: {VerificationState.IN_FORCE, VerificationState.WITHDRAWN},
    VerificationState.IN_FORCE: {VerificationState.REVOKED},
    VerificationState.WITHDRAWN: set(),
    VerificationState.REVOKED: set(),
}


class ProfileState(StrEnum):
    """What a change of an institution's profile is waiting for."""

    PROPOSED = "proposed"  # for the stages of its approval, then to be put in force
    APPLIED = "applied"  # for nothing: the institution is what it says, or was until the next one
    WITHDRAWN = "withdrawn"  # for nothing


PROFILE_MOVES: dict[ProfileState, set[ProfileState]] = {
    ProfileState.PROPOSED: {ProfileState.APPLIED, ProfileState.WITHDRAWN},
    ProfileState.APPLIED: set(),
    ProfileState.WITHDRAWN: set(),
}


class PolicyState(StrEnum):
    """What a version of the credit policy is waiting for."""

    PROPOSED = "proposed"  # for the committee to approve it, then to be put in force
    IN_FORCE = "in_force"  # for the version that takes its place
    SUPERSEDED = "superseded"  # for nothing: what it decided stays decided by it
    WITHDRAWN = "withdrawn"  # for nothing


POLICY_MOVES: dict[PolicyState, set[PolicyState]] = {
    PolicyState.PROPOSED: {PolicyState.IN_FORCE, PolicyState.WITHDRAWN},
    PolicyState.IN_FORCE: {PolicyState.SUPERSEDED},
    PolicyState.SUPERSEDED: set(),
    PolicyState.WITHDRAWN: set(),
}


class ConditionState(StrEnum):
    """What a condition precedent is waiting for."""

    OPEN = "open"  # for a document that shows it, or a waiver, agreed by a second person
    SATISFIED = "satisfied"  # for nothing
    WAIVED = "waived"  # for nothing
    REMOVED = "removed"  # for nothing: it was taken off before the application was proposed


CONDITION_MOVES: dict[ConditionState, set[ConditionState]] = {
    ConditionState.OPEN: {
        ConditionState.SATISFIED,
        ConditionState.WAIVED,
        ConditionState.REMOVED,
    },
    ConditionState.SATISFIED: set(),
    ConditionState.WAIVED: set(),
    ConditionState.REMOVED: set(),
}


class TermState(StrEnum):
    """Whether a covenant or a guarantee is part of what was agreed."""

    AGREED = "agreed"  # for the end of its loan
    REMOVED = "removed"  # for nothing: it was taken off before the application was proposed


TERM_MOVES: dict[TermState, set[TermState]] = {
    TermState.AGREED: {TermState.REMOVED},
    TermState.REMOVED: set(),
}


class TermSheetState(StrEnum):
    """What a term sheet is waiting for; that it lapsed is asked for on a day, and not stored."""

    ISSUED = "issued"  # for its institution to accept it, until its day
    ACCEPTED = "accepted"  # for nothing: its loan may be drawn
    SUPERSEDED = "superseded"  # for nothing: a later version took its place


TERM_SHEET_MOVES: dict[TermSheetState, set[TermSheetState]] = {
    TermSheetState.ISSUED: {TermSheetState.ACCEPTED, TermSheetState.SUPERSEDED},
    TermSheetState.ACCEPTED: set(),
    TermSheetState.SUPERSEDED: set(),
}


class AdjustmentState(StrEnum):
    """What an adjustment is waiting for."""

    PROPOSED = "proposed"  # for the stages of its approval, then to be booked
    BOOKED = "booked"  # for nothing: its event is in the loan's life
    WITHDRAWN = "withdrawn"  # for nothing


ADJUSTMENT_MOVES: dict[AdjustmentState, set[AdjustmentState]] = {
    AdjustmentState.PROPOSED: {AdjustmentState.BOOKED, AdjustmentState.WITHDRAWN},
    AdjustmentState.BOOKED: set(),
    AdjustmentState.WITHDRAWN: set(),
}


class MarketEntryState(StrEnum):
    """What an entry of market data is waiting for."""

    HELD = "held"  # for a person to say that it is right, or to withdraw it
    PROPOSED = "proposed"  # for another person to approve it, then to be booked
    BOOKED = "booked"  # for nothing: its observation counts
    WITHDRAWN = "withdrawn"  # for nothing


MARKET_ENTRY_MOVES: dict[MarketEntryState, set[MarketEntryState]] = {
    MarketEntryState.HELD: {MarketEntryState.PROPOSED, MarketEntryState.WITHDRAWN},
    MarketEntryState.PROPOSED: {MarketEntryState.BOOKED, MarketEntryState.WITHDRAWN},
    MarketEntryState.BOOKED: set(),
    MarketEntryState.WITHDRAWN: set(),
}


class PledgeState(StrEnum):
    """What a pledge of collateral is waiting for."""

    PROPOSED = "proposed"  # for its approval, then to be put in force
    IN_FORCE = "in_force"  # for nothing: it secures its loan
    SUBSTITUTED = "substituted"  # for nothing: another pledge took its place
    RELEASED = "released"  # for nothing: the collateral went back
    WITHDRAWN = "withdrawn"  # for nothing


PLEDGE_MOVES: dict[PledgeState, set[PledgeState]] = {
    PledgeState.PROPOSED: {PledgeState.IN_FORCE, PledgeState.WITHDRAWN},
    PledgeState.IN_FORCE: {PledgeState.SUBSTITUTED, PledgeState.RELEASED},
    PledgeState.SUBSTITUTED: set(),
    PledgeState.RELEASED: set(),
    PledgeState.WITHDRAWN: set(),
}


class MarginCallState(StrEnum):
    """What a margin call is waiting for."""

    OPEN = "open"  # for more collateral or a repayment, until it is due
    EXTENDED = "extended"  # for the same, until the later moment that was approved
    DEFAULTED = "defaulted"  # for a decision: it was not met in time
    MET = "met"  # for nothing: loan to value is back within the initial band


MARGIN_CALL_MOVES: dict[MarginCallState, set[MarginCallState]] = {
    MarginCallState.OPEN: {
        MarginCallState.EXTENDED,
        MarginCallState.DEFAULTED,
        MarginCallState.MET,
    },
    MarginCallState.EXTENDED: {
        MarginCallState.EXTENDED,
        MarginCallState.DEFAULTED,
        MarginCallState.MET,
    },
    # Cured late.
    MarginCallState.DEFAULTED: {MarginCallState.MET},
    MarginCallState.MET: set(),
}


class ImpairmentState(StrEnum):
    """What an assessment of the loss allowance is waiting for."""

    PROPOSED = "proposed"  # for its approval, then to be booked
    BOOKED = "booked"  # for nothing: the books say it until the next one
    WITHDRAWN = "withdrawn"  # for nothing


IMPAIRMENT_MOVES: dict[ImpairmentState, set[ImpairmentState]] = {
    ImpairmentState.PROPOSED: {ImpairmentState.BOOKED, ImpairmentState.WITHDRAWN},
    ImpairmentState.BOOKED: set(),
    ImpairmentState.WITHDRAWN: set(),
}


class CovenantTestState(StrEnum):
    """What the test of a covenant at the end of a period is waiting for, while its loan lives."""

    DUE = "due"  # for a certificate that shows it, until its day
    OVERDUE = "overdue"  # nothing came in time: for a certificate, until the end of its cure period
    BREACHED = "breached"  # for a cure, until the end of its cure period, or a waiver
    DEFAULTED = "defaulted"  # for a decision: its cure period ran out; a waiver, or a late cure
    KEPT = "kept"  # for nothing
    CURED = "cured"  # for nothing: kept in the end
    WAIVED = "waived"  # for nothing: this period is let go


COVENANT_TEST_MOVES: dict[CovenantTestState, set[CovenantTestState]] = {
    CovenantTestState.DUE: {
        CovenantTestState.KEPT,
        CovenantTestState.BREACHED,
        CovenantTestState.OVERDUE,
    },
    CovenantTestState.OVERDUE: {
        CovenantTestState.BREACHED,
        CovenantTestState.CURED,
        CovenantTestState.WAIVED,
        CovenantTestState.DEFAULTED,
    },
    CovenantTestState.BREACHED: {
        CovenantTestState.CURED,
        CovenantTestState.WAIVED,
        CovenantTestState.DEFAULTED,
    },
    # Cured late.
    CovenantTestState.DEFAULTED: {CovenantTestState.CURED, CovenantTestState.WAIVED},
    # Back, when corrected accounts show otherwise.
    CovenantTestState.KEPT: {CovenantTestState.BREACHED},
    CovenantTestState.CURED: {CovenantTestState.BREACHED},
    CovenantTestState.WAIVED: set(),
}


class InvoiceState(StrEnum):
    """What an invoice is."""

    ISSUED = "issued"  # what is asked for
    SUPERSEDED = "superseded"  # a corrected one took its place before it was due
    CANCELLED = "cancelled"  # its instalment is not due any more, or much later


INVOICE_MOVES: dict[InvoiceState, set[InvoiceState]] = {
    InvoiceState.ISSUED: {InvoiceState.SUPERSEDED, InvoiceState.CANCELLED},
    InvoiceState.SUPERSEDED: set(),
    InvoiceState.CANCELLED: set(),
}
