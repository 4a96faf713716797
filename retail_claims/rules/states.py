"""Lives of the retail programme's records, as tables."""

from enum import StrEnum


class RunState(StrEnum):
    """What a run is waiting for."""

    COMPUTING = "computing"  # for the adjudication to finish
    INFEASIBLE = "infeasible"  # for another policy: its floors exceed the pool
    BAD_DATA = "bad_data"  # for better evidence
    FAILED = "failed"  # for a person: the computation broke off
    DECIDED = "decided"  # for review and approval
    DECLINED = "declined"  # for another run
    APPROVED = "approved"  # for publication
    PUBLISHED = "published"  # for its payments
    SUPERSEDED = "superseded"  # for nothing: another run took its place before it was published


RUN_MOVES: dict[RunState, set[RunState]] = {
    RunState.COMPUTING: {
        RunState.INFEASIBLE,
        RunState.BAD_DATA,
        RunState.FAILED,
        RunState.DECIDED,
    },
    RunState.INFEASIBLE: set(),
    RunState.BAD_DATA: set(),
    RunState.FAILED: set(),
    RunState.DECIDED: {RunState.DECLINED, RunState.APPROVED, RunState.SUPERSEDED},
    RunState.DECLINED: set(),
    RunState.APPROVED: {RunState.PUBLISHED, RunState.SUPERSEDED},
    RunState.PUBLISHED: set(),
    RunState.SUPERSEDED: set(),
}
