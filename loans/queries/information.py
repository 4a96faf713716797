"""Requests for information: those of an application, and those that nobody answered in time."""

from datetime import date

from django.db.models import QuerySet

from loans.models import Application, InformationRequest
from loans.queries import confidential
from loans.rules.institution_states import InformationState
from loans.rules.states import UNDECIDED
from together.controls.queries.held import Visitor


def of(application: Application) -> QuerySet[InformationRequest]:
    """Give what an institution was asked about an application, the newest first."""
    found = InformationRequest.objects.filter(application=application)
    return found.select_related("asked_by", "ended_by").order_by("-id")


def overdue(on: date, seen_by: Visitor) -> QuerySet[InformationRequest]:
    """Give what was to be answered before a day and was not, that somebody may see."""
    found = InformationRequest.objects.filter(
        state=InformationState.OPEN,
        due_on__lt=on,
        application__state__in=UNDECIDED,
    )
    found = confidential.seen_by(found, seen_by, "application")
    return found.select_related("application__institution").order_by("due_on", "id")
