"""Lives of the treasury's records, as tables."""

from enum import StrEnum


class InstructionState(StrEnum):
    """What a payment instruction is waiting for."""

    READY = "ready"  # for its batch to be released, then for a worker
    SENDING = "sending"  # for the rail's answer; nobody else touches it until its lease ends
    UNKNOWN = "unknown"  # for its lease to end; then the rail is asked before anything is sent
    SETTLED = "settled"  # for nothing: the rail took it
    REFUSED = "refused"  # for a person: the rail will not take it
    QUARANTINED = "quarantined"  # for a person: it was tried too often without an answer
    RETURNED = "returned"  # for a person: it was paid and came back


# Online, the rail answers each call. What leaves in files is answered by status reports and
# statements: see the moves of ``FILED_MOVES``, which the database allows for such rails only.
INSTRUCTION_MOVES: dict[InstructionState, set[InstructionState]] = {
    InstructionState.READY: {InstructionState.SENDING},
    InstructionState.SENDING: {
        InstructionState.SENDING,
        InstructionState.UNKNOWN,
        InstructionState.SETTLED,
        InstructionState.REFUSED,
        InstructionState.QUARANTINED,
    },
    InstructionState.UNKNOWN: {InstructionState.SENDING, InstructionState.QUARANTINED},
    InstructionState.QUARANTINED: {InstructionState.UNKNOWN},
    InstructionState.SETTLED: {InstructionState.RETURNED},
    InstructionState.REFUSED: set(),
    InstructionState.RETURNED: set(),
}


FILED_MOVES: dict[InstructionState, set[InstructionState]] = {
    # Back into the queue, once a second person agreed that it was not paid.
    InstructionState.REFUSED: {InstructionState.READY},
    # A transfer that was booked and then fell out of its chain.
    InstructionState.SETTLED: {InstructionState.UNKNOWN},
    # It stands in the chain again, or never will.
    InstructionState.UNKNOWN: {InstructionState.SETTLED, InstructionState.REFUSED},
}


class DisbursementState(StrEnum):
    """What a disbursement is waiting for."""

    PREPARED = "prepared"  # for approval and release
    RELEASED = "released"  # for its instructions to be settled
    WITHDRAWN = "withdrawn"  # for nothing: it was given up before release


DISBURSEMENT_MOVES: dict[DisbursementState, set[DisbursementState]] = {
    DisbursementState.PREPARED: {DisbursementState.RELEASED, DisbursementState.WITHDRAWN},
    DisbursementState.RELEASED: set(),
    DisbursementState.WITHDRAWN: set(),
}


class BrakeKind(StrEnum):
    """Why a disbursement was stopped."""

    UNEXPLAINED = "unexplained"  # money is not where instructions and statements say it is
    REFUSALS = "refusals"  # more of a wave was refused or came back than is usual
    PERSON = "person"  # somebody stopped it


class RemedyState(StrEnum):
    """What a remedy of a payment is waiting for."""

    PROPOSED = "proposed"  # for approval, then to be booked
    BOOKED = "booked"  # for nothing, or for its new payment to be prepared and released
    WITHDRAWN = "withdrawn"  # for nothing: it was given up before it was booked


REMEDY_MOVES: dict[RemedyState, set[RemedyState]] = {
    RemedyState.PROPOSED: {RemedyState.BOOKED, RemedyState.WITHDRAWN},
    RemedyState.BOOKED: set(),
    RemedyState.WITHDRAWN: set(),
}


class ResolutionState(StrEnum):
    """What a resolution of a break is waiting for."""

    PROPOSED = "proposed"  # for approval, then to be booked
    BOOKED = "booked"  # for nothing
    WITHDRAWN = "withdrawn"  # for nothing: it was given up before it was booked


RESOLUTION_MOVES: dict[ResolutionState, set[ResolutionState]] = {
    ResolutionState.PROPOSED: {ResolutionState.BOOKED, ResolutionState.WITHDRAWN},
    ResolutionState.BOOKED: set(),
    ResolutionState.WITHDRAWN: set(),
}


class ConversionState(StrEnum):
    """What a conversion is waiting for."""

    PROPOSED = "proposed"  # for approval, then to be booked
    BOOKED = "booked"  # for both of its legs to stand on statements
    WITHDRAWN = "withdrawn"  # for nothing: it was given up before it was booked


CONVERSION_MOVES: dict[ConversionState, set[ConversionState]] = {
    ConversionState.PROPOSED: {ConversionState.BOOKED, ConversionState.WITHDRAWN},
    ConversionState.BOOKED: set(),
    ConversionState.WITHDRAWN: set(),
}


class LineState(StrEnum):
    """What a statement line is waiting for."""

    MATCHED = "matched"  # for nothing; a break again if its match is undone under four eyes
    BREAK = "break"  # for a person


LINE_MOVES: dict[LineState, set[LineState]] = {
    LineState.BREAK: {LineState.MATCHED},
    LineState.MATCHED: {LineState.BREAK},
}


class DestinationState(StrEnum):
    """What a destination is waiting for."""

    REGISTERED = "registered"  # for somebody else to confirm it
    CONFIRMED = "confirmed"  # for its cooling-off to end; then for payments
    REVOKED = "revoked"  # for nothing: no money goes there


DESTINATION_MOVES: dict[DestinationState, set[DestinationState]] = {
    DestinationState.REGISTERED: {DestinationState.CONFIRMED, DestinationState.REVOKED},
    DestinationState.CONFIRMED: {DestinationState.REVOKED},
    DestinationState.REVOKED: set(),
}


class FileState(StrEnum):
    """What a payment file is waiting for."""

    PREPARED = "prepared"  # for approval of its digest, and to be handed over
    HANDED_OVER = "handed_over"  # for the bank's or the signer's word
    ACCEPTED = "accepted"  # for its payments to stand on statements
    REJECTED = "rejected"  # for somebody else to confirm that nothing of it was paid
    WITHDRAWN = "withdrawn"  # for nothing: it was given up before it was handed over


FILE_MOVES: dict[FileState, set[FileState]] = {
    FileState.PREPARED: {FileState.HANDED_OVER, FileState.WITHDRAWN},
    FileState.HANDED_OVER: {FileState.ACCEPTED, FileState.REJECTED},
    FileState.ACCEPTED: {FileState.REJECTED},
    FileState.REJECTED: set(),
    FileState.WITHDRAWN: set(),
}


class FiledState(StrEnum):
    """What a payment in a file is waiting for."""

    LISTED = "listed"  # for its file to be handed over, then for its settlement
    REJECTED = "rejected"  # for somebody else to confirm that it was not paid
    RELEASED = "released"  # for nothing here: another file may take its instruction


FILED_STATE_MOVES: dict[FiledState, set[FiledState]] = {
    FiledState.LISTED: {FiledState.REJECTED, FiledState.RELEASED},
    FiledState.REJECTED: {FiledState.RELEASED},
    FiledState.RELEASED: set(),
}


class StatementFileState(StrEnum):
    """What a file with statements is waiting for."""

    RECEIVED = "received"  # for being read; nothing of it is stored yet
    STORED = "stored"  # for its lines to be matched
    MATCHING = "matching"  # for matching to end
    BOOKED = "booked"  # for nothing: its statements are stored, matched and booked
    KNOWN = "known"  # for nothing: all that it tells was here before
    REFUSED = "refused"  # for nothing: its faults say why; nothing of it was stored


STATEMENT_FILE_MOVES: dict[StatementFileState, set[StatementFileState]] = {
    StatementFileState.RECEIVED: {
        StatementFileState.STORED,
        StatementFileState.KNOWN,
        StatementFileState.REFUSED,
    },
    StatementFileState.STORED: {StatementFileState.MATCHING},
    StatementFileState.MATCHING: {StatementFileState.BOOKED},
    StatementFileState.BOOKED: set(),
    StatementFileState.KNOWN: set(),
    StatementFileState.REFUSED: set(),
}
