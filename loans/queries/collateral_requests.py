"""Requests about collateral: those that wait, and what they may name."""

from django.db.models import QuerySet

from loans.models import Application, CollateralRequest, Institution
from loans.queries import confidential
from loans.rules.institution_states import CollateralRequestState
from together.controls.queries.held import Visitor
from together.treasury.models import Destination
from together.treasury.rules.states import DestinationState


def senders(institution: Institution) -> QuerySet[Destination]:
    """Give an institution's own destinations that collateral may be sent from, by number."""
    found = Destination.objects.filter(owner_kind="institution", owner=institution.lei)
    return found.exclude(state=DestinationState.REVOKED).order_by("number")


def of(application: Application) -> QuerySet[CollateralRequest]:
    """Give the requests about an application's collateral, the newest first."""
    found = CollateralRequest.objects.filter(application=application)
    return found.select_related("instrument", "pledge", "made", "sender", "asked_by")


def waiting(seen_by: Visitor) -> QuerySet[CollateralRequest]:
    """Give the requests that wait for an officer and that somebody may see, the oldest first."""
    found = CollateralRequest.objects.filter(state=CollateralRequestState.OPEN)
    found = confidential.seen_until_lent(found, seen_by)
    return found.select_related("application__institution", "instrument", "pledge").order_by("id")
