"""Approvals that wait, and for whom."""

from typing import Any

from django.db.models import Count, F, Func, IntegerField, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from together.controls.models import Approval, Person, RoleGrant


def waiting() -> QuerySet[Approval]:
    """
    Give the requests that wait for a decision, oldest first.

    ``passed`` counts the stages they passed: ``roles[passed]`` is the role they wait for.
    """
    return (
        progress(Approval.objects.all())
        .filter(declined=0, passed__lt=F("stages"))
        .select_related("requested_by")
        .order_by("requested_at", "id")
    )


def progress(found: QuerySet[Approval]) -> QuerySet[Any]:
    """
    Add to requests how far they came: ``passed`` and ``declined`` of their ``stages``.

    ``decided_at`` is when somebody decided last, nothing if nobody did.
    """
    return found.annotate(
        passed=Count("decisions", filter=Q(decisions__verdict="approved")),
        declined=Count("decisions", filter=Q(decisions__verdict="declined")),
        decided_at=Max("decisions__decided_at"),
        stages=Coalesce(
            Func(F("roles"), 1, function="array_length", output_field=IntegerField()), 0
        ),
    )


def waiting_for(person: Person) -> list[Approval]:
    """Give the requests that this person may decide now, oldest first."""
    held = set(
        RoleGrant.objects.filter(person=person, revoked_at=None, scope="").values_list(
            "role", flat=True
        )
    )
    mine: QuerySet[Any] = waiting().exclude(requested_by=person).exclude(decisions__person=person)
    return [approval for approval in mine if approval.roles[approval.passed] in held]
