"""What covenants, guarantees and conditions have in common: agreed while an application is open."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from loans.models import Application
from loans.operations.hidden import demand_seen_until_lent
from loans.rules.states import ApplicationState, TermState
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record
from together.controls.rules import lifecycle


def open_application(application: Application, by: Person) -> Application:
    """
    Lock an application that terms may still be added to or taken from.

    :raises NotAllowed: if it is no loan officer who asks
    :raises Hidden: if it is confidential and they are not let in
    :raises NotPossibleNow: if it was proposed: what was agreed stays
    """
    people.demand(by, "loans.write")
    found = Application.objects.select_for_update(of=("self",))
    application = found.select_related("institution", "pool").get(pk=application.pk)
    demand_seen_until_lent(application, by)
    if application.state != ApplicationState.SUBMITTED:
        raise lifecycle.NotPossibleNow(f"application {application.number} is {application.state}")
    return application


def added(what: str, made: Any, details: dict[str, Any], by: Person, at: datetime) -> None:
    """Write down that a term was agreed."""
    application = made.application.number
    record(
        what=f"{what}.agreed",
        subject=made.number,
        by=by,
        at=at,
        details={"application": application, **details},
    )


def remove(what: str, term: Any, moves: Mapping[Any, set[Any]], by: Person, at: datetime) -> None:
    """
    Take a term off an application that is not proposed, along its table; part of an operation.

    :raises NotPossibleNow: if it was, or if the term is off already
    """
    application = open_application(term.application, by)
    term = type(term).objects.select_for_update().get(pk=term.pk)
    term.state = lifecycle.move(moves, term.state, TermState.REMOVED, what=f"{what} {term.number}")
    term.save(update_fields=["state"])
    record(
        what=f"{what}.removed",
        subject=term.number,
        by=by,
        at=at,
        details={"application": application.number},
    )
