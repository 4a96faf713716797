"""Institutions as they are screened: every name and address that is known of each."""

from collections import defaultdict
from collections.abc import Sequence

from loans.models import Contact, Institution
from together.controls.rules.screening import Subject
from together.treasury.models import Destination

AREA = "loans"
OWNER = "institution"


def subjects(institutions: Sequence[Institution] | None = None) -> list[Subject]:
    """Give some institutions, or all, as subjects of a screening; three queries."""
    known = Institution.objects.select_related("group", "parent").order_by("number")
    if institutions is not None:
        known = known.filter(pk__in=[one.pk for one in institutions])
    found = list(known)
    contacts: dict[int, list[str]] = defaultdict(list)
    speaking = Contact.objects.filter(institution__in=found, ended_on=None)
    for owner, name in speaking.values_list("institution_id", "name"):
        contacts[owner].append(name)
    paid = Destination.objects.filter(owner_kind=OWNER, owner__in=[one.lei for one in found])
    addresses: dict[str, set[str]] = defaultdict(set)
    holders: dict[str, set[str]] = defaultdict(set)
    rows = paid.exclude(state="revoked").values_list("owner", "identifier", "holder")
    for lei, identifier, holder in rows:
        addresses[lei].add(identifier)
        holders[lei] |= {holder} - {""}
    return [
        _subject(one, contacts[one.pk], sorted(holders[one.lei]), sorted(addresses[one.lei]))
        for one in found
    ]


def subject(institution: Institution) -> Subject:
    """Give an institution as the subject of a screening, as it is known now."""
    return subjects([institution])[0]


def _subject(
    institution: Institution,
    contacts: Sequence[str],
    holders: Sequence[str],
    addresses: Sequence[str],
) -> Subject:
    parent = institution.parent.legal_name if institution.parent else institution.parent_name
    group = institution.group.name if institution.group else ""
    names = [
        ("legal name", institution.legal_name),
        *(("alias", name) for name in institution.aliases),
        ("parent", parent),
        ("group", group),
        *(("contact", name) for name in contacts),
        *(("account holder", name) for name in holders),
    ]
    return Subject(
        area=AREA,
        number=institution.number,
        title=institution.legal_name,
        names=tuple((role, name) for role, name in names if name),
        addresses=tuple(addresses),
    )
