"""Tasks about covenants: certificates to be examined, and tests that run out soon, or did."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from loans.queries import covenant_tests
from together.console.queries.tasks.found import For, Task
from together.console.rules.tasks import due, morning

# Tests are told of so many days before they run out.
DAYS = 14


def of_covenants(asked: For) -> Iterator[Task]:
    """Give the tests whose certificate waits, and the others that run out soon; one query."""
    if "covenant.due" not in asked.kinds:
        return
    soon = asked.now.date() + timedelta(days=DAYS)
    running = covenant_tests.due_within(covenant_tests.tests(), asked.now.date(), 366)
    for one in running.order_by("deadline", "id"):
        if one.waits_since is not None:
            yield _task(one, "covenant.certificate", morning(one.waits_since, asked.now), asked)
        elif one.deadline <= soon:
            yield _task(
                one, "covenant.due", morning(one.deadline - timedelta(days=DAYS), asked.now), asked
            )


def _task(one: Any, kind: str, since: datetime, asked: For) -> Task:
    own = kind == "covenant.due"
    return Task(
        kind=kind,
        name=f"{one.number} of {one.loan.number}: {one.state}",
        whose=one.loan.institution.legal_name,
        since=since,
        due_at=morning(one.deadline + timedelta(days=1), asked.now) if own else due(kind, since),
        to="loans_covenanttest",
        key=str(one.pk),
    )
