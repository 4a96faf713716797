"""
Confidential applications: from whom each of them is hidden, and what is hidden with it.

Note [who sees a confidential application]: its owner; who was let in and is not out again; who
holds the role whose decision it, a pledge, a condition or a signed term sheet of it waits for, or
decided it before; compliance and the auditor. Nobody else of the house. Every question is one
condition inside the query that lists the records, so a list costs as many queries with it as
without, and what is hidden can be neither filtered for nor sorted by.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, Exists, F, Func, OuterRef, Q, QuerySet

from loans.models import (
    AccessGrant,
    Application,
    Condition,
    Confidentiality,
    PaperAcceptance,
    Pledge,
)
from loans.rules.institution_states import PaperState
from loans.rules.states import ApplicationState, ConditionState, PledgeState
from together.controls.models import Approval, Decision, Document
from together.controls.queries import held
from together.controls.queries.approvals import progress
from together.controls.queries.held import Visitor

# They look after the house, not after the deal: what they open stands in the access log as well.
ALWAYS = frozenset({"compliance", "auditor"})
# Requests about parts of an application, by the name under which it has them.
OF_PARTS = {
    "collateral.pledge": "pledges",
    "collateral.release": "pledges",
    "loan.condition": "conditions",
}
PAPER = "term_sheet.paper"


def in_force() -> QuerySet[Confidentiality]:
    """Give what is confidential now."""
    return Confidentiality.objects.filter(lifted_at=None)


def hidden_from(visitor: Visitor) -> QuerySet[Confidentiality]:
    """Give what is confidential now and hidden from somebody of the house."""
    roles = held.codes_of(visitor)
    if roles & ALWAYS:
        return Confidentiality.objects.none()
    let_in = AccessGrant.objects.filter(
        confidentiality=OuterRef("pk"), person=visitor.pk, ended_at=None
    )
    deciding = Application.objects.filter(_decided_by(visitor, roles), pk=OuterRef("application"))
    return in_force().filter(~Exists(let_in), ~Exists(deciding)).exclude(owner=visitor.pk)


def seen_by(found: QuerySet[Any], visitor: Visitor, path: str = "") -> QuerySet[Any]:
    """Keep the records whose application, at the end of a path, somebody may see."""
    return found.filter(~Exists(hidden_from(visitor).filter(**at(path))))


def told_to_all(found: QuerySet[Application]) -> QuerySet[Application]:
    """Keep the applications that are not confidential, whoever looks; with their pools."""
    return found.filter(~Exists(in_force().filter(**at("")))).select_related("pool")


def at(path: str) -> dict[str, Any]:
    """Say which confidentiality is that of a record's application, for a query about records."""
    return {"application": OuterRef(f"{path}_id" if path else "pk")}


def seen_until_lent(found: QuerySet[Any], visitor: Visitor) -> QuerySet[Any]:
    """
    Keep what was agreed with an application that somebody may see, or that has a loan.

    Once there is a loan, whoever serves it needs what was agreed.
    """
    hidden = hidden_from(visitor).filter(**at("application"), application__loan=None)
    return found.filter(~Exists(hidden))


def of_request(kind: str, subject: Any) -> Q:
    """Give the condition of the confidentialities that a request of a kind is about."""
    if kind == "loan.approval":
        return Q(application__number=subject)
    if kind == PAPER:
        return Q(application__loan__term_sheets__paper_acceptances__number=subject)
    if kind in OF_PARTS:
        return Q(**{f"application__{OF_PARTS[kind]}__number": subject}, application__loan=None)
    return Q(pk=None)


def of_document(subject: Any, key: Any) -> Q:
    """Give the condition of the confidentialities that a document belongs to."""
    return (
        Q(application__number=subject)
        | Q(application__worksheets__number=subject)
        | Q(application__loan__term_sheets__document=key)
        | Q(application__loan__term_sheets__paper_acceptances__document=key)
    )


def visible_requests(found: QuerySet[Any], visitor: Visitor) -> QuerySet[Any]:
    """Keep the requests that are not about something hidden from somebody."""
    hidden = hidden_from(visitor)
    for kind in ("loan.approval", PAPER, *OF_PARTS):
        belonging = hidden.filter(of_request(kind, OuterRef("subject")))
        found = found.exclude(Q(Exists(belonging), kind=kind))
    return found


def visible_documents(found: QuerySet[Any], visitor: Visitor) -> QuerySet[Any]:
    """Keep the documents that belong to nothing hidden from somebody."""
    belonging = of_document(OuterRef("subject"), OuterRef("pk"))
    return found.filter(~Exists(hidden_from(visitor).filter(belonging)))


def open_documents(numbers: Iterable[str]) -> QuerySet[Document]:
    """Give those of some documents that belong to nothing confidential, whoever looks."""
    belonging = of_document(OuterRef("subject"), OuterRef("pk"))
    found = Document.objects.filter(number__in=list(numbers))
    return found.filter(~Exists(in_force().filter(belonging)))


def _decided_by(visitor: Visitor, roles: frozenset[str]) -> Q:
    """Give the condition of applications that somebody may decide now, or decided before."""
    pledges = Pledge.objects.filter(
        Q(state=PledgeState.PROPOSED, number__in=_waiting("collateral.pledge", roles))
        | Q(number__in=_decided("collateral.pledge", visitor))
    )
    conditions = Condition.objects.filter(
        Q(state=ConditionState.OPEN, number__in=_waiting("loan.condition", roles))
        | Q(number__in=_decided("loan.condition", visitor))
    )
    papers = PaperAcceptance.objects.filter(
        Q(state=PaperState.PROPOSED, number__in=_waiting(PAPER, roles))
        | Q(number__in=_decided(PAPER, visitor))
    )
    return (
        Q(state=ApplicationState.PROPOSED, number__in=_waiting("loan.approval", roles))
        | Q(number__in=_decided("loan.approval", visitor))
        | Q(pk__in=pledges.values("application"))
        | Q(pk__in=conditions.values("application"))
        | Q(pk__in=papers.values("sheet__loan__application"))
    )


def _decided(kind: str, visitor: Visitor) -> QuerySet[Any]:
    found = Decision.objects.filter(person=visitor.pk, approval__kind=kind)
    return found.values("approval__subject")


def _waiting(kind: str, roles: frozenset[str]) -> QuerySet[Any]:
    waiting = progress(Approval.objects.filter(kind=kind)).filter(
        declined=0, passed__lt=F("stages")
    )
    turn = Func(
        *(F("roles"), F("passed") + 1),
        template="(%(expressions)s])",
        arg_joiner="[",
        output_field=CharField(),
    )
    found: QuerySet[Any] = waiting.annotate(turn=turn).filter(turn__in=roles)
    return found.values("subject")
