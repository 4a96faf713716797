"""Verifications of institutions: what holds on a day, why nothing does, and what ends soon."""

from datetime import date, timedelta

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery

from loans.models import Institution, Verification
from loans.rules.states import VerificationState
from loans.rules.verifications import REMIND_DAYS


def in_force(institution: Institution, on: date) -> Verification | None:
    """Give the verification that holds longest on a day, or nothing."""
    holding = Verification.objects.filter(
        institution=institution,
        state=VerificationState.IN_FORCE,
        verified_on__lte=on,
        expires_on__gt=on,
    )
    return holding.order_by("expires_on").last()


def why_not(institution: Institution, on: date) -> str:
    """Say why none holds on a day."""
    last = Verification.objects.filter(institution=institution).order_by("id").last()
    if last is None:
        return "it never was"
    if last.state == VerificationState.IN_FORCE:
        since = "expired on" if last.expires_on <= on else "holds only from"
        day = last.expires_on if last.expires_on <= on else last.verified_on
        return f"{last.number} {since} {day}"
    return f"{last.number} is {last.state}"


def with_expiry(institutions: QuerySet[Institution]) -> QuerySet[Institution]:
    """Add to institutions the day until which they are verified, as ``verified_until``."""
    holding = Verification.objects.filter(institution=OuterRef("pk"), state="in_force")
    last = holding.values("institution").annotate(until=Max("expires_on")).values("until")
    return institutions.annotate(verified_until=Subquery(last))


def to_look_at_anew(institutions: QuerySet[Institution], on: date) -> QuerySet[Institution]:
    """Keep the institutions that are verified for not much longer, or no more, soonest first."""
    soon = on + timedelta(days=REMIND_DAYS)
    found = institutions.filter(Q(verified_until=None) | Q(verified_until__lte=soon))
    return found.order_by(F("verified_until").asc(nulls_first=True), "number")
