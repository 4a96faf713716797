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


class FactSetState(StrEnum):
    """What a fact set is waiting for."""

    WAITING = "waiting"  # for a worker to gather it
    READY = "ready"  # for simulations
    UNUSABLE = "unusable"  # for better evidence
    FAILED = "failed"  # for a person: the work broke off each time


FACT_SET_MOVES: dict[FactSetState, set[FactSetState]] = {
    FactSetState.WAITING: {FactSetState.READY, FactSetState.UNUSABLE, FactSetState.FAILED},
    FactSetState.READY: {FactSetState.WAITING},
    FactSetState.UNUSABLE: set(),
    FactSetState.FAILED: {FactSetState.WAITING},
}


class FindingState(StrEnum):
    """What a finding is waiting for."""

    PROPOSED = "proposed"  # for a claims approver, then to be put in force
    IN_FORCE = "in_force"  # for the next evidence that is drawn up
    SUPERSEDED = "superseded"  # for nothing: a later finding says otherwise
    WITHDRAWN = "withdrawn"  # for nothing: it was given up


FINDING_MOVES: dict[FindingState, set[FindingState]] = {
    FindingState.PROPOSED: {FindingState.IN_FORCE, FindingState.WITHDRAWN},
    FindingState.IN_FORCE: {FindingState.SUPERSEDED},
    FindingState.SUPERSEDED: set(),
    FindingState.WITHDRAWN: set(),
}
