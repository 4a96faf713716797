"""Withdrawals: an institution takes its application back before it is decided."""

from datetime import datetime

from django.db import transaction

from loans.models import Application
from loans.operations.allowed import demand_own
from loans.operations.applications import locked, moved
from loans.rules.states import ApplicationState
from together import Refused
from together.controls.models import Person
from together.controls.operations.records import record

MOST_LETTERS = 200


class NoReason(Refused):
    """Raised when an application is withdrawn without a reason."""


@transaction.atomic(durable=True)
def withdraw(*, application: Application, reason: str, by: Person, at: datetime) -> None:
    """
    Take an application back, by one of its institution's own people.

    Nothing was lent on it; what its approval was asked for needs no decision any more.

    :raises NotAllowed: if they do not act for the institution: an officer declines instead
    :raises NoReason: if no reason is given
    :raises NotPossibleNow: if its loan is committed, or it is declined or withdrawn already
    """
    application = locked(application)
    demand_own(by, "portal.act", application.institution)
    reason = reason.strip()
    if not reason or len(reason) > MOST_LETTERS:
        raise NoReason(f"reason: must be given, in up to {MOST_LETTERS} letters")
    application.state = moved(application, ApplicationState.WITHDRAWN)
    application.withdrawn_by, application.withdrawn_at = by, at
    application.withdrawn_for = reason
    application.save(update_fields=["state", "withdrawn_by", "withdrawn_at", "withdrawn_for"])
    record(
        what="application.withdrawn",
        subject=application.number,
        by=by,
        at=at,
        details={"reason": reason},
    )
