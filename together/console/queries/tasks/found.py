"""One task as it is found, and what every module that finds some is asked for."""

from dataclasses import dataclass, field
from datetime import datetime

from together.controls.models import Person


@dataclass(frozen=True, slots=True)
class Task:
    """
    One thing that waits.

    ``name`` is the record's own name and ``whose`` the institution or person that it is about.
    It waits since a moment and may until ``due_at``. ``to`` and ``key`` name the page where it
    is done: the table of its record, and its key there.
    """

    kind: str
    name: str
    whose: str
    since: datetime
    due_at: datetime
    to: str
    key: str

    def is_overdue(self, now: datetime) -> bool:
        """Say whether it waits for longer than it may."""
        return self.due_at <= now


@dataclass(frozen=True, slots=True)
class For:
    """For whom tasks are found, and when; ``kinds`` are those of the work of their roles."""

    person: Person
    now: datetime
    kinds: frozenset[str] = field(default_factory=frozenset)
