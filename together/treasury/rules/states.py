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


class LineState(StrEnum):
    """What a statement line is waiting for."""

    MATCHED = "matched"  # for nothing; a break again if its match is undone under four eyes
    BREAK = "break"  # for a person


LINE_MOVES: dict[LineState, set[LineState]] = {
    LineState.BREAK: {LineState.MATCHED},
    LineState.MATCHED: {LineState.BREAK},
}
