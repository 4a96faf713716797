"""My tasks: everything that waits for one person, by their roles, the most urgent first."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from together.console.queries.approvals import name_of, withdrawn
from together.console.queries.tasks import covenants, lending, outcomes, records
from together.console.queries.tasks.found import For, Task
from together.console.rules.tasks import due, kind_of_approval, kinds_for
from together.controls.models import Approval, Person
from together.controls.queries import approvals, held
from together.ledger.rules.money import from_cents

Finder = Callable[[For], Iterator[Task]]


def of_approvals(asked: For) -> Iterator[Task]:
    """Give the requests whose next stage is this person's to decide; three queries."""
    waiting = approvals.waiting_for(asked.person)
    gone = set(withdrawn(waiting).values_list("pk", flat=True)) if waiting else set()
    for one in waiting:
        if one.pk not in gone:
            yield _of_approval(one)


def _of_approval(one: Approval) -> Task:
    # A stage waits since the one before it was passed.
    since = getattr(one, "decided_at", None) or one.requested_at
    kind = kind_of_approval(one.kind)
    amount = f": {from_cents(one.amount_cents, 'USD')}" if one.amount_cents else ""
    return Task(
        kind=kind,
        name=f"{name_of(one)}{amount}",
        whose=one.kind,
        since=since,
        due_at=due(kind, since),
        to="controls_approval",
        key=str(one.pk),
    )


# One more list of work is one more function here, and its row in the table of kinds.
FINDERS: tuple[Finder, ...] = (
    of_approvals,
    outcomes.of_requests,
    lending.of_stages,
    lending.of_information,
    lending.of_collateral_requests,
    lending.of_conditions,
    lending.of_offers,
    lending.of_letters,
    lending.of_margin_calls,
    lending.of_receipts,
    lending.of_fixings,
    covenants.of_covenants,
    records.of_verifications,
    records.of_documents,
    records.of_hits,
    records.of_held_prices,
    records.of_breaks,
)


def tasks_of(person: Person, now: datetime) -> list[Task]:
    """
    Give what waits for a person at a moment, what is overdue longest first.

    The number of queries does not grow with the tasks.
    """
    kinds = frozenset(kind.code for kind in kinds_for(held.codes_of(person)))
    asked = For(person, now, kinds)
    found = (task for find in FINDERS for task in find(asked))
    return sorted(found, key=lambda task: (task.due_at, task.since, task.kind, task.name))


def kept(tasks: Iterable[Task], now: datetime, *, kind: str, is_overdue: bool) -> list[Task]:
    """Keep the tasks of one kind (of every kind if it is empty), or those that are overdue only."""
    return [
        one
        for one in tasks
        if (not kind or one.kind == kind) and (not is_overdue or one.is_overdue(now))
    ]
